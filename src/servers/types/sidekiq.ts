import { graceOption, leavesWith } from '../configured.ts';
import { basename } from 'node:path';
import { interpreted } from '../interpreted.ts';
import type { LiveServer } from '../live-process.ts';
import type { CheckCommand, ServerType } from '../server-type.ts';

/** Reads the arguments as sidekiq itself does and loads the application as it would before it begins (sidekiq/cli.rb, run). */
const LOAD = `
require "sidekiq/cli"
cli = Sidekiq::CLI.instance
cli.parse(ARGV)
cli.send(cli.respond_to?(:boot_application, true) ? :boot_application : :boot_system)
`;

/** Its title hides how it was started: the configured command says it. */
function check({ command, exe }: LiveServer): CheckCommand | undefined {
  const at = command.findIndex((word) => basename(word) === 'sidekiq');
  if (at === -1 || exe === undefined) return undefined;
  const [first = ''] = command;
  const ruby = /^j?ruby[\d.]*$/.test(basename(first)) ? first : exe;
  const isBundled = basename(first) === 'bundle' && command[1] === 'exec';
  // Anything else before it is a wrapper that nobody knows.
  if (!isBundled && at > (ruby === first ? 1 : 0)) return undefined;
  const launcher = isBundled ? [first, 'exec', 'ruby'] : [ruby];
  return {
    argv: [...launcher, '-e', LOAD, '--', ...command.slice(at + 1)],
    shown: 'load the application',
  };
}

/** '[2 of 10 busy]' of the title, which is true for certain only once it says that it takes nothing new: it is written every 5 s. */
function countJobs({ argv }: LiveServer): number | undefined {
  const [, busy] = /\[(\d+) of \d+ busy\] stopping/.exec(argv.join(' ')) ?? [];
  return busy === undefined ? undefined : Number(busy);
}

/** sidekiq: TSTP takes nothing new, for as long as the jobs take; TERM gives them 25 s. */
export const sidekiq: ServerType = {
  name: 'sidekiq',
  title: 'Sidekiq',
  kind: 'job-runner',
  recognition: {
    shown: 'runs ruby with the script sidekiq, catches TERM, TSTP and TTIN',
    ...interpreted({ interpreter: 'ruby', scripts: ['sidekiq'], titles: ['sidekiq '] }),
    catches: ['SIGTERM', 'SIGTSTP', 'SIGTTIN'],
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients:
        'jobs that need more than 25 s (-t) are cut off, go back to the queue and run again from their beginning',
    },
    quiet: {
      send: { by: 'signal', signal: 'SIGTSTP' },
      clients:
        'nothing: jobs in hand are finished, the others stay in the queue; there is no way back',
    },
  },
  // TTIN prints where every thread is.
  stopSignals: {
    SIGTERM: 'graceful',
    SIGINT: 'graceful',
    SIGQUIT: 'fast',
    SIGHUP: 'fast',
    SIGTSTP: 'no-stop',
    SIGTTIN: 'no-stop',
  },
  version: ({ argv }) => Promise.resolve(/^sidekiq (\d[\w.]*)/.exec(argv.join(' '))?.[1]),
  countJobs,
  configured: {
    programs: /^sidekiq$/,
    leaves: leavesWith('-d', '--daemon'),
    grace: graceOption('-t', ['-t', '--timeout'], 25),
  },
  ready: 'It catches TSTP and TTIN, which it does after it has loaded the application.',
  proof: 'There is no reload: the old one has ended without a job in hand, and a new one runs.',
  check: {
    shown: 'the application, loaded by `Sidekiq::CLI` with the arguments of the configured command',
    covers: 'code',
    command: check,
  },
  traps: [
    'TERM alone gives jobs 25 s (-t): what takes longer runs again from its beginning. reloadctl sends TSTP first and waits until the title says that no job is in hand.',
    'The title, and with it the number of jobs, is written every 5 s.',
    'A stopwaitsecs below the timeout of sidekiq (-t, 25 s) has it KILLed with its jobs, which are lost without Sidekiq Pro.',
    'TTIN does not scale anything: it prints backtraces. HUP and USR1 end recent versions.',
    'Once quiet it stays so: what begins with TSTP has to end with a restart.',
    'Rolling restarts by USR2 (sidekiqswarm) are part of Sidekiq Enterprise, which nobody has tried here.',
  ],
  sources: [
    'https://github.com/sidekiq/sidekiq/wiki/Signals',
    'https://github.com/sidekiq/sidekiq/wiki/Deployment',
    'sidekiq 6.4: lib/sidekiq/cli.rb, launcher.rb',
  ],
  verified: ['Sidekiq 6.4.1 (Debian 12)'],
};
