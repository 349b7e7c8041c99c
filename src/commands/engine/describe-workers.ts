import { err, ok, type Result } from '../../base/result.ts';
import type { Fault } from '../../daemon/control.ts';
import type { Os } from '../../os/os.ts';
import { askOverlap } from '../../rpc/overlap.ts';
import type { Supervisor } from '../../rpc/supervisor.ts';
import { describeServer } from '../../servers/describe-server.ts';

/** One worker; `ready` is left out where it cannot be seen. */
interface WorkerNow {
  readonly pid: number;
  readonly ready: boolean | undefined;
  readonly startedEpochMs: number;
}

/** What serves below a process of the daemon. Pids are 0 where there is none. */
export interface WorkersNow {
  readonly pid: number;
  readonly type: string;
  readonly version: string | undefined;
  readonly masterPid: number;
  readonly workers: readonly WorkerNow[];
  readonly successor: number;
  readonly retiring: readonly number[];
}

/** Looks at the process `name` ('group:name') and at what is below it. */
export async function describeWorkers(
  os: Os,
  supervisor: Supervisor,
  name: string,
): Promise<Result<WorkersNow, Fault>> {
  const state = await askOverlap(supervisor, name);
  if (!state.ok || state.value === undefined) return err({ name: 'FAILED', detail: name });
  const { pid, successor, retiring } = state.value;
  const proc = pid === 0 ? undefined : await os.process(pid);
  const base = { pid, successor, retiring };
  if (proc === undefined) {
    return ok({ ...base, type: 'none', version: undefined, masterPid: 0, workers: [] });
  }
  const { type = 'unknown', version, view } = await describeServer(os, proc);
  const workers = await Promise.all(
    (view?.workers ?? []).map(async (worker) => ({
      pid: worker.proc.pid,
      ready: worker.ready,
      startedEpochMs: await os.startedAt(worker.proc),
    })),
  );
  return ok({ ...base, type, version, masterPid: view?.proc.pid ?? 0, workers });
}
