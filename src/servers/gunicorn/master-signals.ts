import type { Os } from '../../os/os.ts';
import type { ProcId } from '../../os/proc.ts';
import type { SignalName } from '../../os/signals.ts';

/** The signals that a master catches and its workers do not, all of them (gunicorn/arbiter.py, SIGNALS). */
export const MASTER_SIGNALS: readonly SignalName[] = [
  'SIGHUP',
  'SIGUSR2',
  'SIGTTIN',
  'SIGTTOU',
  'SIGWINCH',
];

/** Whether the process has installed a master's signal handlers; before that a HUP would end it. */
export async function hasMasterSignals(os: Os, id: ProcId): Promise<boolean> {
  const reading = await os.signals(id);
  return reading.ok && MASTER_SIGNALS.every((signal) => reading.value.caught.has(signal));
}
