import { say, type MemberOf, type Said } from '../../base/by-kind.ts';
import type { PlanNote } from '../../policy/plan-note.ts';
import { countOf, formatBytes, formatSpan } from '../text/quantities.ts';
import { signalWords } from './role.ts';
import { shown } from '../text/shown.ts';

/** 'why': explains the choice. 'info': good to know. 'warn': costs somebody something. */
export type NoteWeight = 'why' | 'info' | 'warn';

type NoteOf<K extends PlanNote['code']> = MemberOf<PlanNote, 'code', K>;

type NoteEntry<N extends PlanNote> = readonly [weight: Said<N, NoteWeight>, words: Said<N, string>];

const DOWNTIME: Readonly<Record<NoteOf<'downtime'>['why'], string>> = {
  asked: 'requests are refused between stop and start, as was asked for',
  allowed: 'requests are refused between stop and start, as --allow-downtime allows',
  'no-reload': 'this server has no reload: it is stopped and started, and nobody serves in between',
};

const STALLS: Readonly<Record<NoteOf<'stall'>['why'], string>> = {
  hup: 'requests wait while the new code boots, since HUP ends the old workers first',
  'sockets-held':
    'requests wait between stop and start, and none is refused: the supervisor keeps the listening sockets open',
  'server-type': 'requests wait while the new code boots, since the old workers go first',
};

