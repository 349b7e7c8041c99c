import type { Logger } from './logs/logger.ts';
import type { Daemon } from './daemon.ts';

/**
 * Obeys signals as supervisord does (supervisor/supervisord.py, handle_signal): TERM, INT and QUIT end the daemon, HUP restarts it, USR2
 * reopens its logs. Returns what ends that.
 */
export function obeySignals(daemon: Daemon, logger: Logger): () => void {
  const end = (signal: NodeJS.Signals): void => {
    logger.log('warn', `received ${signal} indicating exit request`);
    daemon.shutdown();
  };
  const restart = (): void => {
    if (daemon.state() === 'SHUTDOWN') {
      logger.log('warn', 'ignored SIGHUP indicating restart request (shutdown in progress)');
      return;
    }
    logger.log('warn', 'received SIGHUP indicating restart request');
    daemon.restart();
  };
  const reopen = (): void => {
    logger.log('info', 'received SIGUSR2 indicating log reopen request');
    void daemon.reopenLogs();
  };
  const handlers = [
    ['SIGTERM', end],
    ['SIGINT', end],
    ['SIGQUIT', end],
    ['SIGHUP', restart],
    ['SIGUSR2', reopen],
  ] as const;
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
