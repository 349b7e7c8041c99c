import type { FaultName, RpcFailure } from '../../rpc/supervisor.ts';

/** The name of the fault that the supervisor answered with; undefined for any other failure, and for a fault that it does not define. */
export function faultOf(failure: RpcFailure): FaultName | undefined {
  return failure.kind === 'fault' ? failure.name : undefined;
}
