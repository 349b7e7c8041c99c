import type { SignalName } from '../../os/signals.ts';
import type { ProgramLife } from './program-life.ts';

/** What a program in the foreground may be sent. */
const PASSED_ON: readonly SignalName[] = [
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGTTIN',
  'SIGTTOU',
];

/** HUP reloads, TERM stops, the others are passed on. Returns what ends that. */
export function relaySignals(life: ProgramLife): () => void {
  const handlers: ReadonlyArray<readonly [SignalName, () => void]> = [
    [
      'SIGHUP',
      () => {
        life.reload();
      },
    ],
    [
      'SIGTERM',
      () => {
        life.stop();
      },
    ],
    ...PASSED_ON.map(
      (signal) =>
        [
          signal,
          () => {
            void life.passOn(signal);
          },
        ] as const,
    ),
  ];
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
