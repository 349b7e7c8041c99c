import type { Role } from '../../policy/plan.ts';

/** A process by its role: 'master', 'old worker'. */
export function roleWords(role: Role): string {
  switch (role) {
    case 'supervised':
      return 'supervised process';
    case 'master':
      return 'master';
    case 'bridge':
      return 'bridge';
    case 'successor':
      return 'successor';
    case 'old-instance':
      return 'old instance';
    case 'old-workers':
      return 'old worker';
    case 'new-workers':
      return 'new worker';
    case 'leftovers':
      return 'leftover process';
  }
}

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
