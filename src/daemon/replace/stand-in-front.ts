import type { Newcomer } from './newcomer.ts';

const PASSED_ON = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2'] as const;

/**
 * In the foreground somebody waits for us (a terminal, systemd, a container): we stay in front of the daemon that has taken over, pass signals on to it and
 * end as it does. Resolves with its exit status.
 */
export async function standInFront(newcomer: Newcomer): Promise<number> {
  const passOn = (signal: NodeJS.Signals): void => {
    newcomer.signal(signal);
  };
  for (const signal of PASSED_ON) process.on(signal, passOn);
  const status = await newcomer.exited;
  for (const signal of PASSED_ON) process.off(signal, passOn);
  return status;
}
