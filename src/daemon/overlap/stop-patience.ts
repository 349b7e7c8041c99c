import type { Program } from '../../config/program.ts';

/** For a master that has KILLed its last workers to end itself. */
const MARGIN_S = 2;

/**
 * Seconds from the stop signal to the KILL: the longer of stopwaitsecs, where the file says it, and the graceful_timeout of the program's own
 * settings, where they are known and the stop is a graceful one. gunicorn ends its workers by itself when that is over.
 */
export function stopPatienceS(
  program: Pick<Program, 'stopwaitsecs' | 'isStopwaitSet' | 'stopsignal'>,
  gracefulTimeoutS: number | undefined,
): number {
  const { stopwaitsecs, isStopwaitSet, stopsignal } = program;
  if (gracefulTimeoutS === undefined || stopsignal !== 'SIGTERM') return stopwaitsecs;
  return Math.max(isStopwaitSet ? stopwaitsecs : 0, gracefulTimeoutS + MARGIN_S);
}
