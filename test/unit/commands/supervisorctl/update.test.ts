import { describe, expect, it } from 'vitest';
import type { ExitCode } from '../../../../src/base/errors.ts';
import { ok } from '../../../../src/base/result.ts';
import { runReread } from '../../../../src/commands/supervisorctl/reread.ts';
import { runUpdate } from '../../../../src/commands/supervisorctl/update.ts';
import type { GroupChanges } from '../../../../src/config/changes/group-changes.ts';
import { FakeUpdater, type DeskOptions } from './fake-updater.ts';
import { fakeDeps, fault, type Answer, type Answers } from './fake-deps.ts';

const changes = (added: string[], changed: string[], removed: string[]): Answer =>
  ok({ added, changed, removed });

const GOOD: Answers = {
  stopProcessGroup: ok([]),
  startProcessGroup: ok([]),
  removeProcessGroup: ok(true),
  addProcessGroup: ok(true),
};

/** A group that can be changed in place; the names are those of processes that have to be started anew. */
const inPlace = (group: string, ...restart: readonly string[]): GroupChanges => ({
  group,
  options: [],
  members: [
    ...restart.map((name) => ({ name, change: 'changed', options: [], restart: true }) as const),
    { name: 'other', change: 'same', options: [], restart: false },
  ],
  replace: false,
});

interface Ran {
  readonly code: ExitCode;
  readonly printed: readonly string[];
  readonly updater: FakeUpdater;
  readonly calls: readonly string[];
}

async function update(
  answers: Answers,
  options: DeskOptions = {},
  args: readonly string[] = [],
): Promise<Ran> {
  const deps = fakeDeps({ ...GOOD, ...answers });
  const updater = new FakeUpdater(deps, options);
  const code = await runUpdate(deps, args, updater);
  return { code, printed: deps.printed, updater, calls: deps.calls };
}

