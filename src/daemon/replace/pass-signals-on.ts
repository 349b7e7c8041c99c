import type { Newcomer } from './newcomer.ts';

const PASSED_ON = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2'] as const;

/** From now on, until we end, signals are for the daemon that has taken over. */
export function passSignalsOn(newcomer: Newcomer): void {
  for (const signal of PASSED_ON) {
    process.on(signal, () => {
      newcomer.signal(signal);
    });
  }
}
