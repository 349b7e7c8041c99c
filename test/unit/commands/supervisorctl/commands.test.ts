import { describe, expect, it } from 'vitest';
import type { ExitCode } from '../../../../src/base/errors.ts';
import { ok } from '../../../../src/base/result.ts';
import { runAdd } from '../../../../src/commands/supervisorctl/add.ts';
import { runAvail } from '../../../../src/commands/supervisorctl/avail.ts';
import { runClear } from '../../../../src/commands/supervisorctl/clear.ts';
import { runMaintail } from '../../../../src/commands/supervisorctl/maintail.ts';
import { runPid } from '../../../../src/commands/supervisorctl/pid.ts';
import { runRemove } from '../../../../src/commands/supervisorctl/remove.ts';
import type { CommandDeps } from '../../../../src/commands/supervisorctl/report.ts';
import { runReread } from '../../../../src/commands/supervisorctl/reread.ts';
import { runRestartSupervisor } from '../../../../src/commands/supervisorctl/restart-supervisor.ts';
import { runShutdown } from '../../../../src/commands/supervisorctl/shutdown.ts';
import { runTail } from '../../../../src/commands/supervisorctl/tail.ts';
import { runUpdate } from '../../../../src/commands/supervisorctl/update.ts';
import { runVersion } from '../../../../src/commands/supervisorctl/supervisor-version.ts';
import { FakeUpdater } from './fake-updater.ts';
import { fakeDeps, fault, REFUSED, type Answer, type Answers } from './fake-deps.ts';

type Run = (deps: CommandDeps, args: readonly string[]) => Promise<ExitCode>;

interface Row {
  readonly what: string;
  readonly run: Run;
  readonly args?: readonly string[];
  readonly answers: Answers;
  readonly printed: readonly string[];
  readonly code: number;
}

const update: Run = (deps, args) => runUpdate(deps, args, new FakeUpdater(deps));
const reread: Run = (deps, args) => runReread(deps, args, new FakeUpdater(deps));

/** A member's outcome. */
const member = (name: string, status = 80): object => ({
  name,
  group: 'g',
  status,
  description: 'x',
});

const changes = (added: string[], changed: string[], removed: string[]): Answer =>
  ok({ added, changed, removed });

/** What real supervisords do not do on demand; everything else is compared with supervisorctl in the integration tests. */
const ROWS: readonly Row[] = [
  {
    what: 'clear all, with every outcome',
    run: runClear,
    args: ['all'],
    answers: {
      clearAllProcessLogs: ok([member('a'), member('b', 30), member('g'), member('c', 10)]),
    },
    printed: ['g:a: cleared', 'g:b: ERROR (failed)', 'g: cleared', 'g:c: ERROR (no such process)'],
    code: 1,
  },
  {
    what: 'clear, which fails',
    run: runClear,
    args: ['a', 'g:b'],
    answers: { clearProcessLogs: (name) => (name === 'a' ? fault('FAILED') : ok(true)) },
    printed: ['a: ERROR (failed)', 'g:b: cleared'],
    code: 1,
  },
  {
    what: 'tail, which fails',
    run: runTail,
    args: ['a'],
    answers: { readProcessLog: fault('FAILED') },
    printed: ['a: ERROR (unknown error reading log)'],
    code: 1,
  },
  {
    what: 'maintail, which fails',
    run: runMaintail,
    answers: { readLog: fault('FAILED') },
    printed: ['supervisord: ERROR (unknown error reading log)'],
    code: 1,
  },
  {
    what: 'maintail without a log',
    run: runMaintail,
    answers: { readLog: fault('NO_FILE', 'NO_FILE: /x') },
    printed: ['supervisord: ERROR (no log file)'],
    code: 1,
  },
  {
    what: 'update of a group that cannot be stopped',
    run: update,
    answers: {
      reloadConfig: changes(['new'], [], ['stuck', 'old']),
      stopProcessGroup: (name) => ok(name === 'stuck' ? [member('a'), member('b', 30)] : []),
      removeProcessGroup: ok(true),
      addProcessGroup: ok(true),
    },
    printed: [
      'stuck: stopped',
      'stuck: has problems; not removing',
      'old: stopped',
      'old: removed process group',
      'new: added process group',
    ],
    code: 1,
  },
  {
    what: 'update of some groups, of which some are unknown',
    run: update,
    args: ['b', 'x', 'new'],
    answers: {
      reloadConfig: changes(['new', 'newer'], ['a', 'b'], ['c']),
      getAllProcessInfo: ok([{ group: 'a' }, { group: 'b' }, { group: 'c' }]),
      stopProcessGroup: ok([]),
      removeProcessGroup: ok(true),
      addProcessGroup: ok(true),
    },
    printed: [
      'ERROR: no such group: x',
      'b: stopped',
      'b: updated process group',
      'new: added process group',
    ],
    code: 1,
  },
  {
    what: 'reread in the order of code points',
    run: reread,
    answers: { reloadConfig: changes(['é', 'Z', 'a'], ['both'], ['both', '\u{1f600}', '\uff5e']) },
    printed: [
      'Z: available',
      'a: available',
      'both: disappeared',
      'é: available',
      '\uff5e: disappeared',
      '\u{1f600}: disappeared',
    ],
    code: 0,
  },
  {
    what: 'avail, of a name outside the first plane',
    run: runAvail,
    answers: {
      getAllConfigInfo: ok([
        {
          group: '\u{1f600}',
          name: '\u{1f600}',
          inuse: false,
          autostart: true,
          group_prio: 1,
          process_prio: 2,
        },
      ]),
    },
    printed: [`\u{1f600}${' '.repeat(31)} avail     auto      1:2`],
    code: 0,
  },
  {
    what: 'avail from a server that leaves things out',
    run: runAvail,
    answers: { getAllConfigInfo: ok([{ group: 'g', name: 'n' }]) },
    printed: [`g:n${' '.repeat(29)} avail     manual    ?:?`],
    code: 0,
  },
];