const NOTES: { readonly [K in PlanNote['code']]: NoteEntry<NoteOf<K>> } = {
  'strategy-asked': ['why', ({ strategy }) => `${strategy} was asked for`],
  'bridge-is-default': [
    'why',
    'a second master (the bridge) serves while the first one changes its workers, so no request fails and none waits for the boot',
  ],
  'overlap-is-default': [
    'why',
    'the supervisor owns the listening sockets: a second whole instance boots beside the first one and takes its place, so no request fails and none waits for the boot',
  ],
  'memory-for-some': [
    'why',
    ({ neededBytes, availableBytes, surge }) =>
      `a second set of workers needs ${formatBytes(neededBytes)} and ${formatBytes(availableBytes)} is available, so workers change ${surge} at a time`,
  ],
  'supervisor-signals-only': [
    'info',
    ({ user }) =>
      `user ${shown(user)} may not signal the master itself, so signals go through the supervisor`,
  ],
  'readiness-by-time': [
    'warn',
    ({ seconds }) =>
      `readiness cannot be seen from here: a worker that has lived for ${seconds} s counts as ready, which is a guess`,
  ],
  'settings-unknown': [
    'warn',
    ({ why }) => `gunicorn's own settings could not be read: ${shown(why)}`,
  ],
  'config-changed': [
    ({ applied }) => (applied ? 'info' : 'warn'),
    (note) =>
      note.applied
        ? `${shown(note.path)} has changed since it was last loaded, and is read again`
        : `${shown(note.path)} has changed since it was last loaded, and this does not read it again`,
  ],
  'workers-change': [
    'info',
    ({ from, to }) => `the configuration changes the number of workers from ${from} to ${to}`,
  ],
  'workers-raised': [
    'info',
    ({ running, configured }) =>
      `${countOf(running, 'worker')} run where ${configured} ${configured === 1 ? 'is' : 'are'} configured; there will be ${running} again`,
  ],
  'workers-raised-lost': [
    'warn',
    ({ running, configured }) =>
      `${countOf(running, 'worker')} run where ${configured} ${configured === 1 ? 'is' : 'are'} configured; afterwards there will be ${configured}`,
  ],
  'server-hooks-run-twice': [
    'warn',
    ({ hooks }) =>
      `the bridge runs the server hooks once more: ${hooks.map((hook) => shown(hook)).join(', ')}`,
  ],
  'workers-drop-connections': [
    'warn',
    ({ why, version }) =>
      why === 'gthread'
        ? `gthread workers of gunicorn ${shown(version)} lose a connection or two when they end, however they are ended; 24.1 does not`
        : 'with reuse_port each worker has a socket of its own, and the kernel resets the connections that wait at it when the worker ends',
  ],
  'stopwaitsecs-too-short': [
    'warn',
    ({ stopwaitsecs, gracefulTimeout }) =>
      `stopwaitsecs (${stopwaitsecs} s) is shorter than graceful_timeout (${gracefulTimeout} s), so the supervisor's stop can cut requests off`,
  ],
  downtime: ['warn', ({ why }) => DOWNTIME[why]],
  stall: ['warn', ({ why }) => STALLS[why]],
  'leftover-successor': [
    'info',
    ({ pid }) => `an interrupted reload left successor ${pid} behind; it is ended first`,
  ],
  'leftover-bridge': [
    'info',
    ({ pid }) => `an interrupted reload left bridge ${pid} behind; it is retired first`,
  ],
  'interrupted-before': [
    'info',
    ({ strategy, workers }) =>
      `an earlier reload (${strategy}) was interrupted; there will be ${countOf(workers, 'worker')}, as there were before it`,
  ],
  'memory-unknown': ['info', 'how much memory is available could not be found out'],
  'server-recognised': [
    'why',
    ({ title, variants }) =>
      `recognised as ${[shown(title), ...variants].join(', ')}, which has a reload of its own`,
  ],
  'configuration-only': [
    'info',
    ({ title }) => `what ${shown(title)} reads anew is its configuration`,
  ],
  unchecked: [
    'warn',
    ({ title }) =>
      `the new version cannot be tried aside: what ${shown(title)} does with a broken one is seen only when it has happened`,
  ],
  'stop-not-graceful': ['warn', stopWords],
  'jobs-finish': [
    'info',
    ({ seconds }) => `jobs that run get up to ${formatSpan(seconds * 1000)} to finish`,
  ],
  'logs-open': [
    'info',
    ({ paths }) => `its log files: ${paths.map((path) => shown(path)).join(', ')}`,
  ],
  'logs-unseen': [
    'warn',
    'which files it has open may not be seen from here: that it was told is all that will be known',
  ],
  'scale-not-kept': [
    'info',
    ({ configured }) =>
      configured === undefined
        ? 'this lasts until it is started anew, which goes back to what its configuration says'
        : `this lasts until it is started anew, or gets a bare HUP: its configuration says ${countOf(configured, 'worker')}`,
  ],
  'relative-config': [
    'why',
    ({ path, directory }) =>
      `a second master would look for ${shown(path)} in ${shown(directory)}, where chdir has led the first one: so new workers come first and the old ones go after`,
  ],
  'server-changed': [
    'info',
    ({ version }) =>
      `gunicorn's own files are newer than what runs: they are version ${shown(version)}, the master and its workers stay what they were until the next start`,
  ],
  'type-unknown': ['why', 'this is not a server whose reload is known'],
};

const entryOf = ({ code }: PlanNote): NoteEntry<PlanNote> => NOTES[code] as NoteEntry<PlanNote>;

/** A note as a sentence without its full stop. */
export const noteWords = (note: PlanNote): string => say(entryOf(note)[1], note);

/** How much a note matters to somebody who reads only a little. */
export const noteWeight = (note: PlanNote): NoteWeight => say(entryOf(note)[0], note);

function stopWords({ stopsignal, title, graceful, means }: NoteOf<'stop-not-graceful'>): string {
  const signal = `${signalWords(stopsignal)}, the configured stopsignal,`;
  const server = shown(title);
  const words: Readonly<Record<typeof means, string>> = {
    fast: `${signal} cuts off what ${server} is doing`,
    'no-stop': `${signal} does not stop ${server}`,
    unknown: `what ${signal} means to ${server} is not known`,
  };
  return graceful === undefined
    ? words[means]
    : `${words[means]}; stopsignal=${signalWords(graceful)} would let everything in flight finish`;
}
