import { describe, expect, it } from 'vitest';
import type { ReloadEvent } from '../../../../src/reload/events.ts';
import {
  advance,
  NO_PROGRESS,
  type EventOf,
  type Progress,
} from '../../../../src/terminal/progress.ts';
import {
  explainRemarks,
  explainResult,
  resultSentence,
} from '../../../../src/terminal/words/result.ts';
import { brokenReload, goodReload, servingNow } from '../sample-events.ts';

type Result = EventOf<'result'>;

const DONE: Result = {
  event: 'result',
  atMs: 6_912,
  outcome: 'done',
  exitCode: 0,
  action: 'reload',
  strategy: 'bridge',
  target: 'usercenter',
  elapsedMs: 6_912,
  refusal: undefined,
  failure: undefined,
  serving: servingNow([0, 4, 4]),
  killed: 0,
};

const progressOf = (events: readonly ReloadEvent[]): Progress =>
  events.reduce(advance, NO_PROGRESS);
const explain = (result: Result): string[] =>
  explainResult(advance(NO_PROGRESS, result)).map(({ label, text }) => `${label}|${text}`);

describe('resultSentence', () => {
  it.each<readonly [string, Partial<Result>]>([
    ['usercenter: reloaded (bridge, 4 workers, 6.9 s)', {}],
    [
      'usercenter: reloaded, but 2 processes had to be KILLed (bridge, 4 workers, 6.9 s)',
      { outcome: 'done-with-kill', exitCode: 11, killed: 2 },
    ],
    [
      'usercenter: not reloaded, the old version still serves (bridge, 6.9 s)',
      { outcome: 'refused', exitCode: 10, failure: { why: 'died', role: 'bridge', pid: 1301 } },
    ],
    [
      'usercenter: not reloaded, the old version still serves',
      { outcome: 'refused', exitCode: 10, strategy: undefined, refusal: { code: 'preloaded' } },
    ],
    [
      'usercenter: not started, nothing was touched',
      {
        action: 'start',
        outcome: 'refused',
        exitCode: 10,
        strategy: undefined,
        refusal: { code: 'bind-taken', address: ':80' },
      },
    ],
    [
      'usercenter: the new code does not load',
      {
        action: 'check',
        outcome: 'refused',
        exitCode: 10,
        strategy: undefined,
        refusal: { code: 'settings-broken', output: '' },
      },
    ],
    ['usercenter: DOWN, nothing of it serves (bridge, 6.9 s)', { outcome: 'down', exitCode: 12 }],
    [
      'usercenter: DEGRADED after a reload that did not succeed (bridge, 6.9 s)',
      { outcome: 'degraded', exitCode: 12 },
    ],
    ['usercenter: not reloaded (bridge, 6.9 s)', { outcome: 'failed', exitCode: 1 }],
    [
      'usercenter: not reloaded, another command is at work on it',
      { outcome: 'busy', exitCode: 13, serving: undefined },
    ],
    [
      'usercenter: not reloaded, interrupted; it serves as before (bridge, 6.9 s)',
      { outcome: 'interrupted', exitCode: 130, serving: servingNow([4, 0, 0]) },
    ],
    [
      'usercenter: interrupted half way, with old and new workers serving (bridge, 6.9 s)',
      { outcome: 'interrupted', exitCode: 130, serving: servingNow([2, 4, 4]) },
    ],
    [
      'usercenter: reloaded, but interrupted before the result was verified (bridge, 6.9 s)',
      { outcome: 'interrupted', exitCode: 130 },
    ],
    [
      'usercenter: not reloaded, interrupted (bridge, 6.9 s)',
      { outcome: 'interrupted', exitCode: 130, serving: undefined },
    ],
    [
      'usercenter: stopped (6.9 s)',
      { action: 'stop', strategy: undefined, serving: servingNow([0, 0, 0]) },
    ],
    // In supervisorctl's words, for scripts.
    ['usercenter: ERROR (already started)', { action: 'start', already: true }],
    ['usercenter: ERROR (not running)', { action: 'stop', already: true }],
    ...(
      [
        ['SPAWN_ERROR', 'spawn error'],
        ['NO_FILE', 'no such file'],
        ['NOT_EXECUTABLE', 'file is not executable'],
      ] as const
    ).map(([fault, words]): readonly [string, Partial<Result>] => [
      `usercenter: ERROR (${words})`,
      { action: 'start', outcome: 'down', failure: { why: 'supervisor', message: 'm', fault } },
    ]),
    [
      'usercenter: DOWN, nothing of it serves (bridge, 6.9 s)',
      {
        action: 'restart',
        outcome: 'down',
        failure: { why: 'supervisor', message: 'm', fault: 'SPAWN_ERROR' },
      },
    ],
    [
      'x\\x1b: started (4 workers, 6.9 s)',
      { action: 'start', strategy: undefined, target: 'x\u001b' },
    ],
  ])('%s', (sentence, change) => {
    expect(resultSentence({ ...DONE, ...change })).toBe(sentence);
  });
});

