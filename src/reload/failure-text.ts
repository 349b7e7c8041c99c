import type { RpcFailure } from '../rpc/supervisor.ts';

/** A failed call in a few words, for events; the command line has its own, longer ones. */
export function describeFailure(failure: RpcFailure): string {
  switch (failure.kind) {
    case 'fault':
      return failure.text;
    case 'refused':
      return `${failure.url} refused connection`;
    case 'no-socket':
      return `${failure.url} no such file`;
    case 'denied':
      return `${failure.url} permission denied`;
    case 'unauthorized':
      return `${failure.url} wants a user name and a password`;
    case 'timeout':
      return `${failure.url} did not answer ${failure.method} within ${failure.ms / 1000} s`;
    case 'aborted':
      return 'interrupted';
    case 'protocol':
      return `${failure.url}: ${failure.detail}`;
  }
}
