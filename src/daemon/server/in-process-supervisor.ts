import { CallLimits } from '../../rpc/call-limits.ts';
import { createSupervisorOn, type OutgoingCall } from '../../rpc/client.ts';
import { decodeMethodCall } from '../../rpc/decode.ts';
import { encodeMethodCall } from '../../rpc/encode.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { RpcFailure, Supervisor } from '../../rpc/supervisor.ts';
import type { Dispatch } from './dispatch.ts';
import { answerTo } from './methods/answer-to.ts';

/**
 * The daemon as its own client: the same calls, checks and answers as over HTTP, without a connection. What a method throws that is no fault
 * rejects here as well. `url` is only a name, for locks and records.
 */
export function createInProcessSupervisor(dispatch: Dispatch, url: string): Supervisor {
  return createSupervisorOn({
    url,
    address: 'ourselves',
    send: (call) => send(dispatch, url, call),
    close: () => undefined,
  });
}

async function send(
  dispatch: Dispatch,
  url: string,
  { method, params, timeoutMs, abort }: OutgoingCall,
): Promise<Result<Uint8Array, RpcFailure>> {
  const call = decodeMethodCall(encodeMethodCall(method, params));
  if (!call.ok) return err({ kind: 'protocol', url, detail: call.error.reason });
  const limits = new CallLimits(timeoutMs, abort);
  try {
    const ended = limits.signal.aborted ? Promise.resolve() : whenAborted(limits.signal);
    const answer = limits.signal.aborted
      ? undefined
      : answerTo(dispatch, call.value.method, call.value.params);
    const body = await Promise.race([ended, ...(answer === undefined ? [] : [answer])]);
    if (body !== undefined) return ok(body);
    // Nobody listens to the answer any more.
    answer?.catch(() => undefined);
    return limits.cause === 'timeout'
      ? err({ kind: 'timeout', url, method, ms: timeoutMs })
      : err({ kind: 'aborted' });
  } finally {
    limits.release();
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve(undefined);
      },
      { once: true },
    );
  });
}
