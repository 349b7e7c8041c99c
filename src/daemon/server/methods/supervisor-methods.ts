import type { DaemonControl } from '../../daemon.ts';
import { daemonMethods } from './daemon-methods.ts';
import { infoMethods } from './info-methods.ts';
import { logMethods } from './log-methods.ts';
import { methodTable, whileRunning, type MethodTable } from './method.ts';
import { processMethods } from './process-methods.ts';

/** The only method that answers while the daemon ends. */
const ALWAYS = 'sendRemoteCommEvent';

/** The supervisor.* namespace (supervisor/rpcinterface.py). `nowS` is seconds since the epoch. */
export function supervisorMethods(control: DaemonControl, nowS: () => number): MethodTable {
  const rows = [
    ...daemonMethods(control),
    ...processMethods(control),
    ...infoMethods(control, nowS),
    ...logMethods(control),
  ];
  return methodTable('supervisor', whileRunning(control, rows, ALWAYS));
}
