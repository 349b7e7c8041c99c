import type { Action } from '../../policy/actions.ts';
import type { Refusal } from '../../policy/plan.ts';
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

/** Why nothing was done, as a clause that can follow "usercenter: not reloaded:". */
export function refusalWords(refusal: Refusal): string {
  switch (refusal.code) {
    case 'preloaded':
      return 'the master itself has loaded the application (preload_app), so no signal makes it load new code';
    case 'stale-release':
      return `the master works in ${directory(refusal.masterCwd)}${linkWords(refusal)}, so every signal would load the old release again`;
    case 'settings-broken':
      return 'gunicorn cannot read its own settings any more';
    case 'preflight-failed':
      return refusal.timedOut
        ? 'the new version did not come up in time when it was tried aside'
        : 'the new version did not come up when it was tried aside';
    case 'no-memory':
      return `a second set of workers needs ${formatBytes(refusal.neededBytes)}, and only ${formatBytes(refusal.availableBytes)} is available`;
    case 'master-not-ready':
      return `master ${refusal.pid} does not catch ${signalWords(refusal.signal)} yet and would die of it`;
    case 'master-is-successor':
      return `master ${refusal.pid} is itself the successor of master ${refusal.parent}, which is still alive: an earlier upgrade was not finished`;
    case 'type-unknown':
      return `process ${refusal.pid} is not a server whose type is known, so no signal is sent to it`;
    case 'not-running':
      return `it is not running: its state is ${shown(refusal.state, 60)}`;
    case 'settings-unknown':
      return `the settings of gunicorn (master ${refusal.pid}) cannot be read (${shown(refusal.why)}), so nobody knows whether a signal would load new code`;
    case 'no-master':
      return `no gunicorn master was found in or below process ${refusal.pid}`;
    case 'not-permitted':
      return `user ${shown(refusal.user, 60)} may not signal process ${refusal.pid}, and the supervisor cannot send all that ${strategyWords(refusal.strategy)} needs`;
    case 'bind-taken':
      return `the new address ${shown(refusal.address)} already belongs to another process`;
    case 'strategy-impossible':
      return `${refusal.strategy} is not possible here: ${shown(refusal.why)}`;
    case 'needs-downtime':
      return refusal.strategy === 'hup'
        ? 'it can only be done by HUP, with requests waiting while the new code boots'
        : 'it can only be done with a moment out of service';
    case 'not-offered':
      return `${shown(refusal.title)} has no way to ${notOfferedWords(refusal.action)}`;
    case 'no-log-files':
      return `process ${refusal.pid} has no log file open: what it writes goes to its supervisor, or nowhere`;
    case 'no-worker-left':
      return `${countOf(refusal.running, 'worker')} run, and ${refusal.to} would be left: one has to stay`;
    case 'type-mismatch':
      return `process ${refusal.pid} is no ${shown(refusal.type, 60)}, which the configuration calls it`;
    case 'upgrade-escapes':
      return `the new ${shown(refusal.title)} would run under another pid, and the supervisor would start a second one beside it`;
    case 'no-supervisor':
      return `there is no supervisor that could start it again, so ${actionWords(refusal.action)} is not possible`;
  }
}

