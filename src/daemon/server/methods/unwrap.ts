import type { Result } from '../../../base/result.ts';
import type { FaultName } from '../../../rpc/supervisor.ts';
import type { Fault } from '../../control.ts';
import { FaultError } from './fault-error.ts';

const ABOUT_THE_NAME: ReadonlySet<FaultName> = new Set<FaultName>([
  'ALREADY_STARTED',
  'NOT_RUNNING',
  'BAD_NAME',
]);

/**
 * The value of a result, or its fault thrown. Faults about a name show it as the client wrote it (`shown`), which may be `group:name`
 * for what others call `name`.
 */
export function unwrap<T>(result: Result<T, Fault>, shown?: string): T {
  if (result.ok) return result.value;
  const { name, detail } = result.error;
  throw new FaultError(name, shown !== undefined && ABOUT_THE_NAME.has(name) ? shown : detail);
}
