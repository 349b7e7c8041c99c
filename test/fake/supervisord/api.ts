import { FAULT_CODES } from '../../../src/rpc/faults.ts';
import type {
  CallOptions,
  FaultName,
  LogTail,
  ProcessInfo,
  RpcFailure,
  RpcResult,
  Supervisor,
} from '../../../src/rpc/supervisor.ts';
import { err, ok } from '../../../src/base/result.ts';
import { signalName, type SignalName } from '../../../src/os/signals.ts';
import type { FakeKernel } from '../kernel.ts';
import type { Supervisord } from './daemon.ts';
import type { Subprocess } from './subprocess.ts';

/** How the way to the supervisor behaves. */
export interface Wire {
  /** One call, there and back. */
  latencyMs: number;
  /** A fault: why this call does not come through; undefined: it does. */
  failsBy: (method: string) => RpcFailure | undefined;
  /** A fault: the call is carried out, and its answer is lost. */
  losesAnswer?: (method: string) => boolean;
}

type Reply<T> = Promise<RpcResult<T>>;

const fault = (name: FaultName, text: string): { ok: false; error: RpcFailure } =>
  err({ kind: 'fault', name, code: FAULT_CODES[name], text: `${name}: ${text}` });

const unknown = (): Promise<{ ok: false; error: RpcFailure }> =>
  Promise.resolve(fault('UNKNOWN_METHOD', 'not in the fake'));

/** supervisord's XML-RPC API for one client (supervisor/rpcinterface.py): the methods that actions use; the others are unknown. */
export class FakeSupervisor implements Supervisor {
  readonly url = 'unix:///run/supervisor.sock';
  readonly address = { kind: 'unix', path: '/run/supervisor.sock' } as const;
  readonly #kernel: FakeKernel;
  readonly #daemon: Supervisord;
  readonly #wire: Wire;
  readonly #isDead: () => boolean;

  /** `isDead`: the client was KILLed; nothing that it has not sent yet arrives. */
  constructor(kernel: FakeKernel, daemon: Supervisord, wire: Wire, isDead: () => boolean) {
    this.#kernel = kernel;
    this.#daemon = daemon;
    this.#wire = wire;
    this.#isDead = isDead;
  }

  getPid(options?: CallOptions): Reply<number> {
    return this.#call('getPid', options, () => ok(this.#daemon.proc.pid as number));
  }