/** What can be done about it: one or more ways, each a sentence; the first is the one to try first. */
export function remedies(refusal: Refusal, asked: Asked): readonly string[] {
  const { action, target } = asked;
  const again = sameCommand(action, target);
  const downtime = `Or accept a moment out of service: ${sameCommand(action, target, '--allow-downtime')}.`;
  switch (refusal.code) {
    case 'preloaded':
      return [
        'Turn preload_app off, so that each worker loads the application itself; from the next start on, reloads work.',
        'Or put `reloadctl run --` before the command, or have `reloadctl daemon` run the programs: from the next start on, a reload starts a second instance beside the first.',
        downtime,
      ];
    case 'stale-release': {
      const path = shellWord(refusal.directory);
      return [
        `Add \`--chdir ${path}\` to gunicorn's command, or \`environment=PWD="${shown(refusal.directory)}"\` to its section; from the next start on, reloads follow the link.`,
        `For this time accept a moment out of service: ${sameCommand(action, target, '--allow-downtime')}.`,
      ];
    }
    case 'settings-broken':
      return [
        `Repair the configuration file or the command line, look with ${commandWords('check', target)}, then ${again}.`,
      ];
    case 'preflight-failed':
      return refusal.timedOut
        ? [
            `If it only needs longer, give it more time: ${sameCommand(action, target, '--timeout SECONDS')}.`,
            'Otherwise repair the new version or put the previous one back; the running one was not touched.',
          ]
        : [
            `Repair the new version or put the previous one back, then ${again}; the running one was not touched.`,
          ];
    case 'no-memory':
      return [
        'Free memory on this machine.',
        `Or change the workers one at a time: ${sameCommand(action, target, '--strategy rolling', '--surge 1')}.`,
        `Or accept that requests wait while the new code boots: ${sameCommand(action, target, '--allow-downtime')}.`,
      ];
    case 'master-not-ready':
      return [`It is still starting: try ${again} in a few seconds.`];
    case 'master-is-successor':
      return [
        'Finish that upgrade or take it back by hand first: `ps -ef --forest` shows the two.',
      ];
    case 'type-unknown':
      return [
        action === 'reload' || action === 'restart'
          ? `Set \`type\` or \`reload_signal\` in [reloadctl:${shown(target)}].`
          : `Set \`type\` in [reloadctl:${shown(target)}], or describe one in a [reloadctl-type:NAME] section.`,
        ...(action === 'reload' || action === 'restart'
          ? [`Or stop and start it: ${commandWords('restart', target)}.`]
          : []),
      ];
    case 'not-running':
      return [`Start it: ${commandWords('start', target)}.`];
    case 'settings-unknown':
      return [
        `If the application is not preloaded, say so by naming the way: ${sameCommand(action, target, '--strategy bridge')}.`,
        downtime,
      ];
    case 'no-master':
      return [
        'See what runs there with `ps -ef --forest`; under a supervisor gunicorn must not be a daemon (-D, daemon = True).',
      ];
    case 'not-permitted':
      return [`Run it as root, or as the user that process ${refusal.pid} belongs to.`];
    case 'bind-taken':
      return ['Choose another address, or end the process that holds it: `ss -ltnp` names it.'];
    case 'strategy-impossible':
      return [
        `Leave --surge and --strategy out and see what fits with ${commandWords('plan reload', target)}.`,
      ];
    case 'needs-downtime':
      return [`Allow it: ${sameCommand(action, target, '--allow-downtime')}.`];
    case 'not-offered':
      return refusal.action === 'reload'
        ? [`Stop and start it: ${commandWords('restart', target)}.`]
        : [`See what it understands: ${commandWords('plan reload', target)}.`];
    case 'type-mismatch':
      return [
        `Correct \`type\` in [reloadctl:${shown(target)}], or leave it out: what runs there is recognised.`,
      ];
    case 'no-log-files':
      return [
        'The log of a supervised program is rotated by its supervisor (stdout_logfile_maxbytes).',
      ];
    case 'no-worker-left':
      return [`To have none: ${commandWords('stop', target)}.`];
    case 'upgrade-escapes':
      return [
        `Stop and start it, with a moment out of service: ${commandWords('restart', target, '--hard')}.`,
        'Or have it run by `reloadctl daemon`, which owns the sockets and starts the new one beside the old.',
      ];
    case 'no-supervisor':
      return [
        `Only ${commandWords('reload', target)} is possible here; to stop or restart it, use whatever started it.`,
      ];
  }
}

/** What the new version said when it was tried, where the refusal carries that; not yet escaped. */
export function outputOf(refusal: Refusal): string | undefined {
  switch (refusal.code) {
    case 'settings-broken':
    case 'preflight-failed':
      return refusal.output.trim() === '' ? undefined : refusal.output;
    case 'preloaded':
    case 'stale-release':
    case 'no-memory':
    case 'master-not-ready':
    case 'master-is-successor':
    case 'type-unknown':
    case 'not-running':
    case 'settings-unknown':
    case 'no-master':
    case 'not-permitted':
    case 'bind-taken':
    case 'strategy-impossible':
    case 'needs-downtime':
    case 'not-offered':
    case 'type-mismatch':
    case 'upgrade-escapes':
    case 'no-log-files':
    case 'no-worker-left':
    case 'no-supervisor':
      return undefined;
  }
}

function strategyWords(strategy: string): string {
  return strategy === 'auto' ? 'a reload' : strategy;
}

/** The kernel marks a removed working directory with a suffix (proc(5)). */
function directory(path: string): string {
  return path.endsWith(' (deleted)')
    ? `${shown(path.slice(0, -' (deleted)'.length))}, which has been removed`
    : shown(path);
}

function linkWords(refusal: Extract<Refusal, { code: 'stale-release' }>): string {
  return refusal.pointsTo === ''
    ? ''
    : `, but ${shown(refusal.directory)} now leads to ${shown(refusal.pointsTo)}`;
}
