import { err } from '../../base/result.ts';
import type { LentFds, Pipes } from './process-pipes.ts';

const OURS: LentFds = { stdio: [0, 1, 2], kept: [] };

/** A program that shares our own stdin, stdout and stderr: nothing of it goes through us, so that there is no log and nothing to write to. */
export function inheritedPipes(): Pipes {
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    logs: { stdout: undefined, stderr: undefined },
    lend: (spawn) => spawn(OURS),
    listen: () => undefined,
    attach: () => undefined,
    takeOver: () => undefined,
    limit: () => undefined,
    abandon: () => undefined,
    write: () => err('closed'),
    hold: () => Promise.resolve(() => undefined),
    flush: nothing,
    reopen: nothing,
    clear: nothing,
    close: nothing,
  };
}
