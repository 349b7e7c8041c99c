import { EXIT } from '../../base/errors.ts';
import type { Call, CommandRecord, OptionRecord } from './command-record.ts';

const FOLLOW: OptionRecord = { flags: '-f', doc: 'follow it' };

/** The commands that work just as supervisorctl's do, with its words, messages and exit codes. */
export const SUPERVISORCTL_COMMANDS: readonly CommandRecord[] = [
  as({
    name: 'pid',
    description: 'print the pid of the supervisor or of programs',
    arguments: [{ name: '[NAME... | all]', kind: 'programs' }],
    examples: [
      ['pid', 'of the supervisor'],
      ['pid usercenter', 'of a program'],
      ['pid all', 'of every program'],
    ],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/pid.ts')).runPid(context, words),
  }),
  as({
    name: 'tail',
    description: "print the end of a program's log (1600 bytes), or follow it with -f",
    arguments: [
      { name: 'NAME', kind: 'program' },
      { name: '[stdout | stderr]', kind: 'channel' },
    ],
    usage: '[-BYTES | -f] NAME [stdout | stderr]',
    wordOptions: [FOLLOW],
    examples: [
      ['tail usercenter', 'the last 1600 bytes of what it wrote to stdout'],
      ['tail -f usercenter', 'follow it; Ctrl-C ends that'],
      ['tail -100 usercenter stderr', 'the last 100 bytes of what it wrote to stderr'],
    ],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/tail.ts')).runTail(context, words),
  }),
  as({
    name: 'maintail',
    description: "print the end of the supervisor's own log, or follow it with -f",
    usage: '[-BYTES | -f]',
    wordOptions: [FOLLOW],
    examples: [
      ['maintail', "the last 1600 bytes of the supervisor's own log"],
      ['maintail -f', 'follow it; Ctrl-C ends that'],
    ],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/maintail.ts')).runMaintail(context, words),
  }),
  as({
    name: 'clear',
    description: 'empty the logs of programs',
    arguments: [{ name: 'NAME... | all', kind: 'programs' }],
    examples: [
      ['clear usercenter', 'empty the logs of one program'],
      ['clear all', 'of all programs'],
    ],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/clear.ts')).runClear(context, words),
  }),
  as({
    name: 'fg',
    description: 'talk to a program: your lines to its stdin, its logs to you',
    arguments: [{ name: 'NAME', kind: 'program' }],
    examples: [['fg console', 'type to a program; Ctrl-C ends that, not the program']],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/fg.ts')).runFg(context, words),
  }),
  as({
    name: 'avail',
    description: 'list what the configuration has, in use or not',
    examples: [['avail', 'what the configuration has, in use or not']],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/avail.ts')).runAvail(context, words),
  }),
  as({
    name: 'reread',
    description: 'let the supervisor read its configuration; print what differs, apply nothing',
    examples: [['reread', 'what has changed in the configuration; nothing is applied']],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/run-update-commands.ts')).reread(context, words),
  }),
  as({
    name: 'update',
    description: 'reread, and apply what has changed with as little as the supervisor allows',
    arguments: [{ name: '[GROUP... | all]', kind: 'groups' }],
    usage: '[--dry-run] [GROUP... | all]',
    options: [
      { flags: '--dry-run', doc: 'show what has changed and what would be done; do nothing' },
    ],
    examples: [
      ['update --dry-run', 'what has changed, old and new, and what would be done'],
      ['update', 'do it, with as little as the supervisor allows'],
      ['update web', 'for one group'],
    ],
    run: async ({ context, words, flags, interruption }: Call<{ readonly dryRun?: true }>) => {
      const { update } = await import('../supervisorctl/run-update-commands.ts');
      const all = flags.dryRun === true ? ['--dry-run', ...words] : words;
      return update(context, all, interruption);
    },
  }),
  as({
    name: 'add',
    description: 'make groups active that reread found',
    arguments: [{ name: 'GROUP...', kind: 'groups' }],
    examples: [['add web', 'after reread: make the new group web active']],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/add.ts')).runAdd(context, words),
  }),
  as({
    name: 'remove',
    description: 'take stopped groups out of what is active',
    arguments: [{ name: 'GROUP...', kind: 'groups' }],
    examples: [['remove web', 'take the stopped group web out']],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/remove.ts')).runRemove(context, words),
  }),
  as({
    name: 'version',
    description: 'print the version of the supervisor (-V: of reloadctl)',
    examples: [['version', 'of the supervisor']],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/supervisor-version.ts')).runVersion(context, words),
  }),
  as({
    name: 'open',
    description: 'show the status of another supervisor',
    arguments: [{ name: 'URL' }],
    examples: [
      ['open http://127.0.0.1:9001', 'the status of another supervisor'],
      ['open unix:///run/supervisor.sock', 'the same by its socket'],
    ],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/open.ts')).runOpen(context, words),
  }),
  as({
    name: 'shutdown',
    description: 'stop everything and end the supervisor',
    question: 'Really shut the remote supervisord process down y/N? ',
    examples: [['shutdown', 'stop everything and end the supervisor']],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/shutdown.ts')).runShutdown(context, words),
  }),
  as({
    name: 'restart-supervisor',
    description: 'stop everything and start the supervisor anew (supervisorctl: reload)',
    question: 'Really restart the remote supervisord process y/N? ',
    examples: [['restart-supervisor', 'stop everything, read the configuration, start again']],
    run: async ({ context, words }) =>
      (await import('../supervisorctl/restart-supervisor.ts')).runRestartSupervisor(context, words),
  }),
  ...['exit', 'quit'].map((name) =>
    as({
      name,
      description: 'end the shell',
      examples: [[name, 'end the shell']],
      inShell: 'ends',
      // Outside the shell there is nothing to end; supervisorctl prints an empty line.
      run: ({ context }) => {
        context.print('');
        return Promise.resolve(EXIT.ok);
      },
    }),
  ),
];

function as(record: Omit<CommandRecord, 'group' | 'takesAny'>): CommandRecord {
  return { ...record, group: 'As supervisorctl has them:', takesAny: 'words' };
}
