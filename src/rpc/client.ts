import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { decodeMethodResponse, DEFAULT_WIRE_LIMITS } from './decode.ts';
import { encodeMethodCall } from './encode.ts';
import type { EndpointOptions } from './endpoint.ts';
import { parseEndpoint } from './endpoint.ts';
import { Exchanger } from './exchange.ts';
import { FAULT_CODES, faultName } from './faults.ts';
import { printable } from '../base/printable.ts';
import type { Shape } from './shapes.ts';
import {
  asAnything,
  asArrayOf,
  asConfigChanges,
  asInteger,
  asLogTail,
  asMemberResult,
  asProcessInfo,
  asState,
  asString,
  asStruct,
  asTrue,
  asTrueOrMembers,
  ShapeError,
} from './shapes.ts';
import type { CallOptions, MemberResult, RpcFailure, RpcResult, Supervisor } from './supervisor.ts';

/** For calls that are answered at once. */
const DEFAULT_TIMEOUT_MS = 10_000;
/**
 * For calls that wait until processes have started or stopped. Only a guard against waiting for
 * ever: a stopwaitsecs of an hour is in use for job runners.
 */
const WAITING_TIMEOUT_MS = 2 * 3_600_000;

/** Methods that change nothing, so that it does no harm when one is received twice. */
const READING_METHOD =
  /^(?:(?:supervisor|reloadctl)\.(?:get|read|tail)[A-Za-z]*|supervisor\.reloadConfig|system\.(?:listMethods|methodHelp|methodSignature))$/;
/** Methods that return a piece of a log. */
const LOG_METHOD = /^supervisor\.(?:read|tail)/;

/** One call on its way to a supervisor. */
export interface OutgoingCall {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly timeoutMs: number;
  readonly abort: AbortSignal | undefined;
  /** It changes nothing, so that it does no harm when it is received twice. */
  readonly repeatable: boolean;
}

/** How calls reach a supervisor. */
export interface CallChannel {
  /** unix:///path or http://host:port, without a password. */
  readonly url: string;
  readonly address: Supervisor['address'];
  /** The body of the answer. */
  readonly send: (call: OutgoingCall) => Promise<Result<Uint8Array, RpcFailure>>;
  readonly close: () => void;
}

/**
 * A client for supervisord's API; it connects at the first call. Throws a ReloadctlError 'usage'
 * for a URL that is neither unix:///path nor http://host:port.
 */
export function createSupervisor(
  options: EndpointOptions,
  defaultAbort: () => AbortSignal | undefined = () => undefined,
): Supervisor {
  const endpoint = parseEndpoint(options);
  const exchanger = new Exchanger(endpoint);
  return createSupervisorOn({
    url: endpoint.url,
    address: endpoint.address,
    send: ({ method, params, abort = defaultAbort(), ...limits }) =>
      exchanger.fetch(
        {
          method: 'POST',
          path: '/RPC2',
          body: encodeMethodCall(method, params),
          label: method,
          abort,
          ...limits,
        },
        DEFAULT_WIRE_LIMITS.maxBytes,
      ),
    close: () => {
      exchanger.close();
    },
  });
}

