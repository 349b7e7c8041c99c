/**
 * Stops this process and its job as Ctrl-Z does, and returns when it is continued; at once where no
 * shell could wake it (setpgid(2)). SIGTSTP must have no listener.
 */
export function stopOwnJob(): void {
  process.kill(0, 'SIGTSTP');
}

/** Ends this process by a signal, so that its exit status shows it. It must have no listener. */
export function endBySignal(signal: 'SIGHUP'): void {
  process.kill(process.pid, signal);
}
