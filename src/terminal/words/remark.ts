import { byKind } from '../../base/by-kind.ts';
import type { LockHolder } from '../../os/os.ts';
import { formatDuration, formatSpan } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';
import type { EventOf, Remark } from '../progress.ts';
import { processWords, signalWords } from './role.ts';

const OUTCOMES: Readonly<Record<EventOf<'signal'>['outcome'], string>> = {
  sent: 'sent',
  gone: 'not sent, the process is gone',
  denied: 'not sent, no permission',
  unsafe: 'not sent, the process does not catch it and would die of it',
};

const TIDIED: Readonly<Record<EventOf<'tidied'>['what'], string>> = {
  bridge: 'retired a bridge that an earlier run left behind',
  pidfile: 'removed a stale pid file',
  workers: 'put the number of workers right',
  file: 'put a file back',
};

const KILLERS: Readonly<Record<EventOf<'killed'>['by'], string>> = {
  reloadctl: 'KILLed',
  supervisor: 'the supervisor KILLed',
  gunicorn: 'gunicorn cut off',
};

/** Something that happened beside the steps, as a sentence without its full stop. */
export const remarkWords = byKind<Remark, 'event', string>('event', {
  'lock-wait': (remark) =>
    remark.waitedMs === undefined
      ? `${holderWords(remark)} is at work on this program`
      : `after ${formatDuration(remark.waitedMs)} ${holderWords(remark)} is still at work on this program`,
  beside: (remark) =>
    `${holderWords(remark)} is at work on this program too; nobody waits for an ordinary user`,
  killed: ({ by, role, pid, afterMs }) =>
    `${KILLERS[by]} ${processWords(role, pid)}, which had been asked to go ${formatSpan(afterMs)} before`,
  tidied: ({ what, detail }) => `${TIDIED[what]}: ${shown(detail)}`,
  interrupted: ({ then, signal }) =>
    then === 'undo'
      ? `${signalWords(signal)} received: undoing, the old version stays`
      : `${signalWords(signal)} received: the old version is already giving way, so this is carried through to the end`,
  'master-lost': ({ recovered, pid }) =>
    recovered
      ? `master ${pid} died in the middle; the supervisor has brought the program back`
      : `master ${pid} died in the middle`,
  signal: ({ signal, role, pid, outcome }) =>
    `${signalWords(signal)} → ${processWords(role, pid)}: ${OUTCOMES[outcome]}`,
});

/** A remark as it is read when the action has gone on since: somebody who was waited for is no longer at work. */
export function pastRemarkWords(remark: Remark): string {
  return remark.event === 'lock-wait' ? `waited for ${holderWords(remark)}` : remarkWords(remark);
}

/** Who holds the lock of a program: 'reloadctl 77 of root (reload usercenter, since 12:03:04)'. */
export function holderWords(holder: LockHolder): string {
  const { pid, uid, user, program, purpose, sinceEpochMs } = holder;
  const who =
    pid === undefined ? 'a process that cannot be seen' : `${shown(program ?? 'process')} ${pid}`;
  const owner =
    user === undefined ? (uid === undefined ? '' : ` of uid ${uid}`) : ` of ${shown(user)}`;
  const since = sinceEpochMs === undefined ? undefined : `since ${clockTime(sinceEpochMs)}`;
  const said = [purpose === undefined ? undefined : shown(purpose), since].filter(
    (part) => part !== undefined,
  );
  return `${who}${owner}${said.length === 0 ? '' : ` (${said.join(', ')})`}`;
}

function clockTime(epochMs: number): string {
  return new Date(epochMs).toTimeString().slice(0, 8);
}

/** Whether it is something to worry about. */
export function isWorrying(remark: Remark): boolean {
  return remark.event !== 'tidied' && remark.event !== 'lock-wait';
}
