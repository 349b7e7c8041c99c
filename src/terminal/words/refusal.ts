import { say, type MemberOf, type Said } from '../../base/by-kind.ts';
import type { Action } from '../../policy/actions.ts';
import type { Refusal } from '../../policy/refusal.ts';
import { countOf, formatBytes } from '../text/quantities.ts';
import { shellWord, shown } from '../text/shown.ts';
import { actionWords, notOfferedWords } from './action.ts';
import { commandWords, sameCommand } from './command.ts';
import { signalWords } from './role.ts';

/** What was asked for when it was refused. */
export interface Asked {
  readonly action: Action;
  /** The target as people write it. */
  readonly target: string;
}

/** What is said of a refusal. */
interface RefusalEntry<R extends Refusal> {
  readonly why: Said<R, string>;
  /** What can be done about it, one or more ways; the first is the one to try first. */
  readonly next: Said<R, readonly string[], [asked: Asked]>;
}

const again = ({ action, target }: Asked, ...options: string[]): string =>
  sameCommand(action, target, ...options);

const acceptDowntime = (asked: Asked): string =>
  `Or accept a moment out of service: ${again(asked, '--allow-downtime')}.`;

const OVERLAP =
  'Or put `reloadctl run --` before the command, or have `reloadctl daemon` run the programs: from the next start on, a reload starts a second instance beside the first.';

