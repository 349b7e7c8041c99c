import { closeSync, fstatSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Lets go of a terminal that has been closed meanwhile. At its end Node gives the terminal its settings back, and aborts when that fails, with 134 in
 * place of our exit code (src/node.cc, ResetStdio: EIO is none of the errors that it expects; it passes over descriptors that are another file by then).
 */
export function leaveLostTerminal(): void {
  for (const fd of [0, 1, 2]) {
    try {
      if (!fstatSync(fd).isCharacterDevice() || isatty(fd)) continue;
      closeSync(fd);
      // The lowest free descriptor, which is this one.
      openSync('/dev/null', 'r+');
    } catch {
      // It was closed before we began.
    }
  }
}
