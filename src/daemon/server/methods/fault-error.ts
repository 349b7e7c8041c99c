import { FAULT_CODES } from '../../../rpc/faults.ts';
import type { FaultName } from '../../../rpc/supervisor.ts';

/** A fault on its way to the client. Thrown by methods, caught where the answer is written. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly code: number;

  constructor(fault: FaultName, detail?: string) {
    super(detail === undefined || detail === '' ? fault : `${fault}: ${detail}`);
    this.code = FAULT_CODES[fault];
  }
}
