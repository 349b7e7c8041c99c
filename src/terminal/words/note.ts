import type { PlanNote } from '../../policy/plan.ts';
import { countOf, formatBytes, formatSpan } from '../text/quantities.ts';
import { signalWords } from './role.ts';
import { shown } from '../text/shown.ts';

/** 'why': explains the choice. 'info': good to know. 'warn': costs somebody something. */
export type NoteWeight = 'why' | 'info' | 'warn';

/** A note as a sentence without its full stop. */
export function noteWords(note: PlanNote): string {
  switch (note.code) {
    case 'strategy-asked':
      return `${note.strategy} was asked for`;
    case 'bridge-is-default':
      return 'a second master (the bridge) serves while the first one changes its workers, so no request fails and none waits for the boot';
    case 'overlap-is-default':
      return 'the supervisor owns the listening sockets: a second whole instance boots beside the first one and takes its place, so no request fails and none waits for the boot';
    case 'memory-for-some':
      return `a second set of workers needs ${formatBytes(note.neededBytes)} and ${formatBytes(note.availableBytes)} is available, so workers change ${note.surge} at a time`;
    case 'supervisor-signals-only':
      return `user ${shown(note.user)} may not signal the master itself, so signals go through the supervisor`;
    case 'readiness-by-time':
      return `readiness cannot be seen from here: a worker that has lived for ${note.seconds} s counts as ready, which is a guess`;
    case 'settings-unknown':
      return `gunicorn's own settings could not be read: ${shown(note.why)}`;
    case 'config-changed':
      return note.applied
        ? `${shown(note.path)} has changed since it was last loaded, and is read again`
        : `${shown(note.path)} has changed since it was last loaded, and this does not read it again`;
    case 'workers-change':
      return `the configuration changes the number of workers from ${note.from} to ${note.to}`;
    case 'workers-raised':
      return `${countOf(note.running, 'worker')} run where ${note.configured} ${note.configured === 1 ? 'is' : 'are'} configured; there will be ${note.running} again`;
    case 'workers-raised-lost':
      return `${countOf(note.running, 'worker')} run where ${note.configured} ${note.configured === 1 ? 'is' : 'are'} configured; afterwards there will be ${note.configured}`;
    case 'server-hooks-run-twice':
      return `the bridge runs the server hooks once more: ${note.hooks.map((hook) => shown(hook)).join(', ')}`;
    case 'workers-drop-connections':
      return note.why === 'gthread'
        ? `gthread workers of gunicorn ${shown(note.version)} lose a connection or two when they end, however they are ended; 24.1 does not`
        : 'with reuse_port each worker has a socket of its own, and the kernel resets the connections that wait at it when the worker ends';
    case 'bind-changes':
      return `the configuration changes the addresses from ${addresses(note.from)} to ${addresses(note.to)}`;
    case 'stopwaitsecs-too-short':
      return `stopwaitsecs (${note.stopwaitsecs} s) is shorter than graceful_timeout (${note.gracefulTimeout} s), so the supervisor's stop can cut requests off`;
    case 'downtime':
      return downtimeWords(note.why);
    case 'stall':
      return note.why === 'hup'
        ? 'requests wait while the new code boots, since HUP ends the old workers first'
        : note.why === 'sockets-held'
          ? 'requests wait between stop and start, and none is refused: the supervisor keeps the listening sockets open'
          : 'requests wait while the new code boots, since the old workers go first';
    case 'leftover-successor':
      return `an interrupted reload left successor ${note.pid} behind; it is ended first`;
    case 'leftover-bridge':
      return `an interrupted reload left bridge ${note.pid} behind; it is retired first`;
    case 'interrupted-before':
      return `an earlier reload (${note.strategy}) was interrupted; there will be ${countOf(note.workers, 'worker')}, as there were before it`;
    case 'memory-unknown':
      return 'how much memory is available could not be found out';
    case 'server-recognised':
      return `recognised as ${[shown(note.title), ...note.variants].join(', ')}, which has a reload of its own`;
    case 'configuration-only':
      return `what ${shown(note.title)} reads anew is its configuration`;
    case 'unchecked':
      return `the new version cannot be tried aside: what ${shown(note.title)} does with a broken one is seen only when it has happened`;
    case 'stop-not-graceful':
      return stopWords(note);
    case 'jobs-finish':
      return `jobs that run get up to ${formatSpan(note.seconds * 1000)} to finish`;
    case 'logs-open':
      return `its log files: ${note.paths.map((path) => shown(path)).join(', ')}`;
    case 'logs-unseen':
      return 'which files it has open may not be seen from here: that it was told is all that will be known';
    case 'scale-not-kept':
      return note.configured === undefined
        ? 'this lasts until it is started anew, which goes back to what its configuration says'
        : `this lasts until it is started anew, or gets a bare HUP: its configuration says ${countOf(note.configured, 'worker')}`;
    case 'relative-config':
      return `a second master would look for ${shown(note.path)} in ${shown(note.directory)}, where chdir has led the first one: so new workers come first and the old ones go after`;
    case 'server-changed':
      return `gunicorn's own files are newer than what runs: they are version ${shown(note.version)}, the master and its workers stay what they were until the next start`;
    case 'type-unknown':
      return 'this is not a server whose reload is known';
    case 'release-by-link':
      return `the release is found through the link ${shown(note.path)} at every load`;
  }
}

