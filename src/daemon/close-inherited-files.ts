import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { readingError } from '../os/errno.ts';

/** O_CLOEXEC in the octal flags of /proc/PID/fdinfo (proc_pid_fdinfo(5)); the same on every Linux that Node runs on. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Closes what whoever started us has left open beyond stdin, stdout and stderr, so that no program inherits it: supervisord closes the same files in
 * each child. Our own files are marked to be closed at exec(2), and are kept, as is `keep`.
 */
export function closeInheritedFiles(keep?: number): void {
  for (const fd of listOpenFiles()) {
    try {
      if (fd > 2 && fd !== keep && !isClosedOnExec(fd)) closeSync(fd);
    } catch (error) {
      readingError(error); // Throws what is no system error. The one with which the directory was read is closed already.
    }
  }
}

function listOpenFiles(): readonly number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch (error) {
    readingError(error); // Throws what is no system error. Without /proc nobody knows them.
    return [];
  }
}

function isClosedOnExec(fd: number): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  return (Number.parseInt(flags ?? '0', 8) & CLOSE_ON_EXEC) !== 0;
}
