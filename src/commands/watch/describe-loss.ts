import { describeRpcFailure } from '../../rpc/describe-failure.ts';
import type { RpcFailure } from '../../rpc/supervisor.ts';

/** Why nothing could be seen, in the few words that a line of the view has room for. Its address stands in the line above. */
export function describeLoss(failure: RpcFailure): string {
  switch (failure.kind) {
    case 'refused':
      return 'connection refused';
    case 'no-socket':
      return 'its socket is not there';
    case 'denied':
      return 'permission denied';
    case 'unauthorized':
      return 'wrong or no password';
    case 'timeout':
      return `no answer within ${failure.ms / 1000} s`;
    case 'protocol':
      return failure.detail;
    case 'fault':
      if (failure.name === 'SHUTDOWN_STATE') return 'it is shutting down';
      return describeRpcFailure(failure).message;
    case 'aborted':
      return describeRpcFailure(failure).message;
  }
}
