import type { Os } from '../../os/os.ts';
import { hasEnded, isSameProc, type ProcId } from '../../os/proc.ts';
import { endInstance, type EndDeps } from '../overlap/end-instance.ts';
import type { SavedProcess } from './saved-state.ts';

/** A process that is not our child tells nobody that it ends. */
const LOOK_EVERY_MS = 100;

/** Whether this very process still runs. */
export async function isAlive(os: Pick<Os, 'process'>, id: ProcId): Promise<boolean> {
  const proc = await os.process(id.pid);
  return proc !== undefined && isSameProc(proc, id) && !hasEnded(proc);
}

/** Resolves when the process has gone; with `abort` earlier. */
export async function watchUntilGone(
  os: Pick<Os, 'process' | 'maySignal' | 'sleep'>,
  id: ProcId,
  abort?: AbortSignal,
): Promise<void> {
  // Asking for permission is the cheapest look; only its no needs a second one.
  while (abort?.aborted !== true && ((await os.maySignal(id)) || (await isAlive(os, id)))) {
    await os.sleep(LOOK_EVERY_MS, abort).catch(() => undefined); // Aborted: the condition says so.
  }
}

/** Stops a process that the configuration does not have any more, as its own settings said. Resolves when it has gone. */
export async function endForeignProcess(
  deps: EndDeps & { readonly os: Pick<Os, 'process' | 'maySignal'> },
  { id, name, stop }: Pick<SavedProcess, 'id' | 'name' | 'stop'>,
): Promise<void> {
  const settings = {
    name,
    stopsignal: undefined,
    stopsignalNumber: stop.signalNumber,
    stopasgroup: stop.asGroup,
    killasgroup: stop.killAsGroup,
  };
  const exited = watchUntilGone(deps.os, id);
  await endInstance(deps, settings, { id, exited, patienceS: stop.waitSecs });
}
