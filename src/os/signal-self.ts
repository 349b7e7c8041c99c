/**
 * Stops this process and everything that the shell started with it, as Ctrl-Z does, and returns when it goes on. Where there is no shell that
 * could wake it (an orphaned process group, setpgid(2)) the kernel ignores the signal, and it returns at once. SIGTSTP must have no listener.
 */
export function stopOwnJob(): void {
  process.kill(0, 'SIGTSTP');
}

/** Ends this process by a signal, for whoever looks at how it ended. The signal must have no listener. */
export function endBySignal(signal: 'SIGHUP'): void {
  process.kill(process.pid, signal);
}
