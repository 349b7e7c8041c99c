import type { PlannedAction } from '../../policy/actions.ts';
import type { CheckFlags } from '../check.ts';
import type { DeployFlags, RollbackFlags } from '../deploy/run-deploy.ts';
import type { HistoryFlags } from '../show-history.ts';
import { DAEMON_OPTIONS, flagsOf } from '../daemon-options.ts';
import type { DoctorFlags } from '../doctor.ts';
import type { ReloadFlags } from '../reload-options.ts';
import type { RunFlags } from '../run/run-flags.ts';
import type { SignalFlags } from '../signal.ts';
import { splitScale } from '../split-scale.ts';
import type { StatusFlags } from '../status.ts';
import type { Call, CommandRecord } from './command-record.ts';
import {
  collect,
  DEPLOY_OPTIONS,
  DRY_RUN,
  INTERVAL,
  LINK,
  optionOf,
  PROGRAMS,
  RELOAD_OPTIONS,
  SETTLE,
  SOME_TARGETS,
  TARGETS,
  targetsAnd,
  TIMEOUT,
  TURN_OPTIONS,
} from './options.ts';

/** The commands that are reloadctl's own, or do more than supervisorctl's of the same name. */
export const OWN_COMMANDS: readonly CommandRecord[] = [
  {
    name: 'reload',
    description: 'put the new code into service without a failed or a stalled request',
    arguments: [TARGETS],
    options: RELOAD_OPTIONS,
    examples: [
      ['reload usercenter', 'put the new code of usercenter into service'],
      ["reload 'web:*'", 'every program of the group web, one after the other'],
      ['reload usercenter --dry-run', 'print the plan and do nothing'],
      [
        'reload usercenter --health-url http://127.0.0.1:8000/health',
        'count it as done only when this answers 2xx',
      ],
      ['reload pid:4711', 'a gunicorn that no supervisor runs'],
    ],
    run: act('reload'),
  },
  {
    name: 'deploy',
    description: 'prove a release, move the link to it, reload; all of it, or back',
    arguments: [{ ...SOME_TARGETS, doc: 'name, group:name, group:* or all' }],
    usage: '[options] TARGET... --release DIR',
    options: [
      {
        flags: '--release <DIR>',
        doc: 'the release to put into service',
        kind: 'directory',
      },
      LINK,
      { flags: '--resume', doc: 'put right what a killed deploy has left' },
      ...DEPLOY_OPTIONS,
    ],
    examples: [
      ['deploy usercenter --release /srv/usercenter/releases/42', 'the release 42 in service'],
      ['deploy web worker beat --release releases/42', 'all three, or none of them'],
      ['deploy usercenter --resume', 'after a deploy that was killed'],
    ],
    run: async ({ context, words, flags, interruption }: Call<DeployFlags>) => {
      const { runDeploy } = await import('../deploy/run-deploy.ts');
      return runDeploy(context, words, flags, interruption());
    },
  },
  {
    name: 'rollback',
    description: 'put the release into service that was there before',
    arguments: [{ ...SOME_TARGETS, doc: 'name, group:name, group:* or all' }],
    options: [
      { flags: '--to <DIR>', doc: 'another earlier release', kind: 'directory' },
      LINK,
      ...DEPLOY_OPTIONS,
    ],
    examples: [
      ['rollback usercenter', 'the release before the one that serves'],
      ['rollback usercenter --to /srv/usercenter/releases/40', 'an older one'],
    ],
    run: async ({ context, words, flags, interruption }: Call<RollbackFlags>) => {
      const { runRollback } = await import('../deploy/run-deploy.ts');
      return runRollback(context, words, flags, interruption());
    },
  },
  {
    name: 'history',
    description: 'what was done to the programs: when, by whom, which release, and how it went',
    arguments: [PROGRAMS],
    options: [{ flags: '-n, --last <N>', doc: 'how many lines (20)' }],
    examples: [
      ['history', 'what was done last'],
      ['history usercenter --last 100', 'to one program'],
      ['history --json', 'for scripts, one JSON object a line'],
    ],
    run: async ({ context, words, flags }: Call<HistoryFlags>) => {
      const { runHistory } = await import('../show-history.ts');
      return runHistory(context, words, flags);
    },
  },
  {
    name: 'restart',
    description: 'reload where that loads new code, else stop and start',
    arguments: [TARGETS],
    options: [
      { flags: '--hard', doc: 'always stop (gracefully, then KILL) and start' },
      ...RELOAD_OPTIONS,
    ],
    examples: [
      ['restart usercenter', 'reload, or stop and start where there is no reload'],
      ['restart --hard usercenter', 'always stop and start'],
    ],
    run: (call: Call<ReloadFlags>) =>
      act(call.flags.hard === true ? 'hard-restart' : 'restart')(call),
  },
  {
    name: 'start',
    description: 'start, and wait until the program serves',
    // Without any, it is refused in supervisorctl's words.
    arguments: [TARGETS],
    usage: '[options] TARGET...',
    options: [...TURN_OPTIONS, TIMEOUT],
    examples: [
      ['start usercenter', 'start it, and wait until it serves'],
      ["start 'web:*'", 'every program of the group web'],
      ['start all', 'everything'],
    ],
    run: act('start'),
  },
  {
    name: 'stop',
    description: 'stop, and leave nothing of the program behind',
    arguments: [TARGETS],
    usage: '[options] TARGET...',
    options: [...TURN_OPTIONS, TIMEOUT],
    examples: [
      ['stop usercenter', 'stop it, and leave nothing of it behind'],
      ['stop all', 'everything'],
    ],
    run: act('stop'),
  },
  {
    name: 'plan',
    description: 'print what an action would send to whom, in what order and why; send nothing',
    arguments: [
      {
        name: '<ACTION>',
        doc: 'reload, restart, start, stop, reopen-logs, scale or upgrade',
        kind: 'action',
      },
      targetsAnd(TARGETS, 'with scale, the number last'),
    ],
    options: [{ flags: '--hard', doc: 'with restart: always stop and start' }, ...RELOAD_OPTIONS],
    examples: [
      ['plan reload usercenter', 'which signals to which pids, in what order, and why'],
      ['plan restart --hard usercenter', 'the same for a stop and a start'],
      ['plan scale usercenter +2', 'the same for two workers more'],
    ],
    run: async ({
      context,
      words: [word = '', ...words],
      flags,
      interruption,
    }: Call<ReloadFlags>) => {
      const { parseAction, runPlan } = await import('../plan.ts');
      const action = parseAction(word, flags.hard === true);
      const interrupted = interruption();
      if (action !== 'scale') return runPlan(context, action, words, flags, interrupted);
      const { targets, scale } = splitScale(words);
      return runPlan(context, action, targets, { ...flags, scale }, interrupted);
    },
  },
  {
    name: 'check',
    description: 'boot the new code aside and say whether it loads; nothing that runs is touched',
    arguments: [TARGETS],
    options: [
      {
        flags: '--directory <DIR>',
        doc: 'check a release that is not live yet',
        kind: 'directory',
      },
      TIMEOUT,
    ],
    examples: [
      ['check usercenter', 'does the code that lies there now load?'],
      [
        'check usercenter --directory /srv/releases/42',
        'does a release load that is not live yet?',
      ],
    ],
    run: async ({ context, words, flags, interruption }: Call<CheckFlags>) => {
      const { runCheck } = await import('../check.ts');
      return runCheck(context, words, flags, interruption());
    },
  },
  {
    name: 'doctor',
    description: 'say what will hurt: in the configuration, and in what runs of it',
    arguments: [PROGRAMS],
    options: [
      {
        flags: '--fix',
        doc: 'print a diff of the configuration that would end what it can; apply nothing',
      },
      { flags: '--offline', doc: 'look at the configuration only, not at what runs' },
    ],
    examples: [
      ['doctor', 'everything that will hurt, the worst first'],
      ['doctor usercenter', 'about one program'],
      ['doctor --fix | patch -p0', 'change the lines that it would change'],
      ['doctor --offline', 'the configuration only, in a pipeline for example'],
    ],
    run: async ({ context, words, flags, interruption }: Call<DoctorFlags>) => {
      const { runDoctorCommand } = await import('../doctor.ts');
      return runDoctorCommand(context, words, flags, interruption());
    },
  },
  {
    name: 'status',
    description: 'show the programs in the columns of supervisorctl',
    arguments: [PROGRAMS],
    options: [
      {
        flags: '-l, --long',
        doc: 'type, version, workers, memory, processor use and the last reload as well',
      },
      {
        flags: '-w, --watch',
        doc: 'live, on the whole screen, with keys to reload, stop and start',
      },
      INTERVAL,
    ],
    examples: [
      ['status', 'all programs'],
      ["status usercenter 'web:*'", 'some of them'],
      ['status --long', 'with workers, memory and the last reload'],
      ['status --watch', 'live, as top'],
      ['status --json', 'for scripts'],
    ],
    run: async ({ context, words, flags }: Call<StatusFlags>) => {
      const { runStatus } = await import('../status.ts');
      return runStatus(context, words, flags);
    },
  },
  {
    name: 'top',
    description: 'status --watch: the programs live, with keys to reload, stop and start',
    arguments: [PROGRAMS],
    options: [INTERVAL],
    examples: [
      ['top', 'all programs, live on the whole screen'],
      ["top 'web:*' --interval 2", 'one group, every two seconds'],
      ['top | tee status.log', 'as plain listings, until Ctrl-C'],
    ],
    run: async ({ context, words, flags }: Call<StatusFlags>) => {
      const { runStatus } = await import('../status.ts');
      return runStatus(context, words, { ...flags, watch: true });
    },
  },
  {
    name: 'signal',
    description: 'send a signal to exactly the process that is meant, if it catches it',
    arguments: [{ name: '[SIGNAL]', doc: 'HUP, SIGHUP or a number', kind: 'signal' }, TARGETS],
    usage: '[--force] SIGNAL TARGET...',
    options: [{ flags: '--force', doc: 'send it even to a process that would die of it' }],
    examples: [
      ['signal USR1 usercenter', 'let gunicorn open its log files again'],
      ["signal HUP 'web:*'", 'every process of a group'],
    ],
    run: async ({ context, words, flags }: Call<SignalFlags>) => {
      const { runSignal } = await import('../signal.ts');
      return runSignal(context, words, flags);
    },
  },
  {
    name: 'daemon',
    description: 'be the supervisor of the programs in the supervisord.conf',
    usage: '[options]',
    options: DAEMON_OPTIONS,
    takesAny: 'operands',
    examples: [
      ['daemon', 'start the supervisor in the background'],
      ['daemon --nodaemon', 'in the foreground, for a container or systemd'],
    ],
    inShell: 'refused',
    run: async ({ context, words, flags, endAtOnce }: Call<Readonly<Record<string, unknown>>>) => {
      const { runDaemonCommand } = await import('../daemon.ts');
      return runDaemonCommand(context, words, flagsOf(flags), endAtOnce);
    },
  },
  {
    name: 'reopen-logs',
    description: 'have the log files opened anew, and see that no process keeps the old ones',
    arguments: [SOME_TARGETS],
    options: [...TURN_OPTIONS, DRY_RUN],
    examples: [
      ['reopen-logs usercenter', 'after its log files were moved away'],
      ["reopen-logs 'web:*'", 'postrotate of logrotate, for a whole group'],
    ],
    run: act('reopen-logs'),
  },
  {
    name: 'scale',
    description: 'more or fewer workers, each seen to come or to go',
    arguments: [targetsAnd(SOME_TARGETS, 'then +N, -N or N')],
    usage: '[options] TARGET... +N|-N|N',
    options: [SETTLE, TIMEOUT, ...TURN_OPTIONS, DRY_RUN],
    examples: [
      ['scale usercenter +2', 'two workers more'],
      ['scale usercenter -1', 'one fewer, which finishes what it has'],
      ['scale usercenter 8', 'eight, however many there are'],
    ],
    run: (call: Call<ReloadFlags>) => {
      const { targets, scale } = splitScale(call.words);
      return act('scale')({ ...call, words: targets, flags: { ...call.flags, scale } });
    },
  },
  {
    name: 'upgrade',
    description: 'a new binary in service, seen to serve before the old one ends',
    arguments: [SOME_TARGETS],
    options: [SETTLE, TIMEOUT, ...TURN_OPTIONS, DRY_RUN],
    examples: [
      ['upgrade usercenter', 'the binary that lies there now, without a failed request'],
      ['upgrade pidfile:/run/nginx.pid', 'of a server that no supervisor runs'],
    ],
    run: act('upgrade'),
  },
  {
    name: 'run',
    description: 'run one program in the foreground: HUP reloads it, TERM stops it',
    arguments: [{ name: '[COMMAND...]', doc: 'the program and its arguments' }],
    usage: '[options] -- COMMAND...',
    options: [
      { flags: '--name <NAME>', doc: 'what messages call it (the name of the command)' },
      {
        flags: '--directory <DIR>',
        doc: 'start it there; a symlink is followed at each reload',
        kind: 'directory',
      },
      optionOf('type'),
      optionOf('reload_signal'),
      optionOf('socket'),
      { flags: '--stop-signal <SIGNAL>', doc: 'what TERM to us becomes (TERM)' },
      {
        flags: '--stop-wait <SECS>',
        doc: 'how long it may take to stop (its graceful_timeout, or 10)',
      },
      {
        flags: '--health-url <URL>',
        doc: 'must answer 2xx after a reload (repeatable)',
        collect,
      },
      optionOf('health_host'),
      optionOf('health_headers'),
      optionOf('health_expect'),
      SETTLE,
      TIMEOUT,
    ],
    examples: [
      ['run -- gunicorn -c gunicorn.py wsgi:app', 'one program; HUP reloads it'],
      [
        'run --directory /srv/app/current -- gunicorn wsgi:app',
        'the same, and each reload follows the link',
      ],
    ],
    inShell: 'refused',
    run: async ({ context, words, flags }: Call<RunFlags>) => {
      const { runProgram } = await import('../run/run-program.ts');
      return runProgram(context, words, flags);
    },
  },
];

/** Carries an action out on the targets that are named. */
function act(action: PlannedAction): (call: Call<ReloadFlags>) => Promise<number> {
  return async ({ context, words, flags, interruption }) => {
    const { runOnTargets } = await import('../reload.ts');
    return runOnTargets(context, action, words, flags, interruption());
  };
}
