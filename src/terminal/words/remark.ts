import type { LockHolder } from '../../os/os.ts';
import { formatDuration, formatSpan } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';
import type { EventOf, Remark } from '../progress.ts';
import { processWords, signalWords } from './role.ts';

/** Something that happened beside the steps, as a sentence without its full stop. */
export function remarkWords(remark: Remark): string {
  switch (remark.event) {
    case 'lock-wait':
      return remark.waitedMs === undefined
        ? `${holderWords(remark)} is at work on this program`
        : `after ${formatDuration(remark.waitedMs)} ${holderWords(remark)} is still at work on this program`;
    case 'beside':
      return `${holderWords(remark)} is at work on this program too; nobody waits for an ordinary user`;
    case 'killed':
      return `${KILLERS[remark.by]} ${processWords(remark.role, remark.pid)}, which had been asked to go ${formatSpan(remark.afterMs)} before`;
    case 'tidied':
      return `${tidiedWords(remark.what)}: ${shown(remark.detail)}`;
    case 'interrupted':
      return remark.then === 'undo'
        ? `${signalWords(remark.signal)} received: undoing, the old version stays`
        : `${signalWords(remark.signal)} received: the old version is already giving way, so this is carried through to the end`;
    case 'master-lost':
      return remark.recovered
        ? `master ${remark.pid} died in the middle; the supervisor has brought the program back`
        : `master ${remark.pid} died in the middle`;
    case 'signal':
      return `${signalWords(remark.signal)} → ${processWords(remark.role, remark.pid)}: ${signalOutcomeWords(remark.outcome)}`;
  }
}

const KILLERS: Readonly<Record<EventOf<'killed'>['by'], string>> = {
  reloadctl: 'KILLed',
  supervisor: 'the supervisor KILLed',
  gunicorn: 'gunicorn cut off',
};

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

/** What came of a signal. */
function signalOutcomeWords(outcome: 'sent' | 'gone' | 'denied' | 'unsafe'): string {
  switch (outcome) {
    case 'sent':
      return 'sent';
    case 'gone':
      return 'not sent, the process is gone';
    case 'denied':
      return 'not sent, no permission';
    case 'unsafe':
      return 'not sent, the process does not catch it and would die of it';
  }
}

function tidiedWords(what: 'bridge' | 'pidfile' | 'workers' | 'file'): string {
  switch (what) {
    case 'bridge':
      return 'retired a bridge that an earlier run left behind';
    case 'pidfile':
      return 'removed a stale pid file';
    case 'workers':
      return 'put the number of workers right';
    case 'file':
      return 'put a file back';
  }
}
