import { describe, expect, it } from 'vitest';
import { err, ok, type Result } from '../../../src/base/result.ts';
import {
  chooseStrategy,
  estimateSecondSet,
  resolveSurge,
  type Choice,
} from '../../../src/policy/choose-strategy.ts';
import type { GunicornFacts, ReloadOptions } from '../../../src/policy/facts.ts';
import type { Refusal } from '../../../src/policy/refusal.ts';
import type { GunicornSettings } from '../../../src/servers/gunicorn/settings.ts';
import {
  MASTER,
  bareFacts,
  proc,
  sampleFacts,
  sampleGunicorn,
  sampleOptions,
  sampleSettings,
  sampleSupervision,
  sampleWorkers,
} from './sample-facts.ts';

const MIB = 1024 * 1024;

interface Row {
  readonly name: string;
  readonly gunicorn?: Partial<GunicornFacts>;
  readonly settings?: Partial<GunicornSettings>;
  readonly options?: Partial<ReloadOptions>;
  readonly without?: 'supervisor' | 'signals';
  /** 'bridge', 'rolling 2', or the code of a refusal. */
  readonly choice: string;
}

const moved = (changes: Partial<GunicornFacts['release']> = {}): Partial<GunicornFacts> => ({
  release: {
    directory: '/srv/current',
    directoryNow: '/srv/releases/2',
    masterCwd: '/srv/releases/1',
    pwdNow: undefined,
    chdirNow: '/srv/releases/1',
    ...changes,
  },
});

const memory = (
  available: number | undefined,
  workers: number | undefined = 200 * MIB,
): Partial<GunicornFacts> => ({ memory: { available, workers, master: 30 * MIB } });

/** A second set of four workers at 50 MiB with a master of 30 needs 230 MiB and a tenth more. */
const NEEDED = Math.ceil(230 * MIB * 1.1);

