import type { FaultName } from './supervisor.ts';

/**
 * supervisord's fault codes (supervisor/xmlrpc.py, class Faults). 80 is the status of a success.
 */
export const FAULT_CODES: Readonly<Record<FaultName, number>> = {
  UNKNOWN_METHOD: 1,
  INCORRECT_PARAMETERS: 2,
  BAD_ARGUMENTS: 3,
  SIGNATURE_UNSUPPORTED: 4,
  SHUTDOWN_STATE: 6,
  BAD_NAME: 10,
  BAD_SIGNAL: 11,
  NO_FILE: 20,
  NOT_EXECUTABLE: 21,
  FAILED: 30,
  ABNORMAL_TERMINATION: 40,
  SPAWN_ERROR: 50,
  ALREADY_STARTED: 60,
  NOT_RUNNING: 70,
  SUCCESS: 80,
  ALREADY_ADDED: 90,
  STILL_RUNNING: 91,
  CANT_REREAD: 92,
};

const NAMES: ReadonlyMap<number, FaultName> = new Map(
  Object.entries(FAULT_CODES).map(([name, code]) => [code, name as FaultName]),
);

/** The name of a fault code, or undefined for a code that supervisord does not define. */
export function faultName(code: number): FaultName | undefined {
  return NAMES.get(code);
}