/** How much a note matters to somebody who reads only a little. */
export function noteWeight(note: PlanNote): NoteWeight {
  switch (note.code) {
    case 'strategy-asked':
    case 'bridge-is-default':
    case 'overlap-is-default':
    case 'memory-for-some':
    case 'relative-config':
    case 'server-changed':
    case 'type-unknown':
    case 'server-recognised':
      return 'why';
    case 'supervisor-signals-only':
    case 'workers-change':
    case 'workers-raised':
    case 'bind-changes':
    case 'leftover-bridge':
    case 'leftover-successor':
    case 'interrupted-before':
    case 'memory-unknown':
    case 'release-by-link':
    case 'configuration-only':
    case 'jobs-finish':
    case 'logs-open':
    case 'scale-not-kept':
      return 'info';
    case 'config-changed':
      return note.applied ? 'info' : 'warn';
    case 'readiness-by-time':
    case 'settings-unknown':
    case 'workers-raised-lost':
    case 'server-hooks-run-twice':
    case 'workers-drop-connections':
    case 'stopwaitsecs-too-short':
    case 'downtime':
    case 'stall':
    case 'unchecked':
    case 'stop-not-graceful':
    case 'logs-unseen':
      return 'warn';
  }
}

function stopWords(note: Extract<PlanNote, { code: 'stop-not-graceful' }>): string {
  const signal = signalWords(note.stopsignal);
  const title = shown(note.title);
  const remedy =
    note.graceful === undefined
      ? ''
      : `; stopsignal=${signalWords(note.graceful)} would let everything in flight finish`;
  switch (note.means) {
    case 'fast':
      return `${signal}, the configured stopsignal, cuts off what ${title} is doing${remedy}`;
    case 'no-stop':
      return `${signal}, the configured stopsignal, does not stop ${title}${remedy}`;
    case 'unknown':
      return `what ${signal}, the configured stopsignal, means to ${title} is not known${remedy}`;
  }
}

function downtimeWords(why: 'asked' | 'allowed' | 'no-reload'): string {
  switch (why) {
    case 'asked':
      return 'requests are refused between stop and start, as was asked for';
    case 'allowed':
      return 'requests are refused between stop and start, as --allow-downtime allows';
    case 'no-reload':
      return 'this server has no reload: it is stopped and started, and nobody serves in between';
  }
}

function addresses(list: readonly string[]): string {
  return list.length === 0 ? 'none' : list.map((address) => shown(address)).join(', ');
}
