import type { Os } from '../os/os.ts';
import { hasEnded, type Proc, type ProcId } from '../os/proc.ts';
import { ServerObserver } from './observe-server.ts';
import { findServer } from './recognise.ts';
import { SERVER_TYPES } from './registry.ts';
import type { ServerView } from './server-view.ts';

/** A running server in a few words. */
export interface ServerSummary {
  readonly type: string | undefined;
  readonly version: string | undefined;
  readonly workers: { readonly ready: number | undefined; readonly total: number } | undefined;
  /** Every process that belongs to it. */
  readonly procs: readonly ProcId[];
  /** undefined where no master is known. */
  readonly view: ServerView | undefined;
}

/** What runs at or below `root`. */
export async function describeServer(os: Os, root: Proc): Promise<ServerSummary> {
  const all = await os.processes();
  const nothing = {
    version: undefined,
    workers: undefined,
    view: undefined,
    procs: listBelow(all, root),
  };
  const search = await findServer(os, root, SERVER_TYPES, all);
  if (search.found === 'none') return { ...nothing, type: undefined };
  if (search.found === 'booting') return { ...nothing, type: search.type.name };
  const { type } = search.server;
  const view = await new ServerObserver(os, search.server).look(search.live.proc, all);
  return {
    ...nothing,
    type: type.name,
    version: await type.versionOnDisk?.(os, search.live),
    workers: view === undefined || view.isSingle ? undefined : countWorkers(view),
    view,
  };
}

function countWorkers({ workers, seesReadiness }: ServerView): ServerSummary['workers'] {
  const ready = workers.filter((worker) => worker.ready === true).length;
  return { ready: seesReadiness ? ready : undefined, total: workers.length };
}

function listBelow(all: readonly Proc[], root: Proc): readonly Proc[] {
  const found: Proc[] = [root];
  for (const proc of found) {
    found.push(...all.filter((child) => child.ppid === proc.pid && !hasEnded(child)));
  }
  return found;
}
