import type { Result } from '../../base/result.ts';
import type { RpcStruct } from '../../rpc/value.ts';
import type { Supervisor } from '../../rpc/supervisor.ts';
import type { Fault } from '../control.ts';

/**
 * What is behind reloadctl.reload, plan, workers and history: the engine of the command line, which the daemon itself knows nothing of. Values are
 * those that encodeMethodResponse takes. `name` is 'group:name' of a process that there is.
 */
export interface Engine {
  /** Answers when it is over. */
  reload(name: string, options: RpcStruct): Promise<Result<unknown, Fault>>;
  /** Does nothing. */
  plan(name: string, options: RpcStruct): Promise<Result<unknown, Fault>>;
  workers(name: string): Promise<Result<unknown, Fault>>;
  /** Newest last; `name` undefined: of all programs. */
  history(name: string | undefined): Promise<Result<unknown, Fault>>;
}

/** Makes the engine, which asks the daemon through `supervisor`. */
export type OpenEngine = (supervisor: Supervisor) => Engine;