describe('update', () => {
  it('changes in place what the supervisor can, and starts anew only what has to be', async () => {
    const details = inPlace('web', 'web_0', 'web_1');
    const { code, printed, updater, calls } = await update(
      { reloadConfig: changes([], ['web'], []), call: ok(details) },
      { changes: { web: details } },
    );
    expect(code).toBe(0);
    expect(printed).toEqual(['web: updated process group']);
    expect(updater.renewed).toEqual(['web:web_0', 'web:web_1']);
    expect(updater.told).toEqual(['details of web']);
    expect(calls).toEqual([
      'reloadConfig()',
      expect.stringMatching(/^call\(reloadctl\.updateGroup/),
    ]);
    expect(updater.remembered).toEqual(['web']);
  });

  it('stops at a process that cannot be started anew, and says what is left', async () => {
    const details = inPlace('web', 'web_0', 'web_1', 'web_2');
    const { code, printed, updater } = await update(
      { reloadConfig: changes(['new'], ['first', 'web', 'last'], []), call: ok(details) },
      { changes: { web: details }, renewals: { 'web:web_1': 10 } },
    );
    expect(code).toBe(10);
    expect(printed).toEqual([
      'first: stopped',
      'first: updated process group',
      'ERROR: web: updated in part: not started anew with the new configuration: web_1, web_2; update does what is left',
    ]);
    expect(updater.renewed).toEqual(['web:web_0', 'web:web_1']);
    expect(updater.told).toEqual([
      'details of first',
      'details of web',
      '  done      first',
      '  not begun last, new',
    ]);
    expect(updater.remembered).toEqual(['first']);
  });

  it('goes on after a KILL and exits 11', async () => {
    const details = inPlace('web', 'web_0', 'web_1');
    const { code, updater } = await update(
      { reloadConfig: changes([], ['web'], []), call: ok(details) },
      { changes: { web: details }, renewals: { 'web:web_0': 11 } },
    );
    expect(code).toBe(11);
    expect(updater.renewed).toEqual(['web:web_0', 'web:web_1']);
  });

  it.each<[string, Answers, number, RegExp, readonly string[]]>([
    [
      'stopped',
      { stopProcessGroup: fault('FAILED', 'FAILED: x') },
      1,
      /^ERROR: web: could not be stopped: .*FAILED/,
      [],
    ],
    [
      'removed',
      { removeProcessGroup: fault('STILL_RUNNING', 'STILL_RUNNING: web') },
      1,
      /^ERROR: web: could not be replaced; it was started again as it was: .*STILL_RUNNING/,
      ['web: stopped'],
    ],
    [
      'removed or started',
      { removeProcessGroup: fault('STILL_RUNNING'), startProcessGroup: fault('FAILED') },
      12,
      /^ERROR: web: was stopped and could neither be replaced nor started again: it is DOWN/,
      ['web: stopped'],
    ],
    [
      'added again',
      { addProcessGroup: fault('BAD_NAME', 'BAD_NAME: web') },
      12,
      /^ERROR: web: was stopped and removed, but could not be added again: it is DOWN \(try 'reloadctl add web'\)/,
      ['web: stopped'],
    ],
  ])('says how things stand where a group cannot be %s', async (_, answers, exit, error, lines) => {
    const { code, printed, updater } = await update({
      reloadConfig: changes(['new'], ['web'], []),
      ...answers,
    });
    expect(code).toBe(exit);
    expect(printed.slice(0, -1)).toEqual(lines);
    expect(printed.at(-1)).toMatch(error);
    expect(updater.told).toEqual(['details of web', '  done      nothing', '  not begun new']);
    expect(updater.remembered).toEqual([]);
  });

  it('touches nothing of a group that does not boot as it is configured now', async () => {
    const { code, printed, updater, calls } = await update(
      { reloadConfig: changes(['new'], ['web', 'other'], ['gone']) },
      { proofs: { web: 10 } },
    );
    expect(code).toBe(10);
    expect(printed).toEqual([
      'gone: stopped',
      'gone: removed process group',
      'ERROR: web: does not boot as it is configured now; nothing of it was touched',
    ]);
    expect(updater.proved).toEqual(['web']);
    expect(updater.told.slice(2)).toEqual(['  done      gone', '  not begun other, new']);
    expect(calls.filter((call) => call.includes('web'))).toEqual([]);
  });

  it('exits 12 where what it started does not run', async () => {
    const { code, printed, updater } = await update(
      { reloadConfig: changes(['a', 'b'], [], []) },
      {
        settled: [
          { group: 'a', name: 'a', state: 'FATAL', description: 'Exited too quickly' },
          { group: 'b', name: 'b1', state: 'RUNNING', description: '' },
          { group: 'b', name: 'b2', state: 'STARTING', description: '' },
          { group: 'b', name: 'b3', state: 'EXITED', description: '' },
          { group: 'b', name: 'b4', state: 'RUNNING', description: '', isBooting: true },
        ],
      },
    );
    expect(code).toBe(12);
    expect(printed).toEqual(['a: added process group', 'b: added process group']);
    expect(updater.told.slice(2)).toEqual([
      'a: does not run: FATAL Exited too quickly',
      'b:b2: is still STARTING and was not waited for any longer',
      'b:b4: its workers still boot and were not waited for any longer',
    ]);
  });

  it('begins nothing more when it is interrupted', async () => {
    const { code, printed, updater } = await update(
      { reloadConfig: changes(['a', 'b', 'c'], [], []) },
      { interruptedAfter: 1 },
    );
    expect(code).toBe(130);
    expect(printed).toEqual(['a: added process group', 'ERROR: b: interrupted']);
    expect(updater.told.slice(1)).toEqual(['  done      a', '  not begun c']);
  });

  it('only shows with --dry-run', async () => {
    const answers = { reloadConfig: changes(['n'], ['w'], ['o']), getAllProcessInfo: ok([]) };
    const all = await update(answers, {}, ['--dry-run']);
    expect(all.code).toBe(0);
    expect(all.printed).toEqual([
      'n: available',
      '  details of n',
      'o: disappeared',
      '  details of o',
      'w: changed',
      '  details of w',
    ]);
    expect(all.calls).toEqual(['reloadConfig()']);
    const one = await update(answers, {}, ['--dry-run', 'n']);
    expect(one.printed).toEqual(['n: available', '  details of n']);
    const none = await update({ reloadConfig: changes([], [], []) }, {}, ['all', '--dry-run']);
    expect(none.printed).toEqual(['No config updates to processes']);
  });
});

describe('reread', () => {
  it('has its details beside its lines', async () => {
    const deps = fakeDeps({ reloadConfig: changes(['b'], ['a'], []) });
    const updater = new FakeUpdater(deps);
    expect(await runReread(deps, [], updater)).toBe(0);
    expect(deps.printed).toEqual(['a: changed', 'b: available']);
    expect(updater.told).toEqual(['details of a', 'details of b']);
    expect(updater.remembered).toEqual([]);
  });

  it('has them in its document with --json', async () => {
    const deps = fakeDeps({ reloadConfig: changes(['b'], [], []) }, { json: true });
    await runReread(deps, [], new FakeUpdater(deps));
    expect(deps.printed.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        added: ['b'],
        changed: [],
        removed: [],
        groups: [{ group: 'b', change: 'added', touched: [], overlapping: [], remarks: [] }],
      },
    ]);
  });
});
