import type { RpcValue } from '../../rpc/value.ts';
import type { DaemonControl } from '../daemon.ts';
import type { Engine } from './engine.ts';
import { engineMethods } from './methods/engine-methods.ts';
import { FaultError } from './methods/fault-error.ts';
import type { MethodTable } from './methods/method.ts';
import { Params } from './methods/params.ts';
import { reloadctlMethods } from './methods/reloadctl-methods.ts';
import { supervisorMethods } from './methods/supervisor-methods.ts';
import { systemMethods } from './methods/system-methods.ts';

/** Calls a method; throws a FaultError for whatever the client is to be told. */
export type Dispatch = (method: string, params: readonly RpcValue[]) => Promise<unknown>;

/** What {@link createDispatch} needs beside the daemon. */
export interface DispatchOptions {
  /** Without an [rpcinterface:supervisor] there is no supervisor.* namespace, as in supervisord, and none of ours. */
  readonly hasSupervisor: boolean;
  /** Seconds since the epoch. */
  readonly nowS: () => number;
  /** undefined: there are no methods of the engine. */
  readonly engine?: Engine | undefined;
  /** Told of what a method throws that is no fault, where the answer cannot be an HTTP 500. */
  readonly onBug: (method: string, error: unknown) => void;
}

/** Every method that the daemon answers. */
export function createDispatch(
  control: DaemonControl,
  { hasSupervisor, nowS, onBug, engine }: DispatchOptions,
): Dispatch {
  const dispatch: Dispatch = async (name, values) => {
    const method = table.get(name);
    if (method === undefined) throw new FaultError('UNKNOWN_METHOD');
    const [least, most] = method.arity;
    if (values.length < least || values.length > most) {
      throw new FaultError('INCORRECT_PARAMETERS');
    }
    return await method.run(new Params(values));
  };
  const table: MethodTable = new Map([
    ...(hasSupervisor
      ? [
          ...supervisorMethods(control, nowS),
          ...reloadctlMethods(control),
          ...(engine === undefined ? [] : engineMethods(control, engine)),
        ]
      : []),
    ...systemMethods({ methods: () => table, call: dispatch, onBug }),
  ]);
  return dispatch;
}
