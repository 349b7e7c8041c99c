import { describe, expect, it } from 'vitest';
import type { KnownServerFacts, SupervisionFacts } from '../../../src/policy/facts.ts';
import { drainKnown } from '../../../src/policy/stop-known.ts';
import { SERVER_TYPES } from '../../../src/servers/registry.ts';
import { resolveType } from '../../../src/servers/resolve-type.ts';
import { sampleLive } from '../servers/sample-live.ts';
import { MASTER, sampleFacts, sampleSupervision } from './sample-facts.ts';

function known(name: string): KnownServerFacts {
  const type = SERVER_TYPES.find((each) => each.name === name);
  if (type === undefined) throw new Error(`no type ${name}`);
  const live = sampleLive();
  return {
    type: 'running',
    reloads: 'by-itself',
    server: resolveType(type, live),
    live,
    master: MASTER,
    maySignal: true,
    workers: [],
    check: undefined,
  };
}

describe('what comes before the stop of a server of a known type', () => {
  it.each<
    readonly [
      string,
      string,
      Partial<SupervisionFacts>,
      { signal: string; effect: string; secs: number; reason: string } | undefined,
    ]
  >([
    [
      'a job runner is asked to finish, and has an hour',
      'celery',
      { stopsignal: 'SIGTERM', stopwaitsecs: 10 },
      { signal: 'SIGTERM', effect: 'master-ended', secs: 3600, reason: 'job' },
    ],
    [
      'or as long as stopwaitsecs says',
      'rq',
      { stopsignal: 'SIGKILL', stopwaitsecs: 7200 },
      { signal: 'SIGTERM', effect: 'master-ended', secs: 7200, reason: 'job' },
    ],
    [
      'nothing, where the supervisor does the same and waits as long',
      'celery',
      { stopsignal: 'SIGTERM', stopwaitsecs: 3600 },
      undefined,
    ],
    [
      'the signal that finishes, not the one that interrupts',
      'huey',
      { stopsignal: 'SIGTERM', stopwaitsecs: 3600 },
      { signal: 'SIGINT', effect: 'master-ended', secs: 3600, reason: 'job' },
    ],
    [
      'quiet first, where its own end would cut jobs off',
      'sidekiq',
      { stopsignal: 'SIGTERM', stopwaitsecs: 30 },
      { signal: 'SIGTSTP', effect: 'workers-idle', secs: 3600, reason: 'job' },
    ],
    [
      'a database is not left to a stop that waits for every session',
      'postgres',
      { stopsignal: 'SIGTERM', stopwaitsecs: 10 },
      { signal: 'SIGINT', effect: 'master-ended', secs: 300, reason: 'server-type' },
    ],
  ])('%s (%s)', (_what, name, supervision, expected) => {
    const server = known(name);
    const given = sampleSupervision(supervision);
    const steps = drainKnown(sampleFacts(server, { supervision: given }), server, given);
    const seen = steps.map((step) =>
      step.do === 'signal'
        ? {
            signal: step.signal,
            to: step.to,
            effect: step.effect.is,
            limit: step.limit,
            atLimit: step.atLimit,
          }
        : step.do,
    );
    expect(seen).toEqual(
      expected === undefined
        ? []
        : [
            {
              signal: expected.signal,
              to: 'master',
              effect: expected.effect,
              limit: { ms: expected.secs * 1000, reason: expected.reason },
              atLimit: 'note',
            },
          ],
    );
  });
});