describe('supervisorctl’s commands', () => {
  it.each(ROWS)('$what', async ({ run, args = [], answers, printed, code }) => {
    const deps = fakeDeps(answers);
    expect(await run(deps, args)).toBe(code);
    expect(deps.printed).toEqual(printed);
  });

  it.each<[string, Run, readonly string[], Answers]>([
    ['clear', runClear, ['a', 'b'], { clearProcessLogs: fault('SHUTDOWN_STATE') }],
    ['clear all', runClear, ['all'], { clearAllProcessLogs: ok([member('a', 70)]) }],
    ['add', runAdd, ['a', 'b'], { addProcessGroup: fault('FAILED') }],
    ['remove', runRemove, ['a', 'b'], { removeProcessGroup: fault('SHUTDOWN_STATE') }],
    ['reread', reread, [], { reloadConfig: fault('FAILED') }],
    ['avail', runAvail, [], { getAllConfigInfo: REFUSED }],
    ['update', update, [], { reloadConfig: fault('CANT_REREAD') }],
    ['shutdown', runShutdown, [], { shutdown: fault('UNKNOWN_METHOD') }],
    ['restart-supervisor', runRestartSupervisor, [], { restart: REFUSED }],
    ['pid', runPid, ['a'], { getProcessInfo: fault('FAILED') }],
    ['pid all', runPid, ['all'], { getAllProcessInfo: REFUSED }],
    ['version', runVersion, [], { getSupervisorVersion: REFUSED }],
    ['tail', runTail, ['a'], { readProcessLog: fault('BAD_ARGUMENTS') }],
  ])('%s stops at an answer that it does not know', async (_what, run, args, answers) => {
    const deps = fakeDeps(answers);
    await expect(run(deps, args)).rejects.toMatchObject({ exitCode: 1 });
    expect(deps.calls.filter((call) => !call.startsWith('getApiVersion'))).toHaveLength(1);
  });

  it.each<[string, Run]>([
    ['clear', runClear],
    ['pid', runPid],
    ['tail', runTail],
    ['maintail', runMaintail],
    ['version', runVersion],
  ])('%s asks nothing more when nobody is there', async (_what, run) => {
    const deps = fakeDeps({ getApiVersion: REFUSED });
    expect(await run(deps, [])).toBe(4);
    expect(deps.calls).toEqual(['getApiVersion()']);
  });
});