const ROWS: readonly Row[] = [
  { name: 'nothing in the way', choice: 'bridge' },

  { name: 'a preloaded app', settings: { preloadApp: true }, choice: 'refused preloaded' },
  {
    name: 'a preloaded app, downtime allowed',
    settings: { preloadApp: true },
    options: { allowDowntime: true },
    choice: 'restart',
  },
  {
    name: 'a preloaded app, downtime allowed, nobody to start it again',
    settings: { preloadApp: true },
    options: { allowDowntime: true },
    without: 'supervisor',
    choice: 'refused preloaded',
  },
  {
    name: 'a preloaded app with hup asked for: it would change no code',
    settings: { preloadApp: true },
    options: { strategy: 'hup' },
    choice: 'refused preloaded',
  },
  {
    name: 'a preloaded app with rolling asked for',
    settings: { preloadApp: true },
    options: { strategy: 'rolling' },
    choice: 'refused preloaded',
  },

  { name: 'the link points elsewhere', gunicorn: moved(), choice: 'refused stale-release' },
  {
    name: 'the link points elsewhere, bridge asked for',
    gunicorn: moved(),
    options: { strategy: 'bridge' },
    choice: 'refused stale-release',
  },
  {
    name: 'the link points elsewhere, downtime allowed',
    gunicorn: moved(),
    options: { allowDowntime: true },
    choice: 'restart',
  },
  {
    name: 'the link points elsewhere, chdir names the link',
    gunicorn: moved({ chdirNow: '/srv/releases/2' }),
    choice: 'bridge',
  },
  {
    name: 'the link points elsewhere, PWD names the link',
    gunicorn: moved({ pwdNow: '/srv/releases/2' }),
    choice: 'bridge',
  },
  {
    name: 'the link points elsewhere, PWD names the old release',
    gunicorn: moved({ pwdNow: '/srv/releases/1' }),
    choice: 'refused stale-release',
  },
  {
    name: 'the directory of the master was deleted',
    gunicorn: moved({ masterCwd: '/srv/releases/1 (deleted)' }),
    choice: 'refused stale-release',
  },
  {
    name: 'no directory is configured, and that of the master was deleted',
    gunicorn: moved({
      directory: undefined,
      directoryNow: undefined,
      masterCwd: '/srv/app (deleted)',
    }),
    choice: 'refused stale-release',
  },
  {
    name: 'no directory is configured',
    gunicorn: moved({ directory: undefined, directoryNow: undefined }),
    choice: 'bridge',
  },
  {
    name: 'the working directory cannot be read',
    gunicorn: moved({ masterCwd: undefined }),
    choice: 'bridge',
  },

  { name: 'memory for a second set, just', gunicorn: memory(NEEDED), choice: 'bridge' },
  {
    name: 'a byte too little for a second set: as many as fit',
    gunicorn: memory(NEEDED - 1),
    choice: 'rolling 4',
  },
  { name: 'memory for two', gunicorn: memory(120 * MIB), choice: 'rolling 2' },
  { name: 'memory for one, just', gunicorn: memory(56 * MIB), choice: 'rolling 1' },
  { name: 'memory for none', gunicorn: memory(54 * MIB), choice: 'refused no-memory' },
  {
    name: 'memory for none, downtime allowed',
    gunicorn: memory(54 * MIB),
    options: { allowDowntime: true },
    choice: 'hup',
  },
  {
    name: 'memory for one, but the configuration file has changed',
    gunicorn: { ...memory(60 * MIB), configChanged: true },
    choice: 'refused no-memory',
  },
  {
    name: 'memory for one, the configuration file has changed, downtime allowed',
    gunicorn: { ...memory(60 * MIB), configChanged: true },
    options: { allowDowntime: true },
    choice: 'hup',
  },
  {
    name: 'memory for a second set, and the configuration file has changed',
    gunicorn: { configChanged: true },
    choice: 'bridge',
  },
  { name: 'free memory is not known', gunicorn: memory(undefined), choice: 'bridge' },
  {
    name: 'what a worker takes is not known',
    gunicorn: { memory: { available: 1, workers: undefined, master: undefined } },
    choice: 'bridge',
  },
  {
    name: 'more workers configured than run: memory is needed for those configured',
    gunicorn: memory(NEEDED),
    settings: { workers: 8 },
    choice: 'rolling 4',
  },

  { name: 'bridge asked for', options: { strategy: 'bridge' }, choice: 'bridge' },
  {
    name: 'bridge asked for, without the memory: who asks by name knows',
    gunicorn: memory(1),
    options: { strategy: 'bridge' },
    choice: 'bridge',
  },
  { name: 'rolling asked for', options: { strategy: 'rolling' }, choice: 'rolling 4' },
  {
    name: 'rolling asked for with a surge',
    options: { strategy: 'rolling', surge: { kind: 'count', workers: 1 } },
    choice: 'rolling 1',
  },
  {
    name: 'a surge asked for',
    options: { surge: { kind: 'percent', percent: 50 } },
    choice: 'rolling 2',
  },
  { name: 'hup asked for', options: { strategy: 'hup' }, choice: 'hup' },
  { name: 'restart asked for', options: { strategy: 'restart' }, choice: 'restart' },
  {
    name: 'restart asked for without a supervisor',
    options: { strategy: 'restart' },
    without: 'supervisor',
    choice: 'refused no-supervisor',
  },
  { name: 'a bare process', without: 'supervisor', choice: 'bridge' },

  {
    name: 'settings unknown',
    gunicorn: { settings: undefined, settingsUnknown: 'timeout' },
    choice: 'refused settings-unknown',
  },
  {
    name: 'settings unknown, bridge asked for',
    gunicorn: { settings: undefined, settingsUnknown: 'timeout' },
    options: { strategy: 'bridge' },
    choice: 'bridge',
  },

  {
    name: 'rolling asked for, and new code cannot be tried aside',
    gunicorn: { settings: undefined, preflight: undefined },
    options: { strategy: 'rolling' },
    choice: 'refused settings-unknown',
  },

  { name: 'only the supervisor may signal', without: 'signals', choice: 'rolling 4' },
  {
    name: 'only the supervisor may signal, bridge asked for: it could not be ended again',
    without: 'signals',
    options: { strategy: 'bridge' },
    choice: 'refused not-permitted',
  },
  {
    name: 'only the supervisor may signal, and new code cannot be tried aside',
    without: 'signals',
    gunicorn: { preflight: undefined },
    choice: 'refused not-permitted',
  },
  {
    name: 'only the supervisor may signal, hup asked for',
    without: 'signals',
    options: { strategy: 'hup' },
    choice: 'hup',
  },
  {
    name: 'only the supervisor may signal, and the master is below a wrapper',
    without: 'signals',
    gunicorn: { master: proc(1100) },
    choice: 'refused not-permitted',
  },
  {
    name: 'only the supervisor may signal, the master is below a wrapper, hup asked for',
    without: 'signals',
    gunicorn: { master: proc(1100) },
    options: { strategy: 'hup' },
    choice: 'refused not-permitted',
  },
  {
    name: 'only the supervisor may signal, and a bridge is left that could not be ended',
    without: 'signals',
    gunicorn: { bridge: proc(1200) },
    choice: 'refused not-permitted',
  },
];

