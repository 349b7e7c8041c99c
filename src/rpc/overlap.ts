import { err, ok } from '../base/result.ts';
import type { SignalName } from '../os/signals.ts';
import { asOverlapState, ShapeError } from './shapes.ts';
import type { CallOptions, OverlapState, RpcFailure, RpcResult, Supervisor } from './supervisor.ts';
import type { RpcValue } from './value.ts';

/** Asks for the state; undefined from a stock supervisord, which knows nothing of overlap. */
export async function askOverlap(
  supervisor: Supervisor,
  name: string,
  options?: CallOptions,
): Promise<RpcResult<OverlapState | undefined>> {
  const reply = await supervisor.call('reloadctl.getProcess', [name], options);
  if (!reply.ok) return isUnknownMethod(reply.error) ? ok(undefined) : reply;
  try {
    // What a client returns has come through its decoder.
    return ok(asOverlapState(reply.value as RpcValue, 'the reply'));
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const detail = `unexpected reply to reloadctl.getProcess: ${error.message}`;
    return err({ kind: 'protocol', url: supervisor.url, detail });
  }
}

/**
 * Starts a second instance, which ends unless it is promoted within `leaseSecs`. Without held
 * sockets only with `withoutSockets`.
 */
export async function startSuccessor(
  supervisor: Supervisor,
  name: string,
  leaseSecs: number,
  options?: CallOptions,
  withoutSockets = false,
): Promise<RpcResult<unknown>> {
  const params = withoutSockets ? [name, leaseSecs, true] : [name, leaseSecs];
  return supervisor.call('reloadctl.startSuccessor', params, options);
}

/**
 * Puts the second instance in the place of the first, which gets its stop signal, or these signals.
 * It is KILLed after its program's time, or `patienceSecs` if longer.
 */
export async function promoteSuccessor(
  supervisor: Supervisor,
  name: string,
  options?: CallOptions,
  {
    signals = [],
    patienceSecs,
  }: { readonly signals?: readonly SignalName[]; readonly patienceSecs?: number } = {},
): Promise<RpcResult<unknown>> {
  const params = [
    name,
    ...(signals.length === 0 && patienceSecs === undefined ? [] : [signals.join(' ')]),
    ...(patienceSecs === undefined ? [] : [patienceSecs]),
  ];
  return supervisor.call('reloadctl.promoteSuccessor', params, options);
}

/** Asks the second instance to end. */
export async function stopSuccessor(
  supervisor: Supervisor,
  name: string,
  options?: CallOptions,
): Promise<RpcResult<unknown>> {
  return supervisor.call('reloadctl.stopSuccessor', [name], options);
}

/** Has the listening sockets of a program kept open for so long, also while it is stopped. */
export async function holdSockets(
  supervisor: Supervisor,
  name: string,
  seconds: number,
  options?: CallOptions,
): Promise<RpcResult<unknown>> {
  return supervisor.call('reloadctl.holdSockets', [name, seconds], options);
}

/** supervisord answers so for a namespace that it does not have. */
function isUnknownMethod(failure: RpcFailure): boolean {
  return failure.kind === 'fault' && failure.name === 'UNKNOWN_METHOD';
}
