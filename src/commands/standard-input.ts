import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';

let reopened: ReadStream | undefined;

/**
 * What is typed: stdin, or a new stream of the same terminal where Ctrl-D has ended that for the command before. The end of a file or a
 * pipe stays the end.
 */
export function standardInput(): Readable {
  const current = reopened ?? process.stdin;
  if ((!current.readableEnded && !current.destroyed) || !isatty(0)) return current;
  reopened = new ReadStream(0);
  return reopened;
}
