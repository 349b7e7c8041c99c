import type { DaemonControl } from '../../daemon.ts';
import { FaultError } from './fault-error.ts';
import type { Params } from './params.ts';

/** One method that can be called. */
export interface Method {
  /** Fewest and most parameters. */
  readonly arity: readonly [least: number, most: number];
  /** The types for system.methodSignature: result first. */
  readonly signature: readonly string[];
  /** For system.methodHelp. */
  readonly help: string;
  /** Gives what encodeMethodResponse takes, or a promise of it; throws a FaultError. */
  readonly run: (params: Params) => unknown;
}

/** Methods by name. */
export type MethodTable = ReadonlyMap<string, Method>;

/** One or several names for a method, its types (`result parameter…`; a `?` marks what may be left out), help and work. */
export type MethodRow = readonly [
  names: string,
  types: string,
  help: string,
  run: (params: Params) => unknown,
];

/** The rows with every method but `always` refused while the daemon ends. */
export function whileRunning(
  control: Pick<DaemonControl, 'state'>,
  rows: readonly MethodRow[],
  always?: string,
): readonly MethodRow[] {
  return rows.map(([names, types, help, run]): MethodRow => [
    names,
    types,
    help,
    (params) => {
      if (names !== always && control.state() !== 'RUNNING') throw new FaultError('SHUTDOWN_STATE');
      return run(params);
    },
  ]);
}

/** The methods of `namespace` that the rows define. */
export function methodTable(namespace: string, rows: readonly MethodRow[]): Map<string, Method> {
  const table = new Map<string, Method>();
  for (const [names, types, help, run] of rows) {
    const signature = types.split(' ');
    const most = signature.length - 1;
    const optional = signature.filter((type) => type.endsWith('?')).length;
    const method: Method = {
      arity: [most - optional, most],
      signature: signature.map((type) => type.replace('?', '')),
      help,
      run,
    };
    for (const name of names.split(' ')) table.set(`${namespace}.${name}`, method);
  }
  return table;
}
