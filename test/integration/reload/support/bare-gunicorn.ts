import { type Process } from '../../../rig/processes.ts';
import { createSite, type Site, type SiteOptions } from '../../../rig/site.ts';
import { findMaster } from '../../../rig/site/gunicorn-processes.ts';
import { endProcesses } from '../../../rig/processes.ts';
import { waitFor } from '../../../rig/wait-for.ts';
import type { TestContext } from 'vitest';

/** A gunicorn that nobody supervises, in a site whose supervisor is not started. */
export interface BareGunicorn {
  readonly site: Site;
  /** What was started: gunicorn itself, or a wrapper. */
  readonly pid: number;
  readonly master: Process;
}

/** Starts gunicorn from a shell's point of view and ends it with the test. */
export async function startBareGunicorn(
  context: Pick<TestContext, 'onTestFinished' | 'onTestFailed'>,
  options: SiteOptions = {},
  command: readonly [string, ...string[]] = ['gunicorn', '-c', 'gunicorn.py', 'wsgi:app'],
): Promise<BareGunicorn> {
  const site = await createSite({ mailer: false, ...options });
  context.onTestFailed(() => {
    console.error(site.report());
  });
  let pid = 0;
  const ended = site.run(command, {
    timeoutMs: 120_000,
    env: {
      USERCENTER_BIND: new URL(site.endpoint.url).host,
      USERCENTER_WORKERS: String(options.workers ?? 2),
      USERCENTER_GRACEFUL_TIMEOUT: '5',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    onSpawn: (spawned) => (pid = spawned),
  });
  context.onTestFinished(async () => {
    await endProcesses(site.processes(), 10_000);
    await ended;
    await site.stop();
  });
  const master = await waitFor('a serving gunicorn', async () => {
    await site.get();
    return findMaster(pid);
  });
  return { site, pid, master };
}
