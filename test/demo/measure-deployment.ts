import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandResult } from '../rig/command.ts';
import type { LoadSummary, RunningLoad } from '../rig/load.ts';
import type { Site } from '../rig/site.ts';
import { signalProcess } from '../rig/processes.ts';
import { waitFor } from '../rig/wait-for.ts';
import { BOOT_SECONDS, REQUESTS_PER_SECOND, type Deployment, type Way } from './deployment.ts';

/** For how long the clients go on before and after, so that a row shows the change and not only its middle. */
const BEFORE_MS = 700;
const AFTER_MS = 1000;
/** After an outage began: long enough to see that it does not end by itself. */
const OUTAGE_MS = 3000;

const REDRAW_MS = 200;

/** What the clients and the caller of one deployment saw. */
export interface Measured {
  readonly sent: number;
  readonly failed: number;
  /** The longest that a request took, answered or failed, from the moment at which it was due. */
  readonly longestMs: number;
  /** How late the load generator itself was at worst; a part of longestMs. */
  readonly lagMs: number;
  /** The version that answers afterwards; undefined when nothing does. */
  readonly serves: string | undefined;
  readonly exitCode: number | null;
  /** The first failure in words, '' when there was none. */
  readonly firstError: string;
}

/** What the clients see while a deployment is under way. */
export interface Progress extends Pick<Measured, 'sent' | 'failed' | 'longestMs'> {
  /** The version that answered last, or what the clients meet instead. */
  readonly now: string;
}

/** Deploys a new version under load. */
export async function measureDeployment(
  site: Site,
  deployment: Deployment,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Measured> {
  const load = await site.load({ ratePerSecond: REQUESTS_PER_SECOND });
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  void report(load, onProgress, either).catch(() => undefined); // Ends with the load.
  try {
    await load.waitFirst();
    await sleep(BEFORE_MS, undefined, { signal });
    const result = await deploy(site, deployment);
    await waitFor(
      'the deployment to show',
      async () => hasShown(deployment, await load.snapshot()),
      {
        ceilingMs: 20_000,
      },
    );
    if (site.codeDirectory !== site.directory) {
      await killWorker(site);
      // For as long as the one in its place boots, nobody sees what it comes to.
      await sleep(BOOT_SECONDS * 1000, undefined, { signal });
    }
    const isOutage = !deployment.boots && !isRefused(deployment);
    await sleep(isOutage ? OUTAGE_MS : AFTER_MS, undefined, { signal });
    const serves = await servedVersion(site);
    ended.abort();
    return describe(await load.stop(), serves, result);
  } catch (error) {
    ended.abort();
    await load.stop().catch(() => undefined); // It has perhaps heard the same Ctrl-C and is gone.
    throw error;
  }
}

function deploy(site: Site, { way, version, boots }: Deployment): Promise<CommandResult> {
  const release = {
    bootSeconds: BOOT_SECONDS,
    broken: boots ? undefined : 'import-error',
  } as const;
  if (way === 'reloadctl deploy') {
    const directory = site.writeRelease(version, version, release);
    return site.reloadctl(['deploy', 'usercenter', '--release', directory]);
  }
  if (way === 'link moved, no HUP') {
    site.deployRelease(version, version, release);
    return Promise.resolve(NOBODYS_COMMAND);
  }
  site.setVersion(version, release);
  return COMMANDS[way](site);
}

/** reloadctl refuses what does not boot. */
const isRefused = ({ way }: Deployment): boolean =>
  way === 'reloadctl reload' || way === 'reloadctl deploy';

/** As a crash does, or max_requests: the master starts another one, which loads what the link offers. */
async function killWorker(site: Site): Promise<void> {
  const [worker] = await site.workers();
  if (worker !== undefined) signalProcess(worker, 'SIGKILL');
}

const COMMANDS: Readonly<
  Record<
    Exclude<Way, 'reloadctl deploy' | 'link moved, no HUP'>,
    (site: Site) => Promise<CommandResult>
  >
> = {
  'supervisorctl restart': (site) => site.supervisorctl(['restart', 'usercenter']),
  'bare HUP': (site) => site.supervisorctl(['signal', 'HUP', 'usercenter']),
  'reloadctl reload': (site) => site.reloadctl(['reload', 'usercenter']),
  'restart --hard': (site) => site.reloadctl(['restart', '--hard', 'usercenter']),
  'kill -9, master': killMaster,
};

/** Nobody's command: what the supervisor makes of a crash. */
async function killMaster(site: Site): Promise<CommandResult> {
  signalProcess(await site.master(), 'SIGKILL');
  return NOBODYS_COMMAND;
}

const NOBODYS_COMMAND: CommandResult = {
  code: null,
  signal: null,
  stdout: '',
  stderr: '',
  elapsedMs: 0,
  hasTimedOut: false,
};

/** Whether the clients have met what the deployment comes to: the new version, or the outage; a refused one comes to nothing. */
function hasShown({ way, version, boots }: Deployment, seen: LoadSummary): true | undefined {
  if (boots) return seen.versions[version] !== undefined || undefined;
  // The outage comes with the death of a worker.
  return way !== 'bare HUP' || seen.failed > 0 || undefined;
}

async function servedVersion(site: Site): Promise<string | undefined> {
  try {
    return (await site.get('/', 1500)).version;
  } catch {
    return undefined; // Refused, reset or not answered: this is what "down" means to a client.
  }
}

function describe(
  summary: LoadSummary,
  serves: string | undefined,
  result: CommandResult,
): Measured {
  const { sent, failed, longestMs, maxLagMs, errors } = summary;
  return {
    sent,
    failed,
    longestMs,
    lagMs: maxLagMs,
    serves,
    exitCode: result.code,
    firstError: errors[0] ?? '',
  };
}

async function report(
  load: RunningLoad,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const seen = await load.snapshot();
    // Not after the end: the row has its final numbers then.
    if (!ended(signal)) onProgress({ ...seen, ...describeNow(seen) });
    await sleep(REDRAW_MS, undefined, { signal });
  }
}

/** Asked again after a pause, in which it may have changed. */
function ended(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** What the clients meet at this moment. */
function describeNow(seen: LoadSummary): Pick<Progress, 'longestMs' | 'now'> {
  const { versions, failures, durationMs, inFlight, longestMs } = seen;
  const isRecent = (atMs: number): boolean => durationMs - atMs < 2 * REDRAW_MS;
  const [version, span] =
    Object.entries(versions)
      .toSorted(([, a], [, b]) => a.lastAtMs - b.lastAtMs)
      .at(-1) ?? [];
  if (version !== undefined && span !== undefined && isRecent(span.lastAtMs)) {
    return { longestMs, now: version };
  }
  if (failures !== undefined && isRecent(failures.lastAtMs)) return { longestMs, now: 'failing' };
  // Those that wait are in no latency yet; the first of them has waited since about the last answer.
  const lastAtMs = Math.max(span?.lastAtMs ?? 0, failures?.lastAtMs ?? 0);
  const waitedMs = inFlight > 0 ? durationMs - lastAtMs : 0;
  return { longestMs: Math.max(longestMs, waitedMs), now: 'waiting' };
}
