import { describe, expect, it } from 'vitest';
import { err } from '../../../src/base/result.ts';
import { chooseOverlap } from '../../../src/policy/choose-overlap.ts';
import type {
  GunicornFacts,
  OverlapFacts,
  ReloadOptions,
  ServerFacts,
} from '../../../src/policy/facts.ts';
import {
  bareFacts,
  MASTER,
  proc,
  sampleFacts,
  sampleGunicorn,
  sampleOptions,
  sampleOverlap,
  sampleSupervision,
} from './sample-facts.ts';

interface Case {
  readonly name: string;
  /** false: a stock supervisord. */
  readonly overlap?: Partial<OverlapFacts> | false;
  readonly gunicorn?: Partial<GunicornFacts>;
  readonly server?: ServerFacts;
  readonly options?: Partial<ReloadOptions>;
  /** 'overlap', 'another', or a refusal. */
  readonly choice: string;
}

const OTHER: ServerFacts = {
  type: 'other',
  proc: MASTER,
  caught: new Set(['SIGHUP']),
  maySignal: true,
};

const PRELOADED = { preloadedBefore: true } as const;
const SHORT = { memory: { available: 1000, workers: 200_000_000, master: 30_000_000 } } as const;
const MOVED = {
  release: { ...sampleGunicorn().release, masterCwd: '/srv/releases/1 (deleted)' },
} as const;

const CASES: readonly Case[] = [
  { name: 'the supervisor owns the sockets', choice: 'overlap' },
  { name: 'a preloaded application', gunicorn: PRELOADED, choice: 'overlap' },
  { name: 'a release that was deleted', gunicorn: MOVED, choice: 'overlap' },
  { name: 'a master that we may not signal', gunicorn: { maySignal: false }, choice: 'overlap' },
  { name: 'settings that nobody knows', gunicorn: { settings: undefined }, choice: 'overlap' },
  { name: 'a master without workers yet', gunicorn: { workers: [] }, choice: 'overlap' },
  { name: 'a server of another kind', server: OTHER, choice: 'overlap' },
  {
    name: 'a server of another kind with a signal of its own',
    server: OTHER,
    options: { reloadSignal: 'SIGHUP' },
    choice: 'another',
  },
  {
    name: 'a server of another kind with a signal of its own, overlap asked for',
    server: OTHER,
    options: { reloadSignal: 'SIGHUP', strategy: 'overlap' },
    choice: 'overlap',
  },
  { name: 'a stock supervisord', overlap: false, choice: 'another' },
  {
    name: 'a stock supervisord, overlap asked for',
    overlap: false,
    options: { strategy: 'overlap' },
    choice: 'refused: this supervisor does not own the listening sockets',
  },
  { name: 'sockets that are off', overlap: { sockets: [], reason: 'off' }, choice: 'another' },
  {
    name: 'sockets that are off, overlap asked for',
    overlap: { sockets: [], reason: 'socket is off in [reloadctl:app]' },
    options: { strategy: 'overlap' },
    choice: 'refused: socket is off in [reloadctl:app]',
  },
  { name: 'bridge asked for', options: { strategy: 'bridge' }, choice: 'another' },
  { name: 'restart asked for', options: { strategy: 'restart' }, choice: 'another' },
  {
    name: 'a surge asked for',
    options: { surge: { kind: 'count', workers: 1 } },
    choice: 'another',
  },
  { name: 'no memory for a second instance', gunicorn: SHORT, choice: 'another' },
  {
    name: 'no memory for a second instance, overlap asked for',
    gunicorn: SHORT,
    options: { strategy: 'overlap' },
    choice: 'overlap',
  },
  {
    name: 'no memory, and a preloaded application',
    gunicorn: { ...SHORT, ...PRELOADED },
    choice: 'refused no-memory',
  },
  {
    name: 'no memory, a preloaded application, and permission to be down',
    gunicorn: { ...SHORT, ...PRELOADED },
    options: { allowDowntime: true },
    choice: 'another',
  },
  {
    name: 'a bridge of an interrupted run that is all that serves',
    gunicorn: { bridge: proc(1500), bridgeServes: true, workers: [] },
    choice: 'another',
  },
  {
    name: 'a bridge of an interrupted run beside workers that serve',
    gunicorn: { bridge: proc(1500), bridgeServes: true },
    choice: 'overlap',
  },
];

function choose({ overlap, gunicorn, server, options }: Case): string {
  const choice = chooseOverlap(
    sampleFacts(server ?? sampleGunicorn(gunicorn), {
      supervision: sampleSupervision({
        overlap: overlap === false ? undefined : sampleOverlap(overlap),
      }),
    }),
    sampleOptions(options),
  );
  if (choice.ok) return choice.value === undefined ? 'another' : 'overlap';
  return 'why' in choice.error ? `refused: ${choice.error.why}` : `refused ${choice.error.code}`;
}

describe('chooseOverlap', () => {
  it.each(CASES)('$name: $choice', (row) => {
    expect(choose(row)).toBe(row.choice);
  });

  it('is impossible for a bare process', () => {
    expect(chooseOverlap(bareFacts(), sampleOptions({ strategy: 'overlap' }))).toEqual(
      err({
        code: 'strategy-impossible',
        strategy: 'overlap',
        why: 'this supervisor does not own the listening sockets',
      }),
    );
  });
});
