import { readFileSync } from 'node:fs';
import { isOpenToOthers } from './place.ts';

/** A user of the system. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Whether this process is root. */
export const isRoot = process.getuid?.() === 0;

/**
 * An ordinary user whom the tests can become: nobody, or the first other one that is not root. Undefined when we are not root, or
 * when ordinary users cannot execute the node that runs the tests; `describe.skipIf` with a reason is then right.
 */
export function ordinaryUser(): User | undefined {
  if (!isRoot || !isOpenToOthers(process.execPath)) return undefined;
  const users = parsePasswd(readFileSync('/etc/passwd', 'utf8')).filter(({ uid }) => uid !== 0);
  return users.find(({ name }) => name === 'nobody') ?? users[0];
}

/** The users of a passwd(5) file. */
export function parsePasswd(text: string): readonly User[] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([, , uid = '', gid = '']) => /^\d+$/.test(uid) && /^\d+$/.test(gid))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}
