import type { ProcessInfo } from '../rpc/supervisor.ts';
import type { StatusRow } from '../terminal/status-table.ts';

/** A process as a row of the table. */
export function rowOf(info: ProcessInfo): StatusRow {
  return {
    name: info.group === info.name ? info.name : `${info.group}:${info.name}`,
    state: info.state,
    description: info.description,
  };
}