describe('explainResult', () => {
  it('says nothing after a good result', () => {
    expect(explainResult(progressOf(goodReload()))).toEqual([]);
  });

  it('tells what failed, what was seen, what serves and what to do', () => {
    expect(explainResult(progressOf(brokenReload()))).toEqual([
      { label: 'failed', text: 'step 3, wait until the bridge has 4 ready workers' },
      { label: 'seen', text: 'bridge 1301 died' },
      { label: 'serving', text: 'master 1234 with 4 old workers' },
      {
        label: 'next',
        text: 'Repair the new version or put the previous one back, then `reloadctl reload usercenter`. Its log: `reloadctl tail usercenter`.',
      },
      {
        label: '',
        text: 'Do not leave it there: a worker that is replaced for another reason (a crash, max_requests, a timeout) loads it, and can take the running version down.',
      },
    ]);
  });

  it.each<readonly [string, Partial<Result>, readonly string[]]>([
    [
      'a refusal',
      { outcome: 'refused', serving: undefined, refusal: { code: 'not-running', state: 'FATAL' } },
      ['why|it is not running: its state is FATAL', 'next|Start it: `reloadctl start usercenter`.'],
    ],
    [
      'a failure without a step',
      {
        outcome: 'failed',
        serving: undefined,
        failure: { why: 'denied', role: 'master', pid: 1234 },
      },
      [
        'failed|no permission to signal master 1234',
        'next|Run it as root, or as the user that process 1234 belongs to.',
      ],
    ],
    [
      'a KILL',
      { outcome: 'done-with-kill', killed: 1 },
      [
        'serving|master 1234 with 4 new workers',
        'next|What the KILLed process was answering may have been cut off. If requests need longer, raise graceful_timeout, and stopwaitsecs with it.',
      ],
    ],
    [
      'a limit on a bare process',
      {
        outcome: 'degraded',
        target: 'pid:1234',
        serving: undefined,
        failure: { why: 'limit', limitMs: 30_000 },
      },
      [
        'failed|not seen within 30 s',
        'next|See what runs: `ps -ef --forest`; and what it says: the error log that its configuration names.',
        '|Repair the new version or put the previous one back, then `reloadctl reload pid:1234`.',
      ],
    ],
    [
      'somebody else at work',
      { outcome: 'busy', serving: undefined },
      ['next|Wait for the other one to end: `reloadctl reload usercenter --wait`.'],
    ],
    [
      'nothing that serves',
      { outcome: 'down', serving: undefined },
      [
        'next|See why: `reloadctl tail usercenter`.',
        '|Put a version that works in place, then `reloadctl start usercenter`.',
      ],
    ],
    [
      'a limit',
      { outcome: 'refused', serving: undefined, failure: { why: 'limit', limitMs: 32_000 } },
      [
        'failed|not seen within 32 s',
        'next|If it only needs longer, give it more time: `reloadctl reload usercenter --timeout SECONDS`.',
        '|Otherwise see what it says: `reloadctl tail usercenter`.',
      ],
    ],
    [
      'a bad answer to the health check',
      {
        outcome: 'refused',
        serving: undefined,
        failure: { why: 'unhealthy', url: 'http://h/a?b', observed: 'HTTP 500' },
      },
      [
        'failed|http://h/a?b said: HTTP 500',
        'next|Repair the new version or put the previous one back, then `reloadctl reload usercenter`. Its log: `reloadctl tail usercenter`.',
        '|Do not leave it there: a worker that is replaced for another reason (a crash, max_requests, a timeout) loads it, and can take the running version down.',
      ],
    ],
    [
      'a bad answer of a server that is checked by hand',
      {
        outcome: 'failed',
        serving: undefined,
        failure: { why: 'unhealthy', url: 'http://h/a?b', observed: 'HTTP 500' },
      },
      [
        'failed|http://h/a?b said: HTTP 500',
        "next|Look at it yourself: `curl -i 'http://h/a?b'`; its log: `reloadctl tail usercenter`.",
      ],
    ],
    [
      'a health check that is wrong',
      {
        outcome: 'refused',
        serving: undefined,
        failure: { why: 'health-url-wrong', url: 'http://h/up', observed: 'status 400' },
      },
      [
        'failed|http://h/up said: status 400, although the version that runs serves: the health check itself is wrong',
        'next|A 400 is mostly about the Host header: name a host that it serves in health_host, then `reloadctl reload usercenter`. Try it: `curl -i http://h/up`.',
        '|Where only the new version answers there, leave health_url out this once.',
      ],
    ],
  ])('explains %s', (_name, change, lines) => {
    expect(explain({ ...DONE, ...change })).toEqual(lines);
  });

  it('does not take a step that the plan goes on after for the cause', () => {
    const progress = progressOf(brokenReload());
    const steps = progress.steps.map((row) =>
      row.state === 'failed'
        ? { ...row, step: { ...row.step, atLimit: 'note' } as typeof row.step }
        : row,
    );
    const labels = explainResult({ ...progress, steps }).map(({ label }) => label);
    expect(labels).toEqual(['failed', 'serving', 'next', '']);
  });
});

describe('explainRemarks', () => {
  it('names who was KILLed and who holds the lock', () => {
    const killed: ReloadEvent = {
      event: 'killed',
      atMs: 1,
      pid: 1240,
      role: 'old-workers',
      by: 'reloadctl',
      afterMs: 30_000,
    };
    const holder: ReloadEvent = {
      event: 'lock-wait',
      atMs: 0,
      pid: 77,
      purpose: undefined,
      uid: 0,
      user: 'root',
      program: 'reloadctl',
      sinceEpochMs: undefined,
    };
    const busy: ReloadEvent = { ...DONE, outcome: 'busy' };
    const labels = (events: readonly ReloadEvent[]): string[] =>
      explainRemarks(progressOf(events)).map(({ label }) => label);
    expect(labels([holder, killed, DONE])).toEqual(['killed']);
    expect(labels([holder, busy])).toEqual(['why']);
  });
});