/** At most three of them by name. */
function listOf(names: readonly string[]): string {
  const more = names.length - 3;
  const first = names.slice(0, 3).map((name) => shown(name));
  return `${first.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const isReload = ({ action }: Asked): boolean => action === 'reload' || action === 'restart';

const REFUSALS: {
  readonly [K in Refusal['code']]: RefusalEntry<MemberOf<Refusal, 'code', K>>;
} = {
  preloaded: {
    why: 'the master itself has loaded the application (preload_app), so no signal makes it load new code',
    next: (_, asked) => [
      'Turn preload_app off, so that each worker loads the application itself; from the next start on, reloads work.',
      OVERLAP,
      acceptDowntime(asked),
    ],
  },
  'stale-release': {
    why: (refusal) =>
      `the master works in ${directoryWords(refusal.masterCwd)}${linkWords(refusal)}, so every signal would load the old release again`,
    next: ({ directory, onlyByStart }, asked) =>
      onlyByStart === true
        ? [`Stop and start it: ${commandWords('restart', asked.target)}.`, OVERLAP]
        : [
            `Add \`--chdir ${shellWord(directory)}\` to gunicorn's command, or \`environment=PWD="${shown(directory)}"\` to its section; from the next start on, reloads follow the link.`,
            `For this time accept a moment out of service: ${again(asked, '--allow-downtime')}.`,
          ],
  },
  'directory-gone': {
    why: ({ path, named }) =>
      `${named === 'PWD' ? 'PWD of the program' : 'its directory'}, ${shown(path)}, leads nowhere: nothing can be loaded or started there`,
    next: ({ path, named }, asked) => [
      `Put ${shown(path)} back or correct what names it (\`${named === 'PWD' ? 'environment=PWD' : 'directory'}\`), then ${again(asked)}; the running one was not touched.`,
    ],
  },
  'other-interpreter': {
    why: ({ running, offered }) =>
      `the next start would use the virtual environment ${shown(offered)}, but the master runs on ${running === undefined ? 'the one that a link led to before it moved' : shown(running)}: its workers are forked from it, so a reload would bring up the new code on the old packages`,
    next: (_, asked) => [
      acceptDowntime(asked).replace('Or accept', 'Accept'),
      OVERLAP,
      'Or keep the virtual environment outside of the releases, and install into it before the reload.',
    ],
  },
  'held-modules': {
    why: ({ files }) =>
      `the master itself has loaded ${listOf(files)}, which ${files.length === 1 ? 'has' : 'have'} changed since: its workers would get the old code again`,
    next: (_, asked) => [
      'Keep what the configuration, the worker class or the logger class imports out of the application; from the next start on, reloads load new code.',
      OVERLAP,
      acceptDowntime(asked),
    ],
  },
  'relative-config': {
    why: ({ path, directory }) =>
      `gunicorn's -c is relative and chdir leads elsewhere: a second master would look for ${shown(path)} in ${shown(directory)}`,
    next: (_, asked) => [
      `Load the new code with the old configuration: ${again(asked, '--strategy rolling')}.`,
      `Or let requests wait while it boots: ${again(asked, '--strategy hup')}.`,
      'Or give -c an absolute path; from the next start on, reloads read it again.',
    ],
  },
  'pre-exec-unproved': {
    why: 'gunicorn has a pre_exec, which USR2 makes it run: that cannot be tried aside, and where it raises gunicorn ends its workers',
    next: (_, asked) => [
      `Load the new code with the old configuration: ${again(asked, '--strategy rolling')}.`,
      `Or let requests wait while it boots: ${again(asked, '--strategy hup')}.`,
      acceptDowntime(asked),
    ],
  },
  'bind-moves': {
    why: ({ addresses }) =>
      `bind has changed: gunicorn would close its sockets and could not bind ${listOf(addresses)} again while its old workers listen there`,
    next: (_, asked) => [
      `Load the new code without the new addresses: ${again(asked, '--strategy rolling')}.`,
      acceptDowntime(asked),
    ],
  },
  'settings-broken': {
    why: 'gunicorn cannot read its own settings any more',
    next: (_, asked) => [
      `Repair the configuration file or the command line, look with ${commandWords('check', asked.target)}, then ${again(asked)}.`,
    ],
  },
  'no-memory': {
    why: ({ neededBytes, availableBytes }) =>
      `a second set of workers needs ${formatBytes(neededBytes)}, and only ${formatBytes(availableBytes)} is available`,
    next: (_, asked) => [
      'Free memory on this machine.',
      `Or change the workers one at a time: ${again(asked, '--strategy rolling', '--surge 1')}.`,
      `Or accept that requests wait while the new code boots: ${again(asked, '--allow-downtime')}.`,
    ],
  },
  'master-not-ready': {
    why: ({ pid, signal }) =>
      `master ${pid} does not catch ${signalWords(signal)} yet and would die of it`,
    next: (_, asked) => [`It is still starting: try ${again(asked)} in a few seconds.`],
  },
  'master-is-successor': {
    why: ({ pid, parent }) =>
      `master ${pid} is itself the successor of master ${parent}, which is still alive: an earlier upgrade was not finished`,
    next: ['Finish that upgrade or take it back by hand first: `ps -ef --forest` shows the two.'],
  },
  'type-unknown': {
    why: ({ pid }) =>
      `process ${pid} is not a server whose type is known, so no signal is sent to it`,
    next: (_, asked) =>
      isReload(asked)
        ? [
            `Set \`type\` or \`reload_signal\` in [reloadctl:${shown(asked.target)}].`,
            `Or stop and start it: ${commandWords('restart', asked.target)}.`,
          ]
        : [
            `Set \`type\` in [reloadctl:${shown(asked.target)}], or describe one in a [reloadctl-type:NAME] section.`,
          ],
  },
  'not-running': {
    why: ({ state }) => `it is not running: its state is ${shown(state, 60)}`,
    next: (_, { target }) => [`Start it: ${commandWords('start', target)}.`],
  },
  'settings-unknown': {
    why: ({ pid, why }) =>
      `the settings of gunicorn (master ${pid}) cannot be read (${shown(why)}), so nobody knows whether a signal would load new code`,
    next: (_, asked) => [
      `If the application is not preloaded, say so by naming the way: ${again(asked, '--strategy bridge')}.`,
      acceptDowntime(asked),
    ],
  },
  'no-master': {
    why: ({ pid }) => `no gunicorn master was found in or below process ${pid}`,
    next: [
      'See what runs there with `ps -ef --forest`; under a supervisor gunicorn must not be a daemon (-D, daemon = True).',
    ],
  },
  'not-permitted': {
    why: ({ user, pid, strategy }) =>
      `user ${shown(user, 60)} may not signal process ${pid}, and the supervisor cannot send all that ${strategy === 'auto' ? 'a reload' : strategy} needs`,
    next: ({ pid }) => [`Run it as root, or as the user that process ${pid} belongs to.`],
  },
  'bind-taken': {
    why: ({ address }) => `the new address ${shown(address)} already belongs to another process`,
    next: ['Choose another address, or end the process that holds it: `ss -ltnp` names it.'],
  },
  'strategy-impossible': {
    why: ({ strategy, why }) => `${strategy} is not possible here: ${shown(why)}`,
    next: (_, { target }) => [
      `Leave --surge and --strategy out and see what fits with ${commandWords('plan reload', target)}.`,
    ],
  },
  'needs-downtime': {
    why: ({ strategy }) =>
      strategy === 'hup'
        ? 'it can only be done by HUP, with requests waiting while the new code boots'
        : 'it can only be done with a moment out of service',
    next: (_, asked) => [`Allow it: ${again(asked, '--allow-downtime')}.`],
  },
  'not-offered': {
    why: ({ title, action }) => `${shown(title)} has no way to ${notOfferedWords(action)}`,
    next: ({ action }, { target }) => [
      action === 'reload'
        ? `Stop and start it: ${commandWords('restart', target)}.`
        : `See what it understands: ${commandWords('plan reload', target)}.`,
    ],
  },
  'type-mismatch': {
    why: ({ pid, type }) =>
      `process ${pid} is no ${shown(type, 60)}, which the configuration calls it`,
    next: (_, { target }) => [
      `Correct \`type\` in [reloadctl:${shown(target)}], or leave it out: what runs there is recognised.`,
    ],
  },
  'no-log-files': {
    why: ({ pid }) =>
      `process ${pid} has no log file open: what it writes goes to its supervisor, or nowhere`,
    next: [
      'The log of a supervised program is rotated by its supervisor (stdout_logfile_maxbytes).',
    ],
  },
  'no-worker-left': {
    why: ({ running, to }) =>
      `${countOf(running, 'worker')} run, and ${to} would be left: one has to stay`,
    next: (_, { target }) => [`To have none: ${commandWords('stop', target)}.`],
  },
  'upgrade-escapes': {
    why: ({ title }) =>
      `the new ${shown(title)} would run under another pid, and the supervisor would start a second one beside it`,
    next: (_, { target }) => [
      `Stop and start it, with a moment out of service: ${commandWords('restart', target, '--hard')}.`,
      'Or have it run by `reloadctl daemon`, which owns the sockets and starts the new one beside the old.',
    ],
  },
  'no-supervisor': {
    why: ({ action }) =>
      `there is no supervisor that could start it again, so ${actionWords(action)} is not possible`,
    next: (_, { target }) => [
      `Only ${commandWords('reload', target)} is possible here; to stop or restart it, use whatever started it.`,
    ],
  },
};

const entryOf = ({ code }: Refusal): RefusalEntry<Refusal> =>
  REFUSALS[code] as RefusalEntry<Refusal>;

/** Why nothing was done, as a clause that can follow "usercenter: not reloaded:". */
export const refusalWords = (refusal: Refusal): string => say(entryOf(refusal).why, refusal);

/** What can be done about it, each way a sentence; the first is the one to try first. */
export const remedies = (refusal: Refusal, asked: Asked): readonly string[] =>
  say(entryOf(refusal).next, refusal, asked);

/** What the new version said when it was tried, where the refusal carries that; not yet escaped. */
export function outputOf(refusal: Refusal): string | undefined {
  return 'output' in refusal && refusal.output.trim() !== '' ? refusal.output : undefined;
}

/** The kernel marks a removed working directory with a suffix (proc(5)). */
function directoryWords(path: string): string {
  return path.endsWith(' (deleted)')
    ? `${shown(path.slice(0, -' (deleted)'.length))}, which has been removed`
    : shown(path);
}

function linkWords({ directory, pointsTo }: MemberOf<Refusal, 'code', 'stale-release'>): string {
  return pointsTo === '' ? '' : `, but ${shown(directory)} now leads to ${shown(pointsTo)}`;
}
