import { createOs } from '../os/create-os.ts';
import type { Os } from '../os/os.ts';
import { findClaimed, findSupervisor } from '../reload/claimed-process.ts';
import type { ProcId } from '../os/proc.ts';
import { openStateDirectory } from '../os/state-files.ts';
import { measureUsage } from '../os/usage.ts';
import type { ProcessInfo } from '../rpc/supervisor.ts';
import { describeServer, type ServerSummary } from '../servers/describe-server.ts';
import { renderLongStatus, type LongStatusRow } from '../terminal/long-status-table.ts';
import { columnsOf } from '../terminal/output-stream.ts';
import type { Context } from './context.ts';
import { longStatusRow, readLastAction } from './long-status-row.ts';

/** Everything that can be seen of the processes from here. */
export async function describeLongStatus(
  context: Context,
  infos: readonly ProcessInfo[],
): Promise<readonly LongStatusRow[]> {
  const os = await createOs();
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  const known = await findSupervisor(os, context.supervisor);
  const summaries = await Promise.all(infos.map((info) => summarize(os, known, info)));
  const meter = await measureUsage(
    os,
    summaries.flatMap((summary) => summary?.procs ?? []),
  );
  return Promise.all(
    infos.map(async (info, index): Promise<LongStatusRow> => {
      const summary = summaries[index];
      const seen = {
        summary,
        ...meter.usageOf(summary?.procs ?? []),
        last: await readLastAction(state.ok ? state.value : undefined, context.supervisor, info),
      };
      return longStatusRow(info, seen, os.wallClock());
    }),
  );
}

/** What runs below the supervised process; undefined where it is not on this machine, or another's than whoever answers may be. */
async function summarize(
  os: Os,
  known: Awaited<ReturnType<typeof findSupervisor>>,
  info: ProcessInfo,
): Promise<(ServerSummary & { readonly procs: readonly ProcId[] }) | undefined> {
  if (info.pid === 0) return undefined;
  const claimed = await findClaimed(os, known, { pid: info.pid, isAdopted: true });
  return claimed.ok && claimed.value !== undefined ? describeServer(os, claimed.value) : undefined;
}

/** Prints the table of `status --long`. */
export async function printLongStatus(
  context: Context,
  infos: readonly ProcessInfo[],
): Promise<void> {
  const rows = await describeLongStatus(context, infos);
  const { stream, theme } = (await context.openOutputs()).out;
  const width = stream.isTTY === true ? columnsOf(stream) : undefined;
  context.printAll(renderLongStatus(rows, theme, width));
}
