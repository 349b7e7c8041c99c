import type { ProcessInfo } from '../rpc/supervisor.ts';
import type { StatusRow } from '../terminal/status-table.ts';
import { nameSpecOf } from '../base/name-spec.ts';

/** A process as a row of the table. */
export function rowOf(info: ProcessInfo): StatusRow {
  return {
    name: nameSpecOf(info),
    state: info.state,
    description: info.description,
  };
}