  getProcessInfo(name: string, options?: CallOptions): Reply<ProcessInfo> {
    return this.#call('getProcessInfo', options, () =>
      this.#withProgram(name, (p) => ok(p.info())),
    );
  }

  getAllProcessInfo(options?: CallOptions): Reply<readonly ProcessInfo[]> {
    return this.#call('getAllProcessInfo', options, () =>
      ok(this.#daemon.programs.map((program) => program.info())),
    );
  }

  startProcess(name: string, _wait: boolean, options?: CallOptions): Reply<true> {
    return this.#call('startProcess', options, () =>
      this.#withProgram(name, (program) => {
        if (['STARTING', 'RUNNING', 'BACKOFF'].includes(program.state)) {
          return fault('ALREADY_STARTED', name);
        }
        program.spawn();
        this.#daemon.reap();
        program.transition();
        return ok(true as const);
      }),
    );
  }

  stopProcess(name: string, _wait: boolean, options?: CallOptions): Reply<true> {
    return this.#call('stopProcess', options, () =>
      this.#withProgram(name, (program) => {
        if (!['STARTING', 'RUNNING', 'BACKOFF'].includes(program.state)) {
          return fault('NOT_RUNNING', name);
        }
        program.stop();
        this.#daemon.reap();
        return ok(true as const);
      }),
    );
  }

  signalProcess(name: string, signal: string, options?: CallOptions): Reply<true> {
    return this.#call('signalProcess', options, () =>
      this.#withProgram(name, ({ proc }) => {
        const known =
          signalName(Number(signal)) ?? (`SIG${signal.replace(/^SIG/, '')}` as SignalName);
        if (proc === undefined) return fault('NOT_RUNNING', name);
        this.#kernel.kill(this.#daemon.proc, proc, known);
        return ok(true as const);
      }),
    );
  }

  readProcessLog(
    name: string,
    _channel: 'stdout' | 'stderr',
    offset: number,
    length: number,
    options?: CallOptions,
  ): Reply<string> {
    return this.#call('readProcessLog', options, () =>
      this.#withProgram(name, (program) =>
        ok(
          this.#logOf(program)
            .subarray(offset, offset + length)
            .toString(),
        ),
      ),
    );
  }

  tailProcessLog(
    name: string,
    _channel: 'stdout' | 'stderr',
    _offset: number,
    length: number,
    options?: CallOptions,
  ): Reply<LogTail> {
    return this.#call('tailProcessLog', options, () =>
      this.#withProgram(name, (program) => {
        const log = this.#logOf(program);
        return ok({
          text: log.subarray(Math.max(0, log.length - length)).toString(),
          offset: log.length,
          overflow: log.length > length,
        });
      }),
    );
  }

  getApiVersion = unknown;
  getSupervisorVersion = unknown;
  getIdentification = unknown;
  getState = unknown;
  getAllConfigInfo = unknown;
  startProcessGroup = unknown;
  stopProcessGroup = unknown;
  startAllProcesses = unknown;
  stopAllProcesses = unknown;
  signalProcessGroup = unknown;
  signalAllProcesses = unknown;
  readLog = unknown;
  clearLog = unknown;
  clearProcessLogs = unknown;
  clearAllProcessLogs = unknown;
  sendProcessStdin = unknown;
  reloadConfig = unknown;
  addProcessGroup = unknown;
  removeProcessGroup = unknown;
  shutdown = unknown;
  restart = unknown;

  call(method: string, params: readonly unknown[], options?: CallOptions): Reply<unknown> {
    return this.#call(method, options, () => this.#actOnTwo(method, params));
  }

  /** The verbs of `reloadctl daemon` for two instances of a program. */
  async #actOnTwo(
    method: string,
    [name, seconds]: readonly unknown[],
  ): Promise<RpcResult<unknown>> {
    const found = this.#find(String(name));
    const overlap = found === undefined ? undefined : this.#daemon.overlapOf(found);
    if (overlap === undefined) return unknown();
    switch (method) {
      case 'reloadctl.getProcess':
        return ok(overlap.describe());
      case 'reloadctl.startSuccessor': {
        const pid = await overlap.startSuccessor(Number(seconds));
        return typeof pid === 'number' ? ok(pid) : fault(pid, String(name));
      }
      case 'reloadctl.stopSuccessor':
        overlap.stopSuccessor();
        return ok(true);
      case 'reloadctl.promoteSuccessor':
        return overlap.promote() ? ok(true) : fault('FAILED', 'there is no successor');
      case 'reloadctl.holdSockets':
        overlap.hold(Number(seconds));
        return ok(true);
      default:
        return unknown();
    }
  }

  close(): void {
    // There are no connections.
  }

  #logOf(program: Subprocess): Buffer {
    return Buffer.from(this.#kernel.files.get(program.info().stdoutLogfile)?.text ?? '');
  }

  #find(name: string): Subprocess | undefined {
    return this.#daemon.programs.find(
      ({ program }) => name === `${program.group}:${program.name}` || name === program.name,
    );
  }

  #withProgram<T>(name: string, use: (program: Subprocess) => RpcResult<T>): RpcResult<T> {
    const found = this.#find(name);
    return found === undefined ? fault('BAD_NAME', name) : use(found);
  }

  /** Half of the latency there, the method, half of it back; what fails does so on the way. */
  async #call<T>(
    method: string,
    options: CallOptions | undefined,
    work: () => RpcResult<T> | Promise<RpcResult<T>>,
  ): Reply<T> {
    const failure = this.#wire.failsBy(method);
    try {
      if (failure?.kind === 'timeout') {
        await this.#kernel.clock.sleep(failure.ms, options?.abort);
        return await this.#answer(err(failure));
      }
      await this.#kernel.clock.sleep(this.#wire.latencyMs / 2, options?.abort);
    } catch {
      return this.#answer(err({ kind: 'aborted' })); // sleep rejects only when it is aborted.
    }
    if (this.#isDead() || !this.#daemon.proc.isAlive) return this.#nobody();
    const result = failure === undefined ? await work() : err(failure);
    await this.#kernel.clock.sleep(this.#wire.latencyMs / 2);
    if (this.#wire.losesAnswer?.(method) === true) return this.#nobody();
    return this.#answer(result);
  }

  /** A client that is gone hears nothing any more. */
  #answer<T>(result: RpcResult<T>): Reply<T> {
    return this.#isDead() ? new Promise(() => undefined) : Promise.resolve(result);
  }

  #nobody<T>(): Reply<T> {
    return this.#answer(err({ kind: 'refused', url: this.url }));
  }
}