/** A client for supervisord's API whose calls go through `channel`. */
export function createSupervisorOn(channel: CallChannel): Supervisor {
  const { url, address } = channel;

  async function invoke<T>(
    method: string,
    params: readonly unknown[],
    shape: Shape<T>,
    { timeoutMs = DEFAULT_TIMEOUT_MS, abort }: CallOptions = {},
  ): Promise<RpcResult<T>> {
    const repeatable = READING_METHOD.test(method);
    const reply = await channel.send({ method, params, timeoutMs, abort, repeatable });
    if (!reply.ok) return err(explainLogFailure(reply.error, method));
    return readReply(reply.value, method, shape, url);
  }

  const waiting = (wait: boolean, callOptions: CallOptions | undefined): CallOptions => ({
    ...(wait && { timeoutMs: WAITING_TIMEOUT_MS }),
    ...callOptions,
  });

  /** For the methods that take one process but answer with a list of outcomes for 'group:*'. */
  async function invokeOne(
    method: string,
    params: readonly unknown[],
    callOptions: CallOptions | undefined,
  ): Promise<RpcResult<true>> {
    const result = await invoke(method, params, asTrueOrMembers, callOptions);
    return result.ok ? foldMembers(result.value) : result;
  }

  const asMembers = asArrayOf(asMemberResult);

  return {
    url,
    address,
    getApiVersion: (o) => invoke('supervisor.getAPIVersion', [], asString, o),
    getSupervisorVersion: (o) => invoke('supervisor.getSupervisorVersion', [], asString, o),
    getIdentification: (o) => invoke('supervisor.getIdentification', [], asString, o),
    getState: (o) => invoke('supervisor.getState', [], asState, o),
    getPid: (o) => invoke('supervisor.getPID', [], asInteger, o),
    getProcessInfo: (name, o) => invoke('supervisor.getProcessInfo', [name], asProcessInfo, o),
    getAllProcessInfo: (o) =>
      invoke('supervisor.getAllProcessInfo', [], asArrayOf(asProcessInfo), o),
    getAllConfigInfo: (o) => invoke('supervisor.getAllConfigInfo', [], asArrayOf(asStruct), o),
    startProcess: (name, wait, o) =>
      invokeOne('supervisor.startProcess', [name, wait], waiting(wait, o)),
    stopProcess: (name, wait, o) =>
      invokeOne('supervisor.stopProcess', [name, wait], waiting(wait, o)),
    startProcessGroup: (name, wait, o) =>
      invoke('supervisor.startProcessGroup', [name, wait], asMembers, waiting(wait, o)),
    stopProcessGroup: (name, wait, o) =>
      invoke('supervisor.stopProcessGroup', [name, wait], asMembers, waiting(wait, o)),
    startAllProcesses: (wait, o) =>
      invoke('supervisor.startAllProcesses', [wait], asMembers, waiting(wait, o)),
    stopAllProcesses: (wait, o) =>
      invoke('supervisor.stopAllProcesses', [wait], asMembers, waiting(wait, o)),
    signalProcess: (name, signal, o) => invokeOne('supervisor.signalProcess', [name, signal], o),
    signalProcessGroup: (name, signal, o) =>
      invoke('supervisor.signalProcessGroup', [name, signal], asMembers, o),
    signalAllProcesses: (signal, o) =>
      invoke('supervisor.signalAllProcesses', [signal], asMembers, o),
    readLog: (offset, length, o) => invoke('supervisor.readLog', [offset, length], asString, o),
    clearLog: (o) => invoke('supervisor.clearLog', [], asTrue, o),
    readProcessLog: (name, channel, offset, length, o) =>
      invoke(
        `supervisor.readProcess${capitalised(channel)}Log`,
        [name, offset, length],
        asString,
        o,
      ),
    tailProcessLog: (name, channel, offset, length, o) =>
      invoke(
        `supervisor.tailProcess${capitalised(channel)}Log`,
        [name, offset, length],
        asLogTail,
        o,
      ),
    clearProcessLogs: (name, o) => invoke('supervisor.clearProcessLogs', [name], asTrue, o),
    // supervisord clears one process in each pass of its loop, so at up to a second each.
    clearAllProcessLogs: (o) =>
      invoke('supervisor.clearAllProcessLogs', [], asMembers, waiting(true, o)),
    sendProcessStdin: (name, text, o) =>
      invoke('supervisor.sendProcessStdin', [name, text], asTrue, o),
    reloadConfig: (o) => invoke('supervisor.reloadConfig', [], asConfigChanges, o),
    addProcessGroup: (name, o) => invoke('supervisor.addProcessGroup', [name], asTrue, o),
    removeProcessGroup: (name, o) => invoke('supervisor.removeProcessGroup', [name], asTrue, o),
    shutdown: (o) => invoke('supervisor.shutdown', [], asTrue, o),
    restart: (o) => invoke('supervisor.restart', [], asTrue, o),
    call: (method, params, o) => invoke(method, params, asAnything, o),
    close: channel.close,
  };
}

function readReply<T>(
  body: Uint8Array,
  method: string,
  shape: Shape<T>,
  url: string,
): RpcResult<T> {
  const protocol = (detail: string): { readonly ok: false; readonly error: RpcFailure } =>
    err({ kind: 'protocol', url, detail });
  const decoded = decodeMethodResponse(body);
  if (!decoded.ok) {
    return protocol(`the reply to ${printable(method)} is not XML-RPC: ${decoded.error.reason}`);
  }
  const answer = decoded.value;
  if (answer.kind === 'fault') {
    const { code, text } = answer;
    return err({ kind: 'fault', code, name: faultName(code), text });
  }
  try {
    return ok(shape(answer.value, 'the reply'));
  } catch (error) {
    // Only a shape's own refusal is the server's fault; anything else is a bug here.
    if (!(error instanceof ShapeError)) throw error;
    return protocol(`unexpected reply to ${printable(method)}: ${error.message}`);
  }
}

/** The outcome of the first member that failed, as the fault it would have been on its own. */
function foldMembers(value: true | readonly MemberResult[]): Result<true, RpcFailure> {
  const failed =
    value === true ? undefined : value.find((member) => member.status !== FAULT_CODES.SUCCESS);
  if (failed === undefined) return ok(true);
  const { status, description, group, name } = failed;
  const text = `${description} (${group}:${name})`;
  return err({ kind: 'fault', code: status, name: faultName(status), text });
}

/** supervisord has nothing but HTTP 500 for a log that it cannot decode. */
function explainLogFailure(failure: RpcFailure, method: string): RpcFailure {
  if (failure.kind !== 'protocol' || failure.status !== 500 || !LOG_METHOD.test(method)) {
    return failure;
  }
  const detail = `${failure.detail}; supervisord says so of a log that is not UTF-8, or was cut inside a character`;
  return { ...failure, detail };
}

function capitalised(channel: 'stdout' | 'stderr'): 'Stdout' | 'Stderr' {
  return channel === 'stdout' ? 'Stdout' : 'Stderr';
}
