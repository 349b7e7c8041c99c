import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadSummary } from '../rig/load.ts';
import type { Site } from '../rig/site.ts';
import { waitFor } from '../rig/wait-for.ts';
import { findFirstSignal } from './first-signal.ts';
import type { Scene } from './plan.ts';
import { deploy, type Way } from './way.ts';

/** For how long the clients go on before the command starts. */
const BEFORE_MS = 500;
const AFTER_MS = 700;

/** What one deployment under load cost. */
export interface ReloadRun {
  readonly scene: Scene;
  readonly way: Way;
  readonly load: LoadSummary;
  readonly exitCode: number | null;
  /** The whole command: looking, preflight, settling. */
  readonly commandMs: number;
  /** From the first signal until only the new version answers. */
  readonly switchMs: number;
}

/** The version that serves and the one that shall. */
interface Change {
  readonly from: string;
  readonly to: string;
}

/** Puts a new version into service under the load of `scene`. */
export async function measureReload(
  site: Site,
  scene: Scene,
  way: Way,
  { from, to }: Change,
  signal: AbortSignal,
): Promise<ReloadRun> {
  const { bootSeconds, ratePerSecond, keepAlive } = scene;
  // Clients more patient than any boot: who gives up early hides how long he would have waited.
  const load = await site.load({ ratePerSecond, keepAlive, timeoutMs: 30_000 });
  try {
    await load.waitFirst();
    await sleep(BEFORE_MS, undefined, { signal });
    site.setVersion(to, { bootSeconds });
    const startedAtEpochMs = Date.now();
    const result = await deploy(site, way);
    await waitFor(`${to} to answer`, async () => (await load.snapshot()).versions[to], {
      ceilingMs: 20_000 + bootSeconds * 1000,
      everyMs: 100,
    });
    await sleep(AFTER_MS, undefined, { signal });
    // Percentiles of a short and of a long time under load could not be compared.
    const missingMs = startedAtEpochMs + windowMs(bootSeconds) - Date.now();
    await sleep(Math.max(0, missingMs), undefined, { signal });
    const summary = await load.stop();
    const signalledAt = findFirstSignal(site.supervisorLog(), startedAtEpochMs);
    if (signalledAt === undefined) throw new Error(`${way}: gunicorn has not heard of a signal`);
    return {
      scene,
      way,
      load: summary,
      exitCode: result.code,
      commandMs: result.elapsedMs,
      switchMs: onlyNewAt(summary, from, to) - signalledAt,
    };
  } catch (error) {
    await load.stop().catch(() => undefined); // It has perhaps heard the same Ctrl-C and is gone.
    throw error;
  }
}

/** About as long as the longest way takes. */
function windowMs(bootSeconds: number): number {
  return 2000 * bootSeconds + 4000;
}

/** Since when only `to` answered. */
function onlyNewAt(summary: LoadSummary, from: string, to: string): number {
  const first = summary.versions[to]?.firstAtMs ?? Infinity;
  const last = summary.versions[from]?.lastAtMs ?? 0;
  return summary.startedAtEpochMs + Math.max(first, last);
}