function choose(row: Row): Result<Choice, Refusal> {
  const gunicorn = sampleGunicorn({
    settings: ok(sampleSettings(row.settings)),
    maySignal: row.without !== 'signals',
    ...row.gunicorn,
  });
  const facts = row.without === 'supervisor' ? bareFacts(gunicorn) : sampleFacts(gunicorn);
  return chooseStrategy(facts, gunicorn, sampleOptions(row.options));
}

function nameOf(choice: Result<Choice, Refusal>): string {
  if (!choice.ok) return `refused ${choice.error.code}`;
  const { value } = choice;
  return value.strategy === 'rolling' ? `rolling ${value.surge}` : value.strategy;
}

describe('chooseStrategy', () => {
  it.each(ROWS)('$name: $choice', (row) => {
    expect(nameOf(choose(row))).toBe(row.choice);
  });

  it('tells what a stale release points to', () => {
    expect(choose({ name: '', gunicorn: moved(), choice: '' })).toEqual(
      err({
        code: 'stale-release',
        directory: '/srv/current',
        pointsTo: '/srv/releases/2',
        masterCwd: '/srv/releases/1',
      }),
    );
  });

  it('tells what memory is lacking', () => {
    expect(choose({ name: '', gunicorn: memory(1000), choice: '' })).toEqual(
      err({ code: 'no-memory', availableBytes: 1000, neededBytes: NEEDED }),
    );
  });

  it('brings every worker in at once where the supervisor alone may signal', () => {
    const gunicorn = sampleGunicorn({ maySignal: false, workers: sampleWorkers(2) });
    const facts = sampleFacts(gunicorn, { unfinished: { strategy: 'rolling', workersAfter: 4 } });
    const choice = chooseStrategy(facts, gunicorn, sampleOptions());
    expect(nameOf(choice)).toBe('rolling 4');
  });

  it('needs the supervised process to be the master where the supervisor alone may signal', () => {
    const gunicorn = sampleGunicorn({ maySignal: false });
    const facts = sampleFacts(gunicorn, { supervision: sampleSupervision({ proc: undefined }) });
    expect(chooseStrategy(facts, gunicorn, sampleOptions())).toEqual(
      err({ code: 'not-permitted', pid: MASTER.pid, user: 'root', strategy: 'auto' }),
    );
  });
});

describe('estimateSecondSet', () => {
  it.each([
    ['four workers and the master, with a tenth more', sampleGunicorn(), NEEDED],
    [
      'those configured, not those that run',
      sampleGunicorn({ settings: ok(sampleSettings({ workers: 2 })) }),
      Math.ceil(130 * MIB * 1.1),
    ],
    [
      'those that run where the settings are unknown',
      sampleGunicorn({ settings: undefined }),
      NEEDED,
    ],
    ['unknown without a worker to look at', sampleGunicorn({ workers: [] }), undefined],
  ])('%s', (_name, gunicorn, expected) => {
    expect(estimateSecondSet(gunicorn)).toBe(expected);
  });
});

describe('resolveSurge', () => {
  it.each([
    [undefined, 4, 4],
    [{ kind: 'count', workers: 1 }, 4, 1],
    [{ kind: 'count', workers: 9 }, 4, 4],
    [{ kind: 'percent', percent: 25 }, 4, 1],
    [{ kind: 'percent', percent: 26 }, 4, 2],
    [{ kind: 'percent', percent: 1 }, 4, 1],
    [{ kind: 'percent', percent: 100 }, 4, 4],
    [{ kind: 'percent', percent: 300 }, 4, 4],
    [{ kind: 'percent', percent: 50 }, 1, 1],
  ] as const)('%j of %i workers is %i', (surge, workers, expected) => {
    expect(resolveSurge(surge, workers)).toBe(expected);
  });
});
