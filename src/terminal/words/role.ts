import type { Role } from '../../policy/plan.ts';

const ROLE: Readonly<Record<Role, string>> = {
  supervised: 'supervised process',
  master: 'master',
  bridge: 'bridge',
  successor: 'successor',
  'old-instance': 'old instance',
  'old-workers': 'old worker',
  'new-workers': 'new worker',
  leftovers: 'leftover process',
};

/** A process by its role: 'master', 'old worker'. */
export const roleWords = (role: Role): string => ROLE[role];

/** Several processes of one role: 'old workers'. */
export function rolePlural(role: Role): string {
  return roleWords(role).replace(/process$/u, 'processe') + 's';
}

/** A process as people name it: 'master 1234'; without a pid where none is known yet. */
export function processWords(role: Role, pid: number | undefined): string {
  return pid === undefined ? roleWords(role) : `${roleWords(role)} ${pid}`;
}

/** 'TERM' for 'SIGTERM': the way the manuals of servers write it. */
export function signalWords(signal: string): string {
  return signal.replace(/^SIG/u, '');
}
