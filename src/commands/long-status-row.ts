import type { StateDirectory } from '../os/state-files.ts';
import { Journal, type HistoryEntry } from '../reload/journal.ts';
import { keyOf } from '../reload/target.ts';
import type { ProcessInfo, Supervisor } from '../rpc/supervisor.ts';
import type { ServerSummary } from '../servers/describe-server.ts';
import type { LongStatusRow } from '../terminal/long-status-table.ts';
import { rowOf } from './row-of.ts';

/** What is known of a process beyond what the supervisor says. */
export interface SeenProcess {
  readonly summary: Omit<ServerSummary, 'procs'> | undefined;
  readonly memoryBytes: number | undefined;
  readonly cpuPercent: number | undefined;
  readonly last: HistoryEntry | undefined;
}

/** A process as `status --long` shows it at `nowEpochMs`. */
export function longStatusRow(
  info: ProcessInfo,
  { summary, memoryBytes, cpuPercent, last }: SeenProcess,
  nowEpochMs: number,
): LongStatusRow {
  return {
    ...rowOf(info),
    pid: info.pid === 0 ? undefined : info.pid,
    type: summary?.type,
    version: summary?.version ?? last?.version,
    workers: summary?.workers,
    memoryBytes,
    cpuPercent,
    uptimeMs: info.state === 'RUNNING' ? (info.now - info.start) * 1000 : undefined,
    reloaded:
      last === undefined
        ? undefined
        : {
            agoMs: Math.max(0, nowEpochMs - last.startedEpochMs - last.elapsedMs),
            outcome: last.outcome,
            ...(last.armed === true ? { armed: true } : {}),
          },
  };
}

/** What the journal has of the last action on a process. */
export async function readLastAction(
  state: StateDirectory | undefined,
  supervisor: Supervisor,
  info: ProcessInfo,
): Promise<HistoryEntry | undefined> {
  const name = `${info.group}:${info.name}`;
  const key = keyOf({ kind: 'supervised', label: '', name, supervisor, program: undefined });
  return (await Journal.open(state, key)).record.last;
}
