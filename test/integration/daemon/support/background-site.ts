import { expect } from 'vitest';
import { join } from 'node:path';
import { isAlive, listProcesses, readProcess, signalProcess } from '../../../rig/processes.ts';
import type { Process, ProcessId } from '../../../rig/processes.ts';
import { createSite, type Site, type SiteOptions } from '../../../rig/site.ts';
import { stopSite, type siteForTest } from '../../../rig/site-for-test.ts';
import { waitFor } from '../../../rig/wait-for.ts';
import { socketSite, type SocketSite } from './socket-site.ts';

/** A site whose supervisor is a `reloadctl daemon` in the background, of which there may be several in a row. */
export interface BackgroundSite {
  readonly site: Site;
  readonly daemon: SocketSite;
  /** The process of the pid file. */
  running(): ProcessId;
  /** Starts a daemon on the site's file. */
  begin(): Promise<void>;
  /** `daemon --replace`. */
  replace(): Promise<void>;
  /** KILLs the daemon; resolves when it has gone. */
  kill(): Promise<void>;
  /** The gunicorn masters that run, the supervised one and any other. */
  masters(): readonly Process[];
  /** The children of the daemon that nobody has waited for. */
  zombies(): readonly Process[];
}

/** Makes the site and waits until its program serves. What the daemons have left is ended at the end of the test, which fails if anything survives that. */
export async function backgroundSite(
  options: SiteOptions,
  context: NonNullable<Parameters<typeof siteForTest>[2]>,
): Promise<BackgroundSite> {
  const site = await createSite({ mailer: false, ...options });
  const running = (): ProcessId => {
    const found = readProcess(Number(site.readFile('supervisord.pid')));
    if (found === undefined) throw new Error('the process of the pid file has ended');
    return found;
  };
  context.onTestFailed(() => {
    console.error(site.report(), site.supervisorLog());
  });
  context.onTestFinished(async () => {
    const last = readProcess(Number(site.readFile('supervisord.pid')));
    if (last !== undefined) {
      signalProcess(last, 'SIGTERM');
      await waitFor('the daemon to end', () => !isAlive(last) || undefined, { ceilingMs: 60_000 });
    }
    await stopSite(site);
  });
  const run = async (...args: readonly string[]): Promise<void> => {
    const result = await site.reloadctl(['daemon', ...args]);
    expect(result, `${result.stderr}\n${site.supervisorLog()}`).toMatchObject({ code: 0 });
  };
  const self: BackgroundSite = {
    site,
    daemon: socketSite(site, () => running().pid),
    running,
    begin: () => run(),
    replace: () => run('--replace'),
    async kill() {
      const id = running();
      signalProcess(id, 'SIGKILL');
      await waitFor('the daemon to be gone', () => !isAlive(id) || undefined);
    },
    masters() {
      const gunicorns = site.processes().filter(({ argv }) => argv.some(isGunicorn));
      return gunicorns.filter(({ ppid }) => !gunicorns.some(({ pid }) => pid === ppid));
    },
    zombies() {
      const { pid } = running();
      return listProcesses().filter(({ ppid, state }) => ppid === pid && state === 'Z');
    },
  };
  await self.begin();
  const { pid } = await self.daemon.waitForState('the program to run', (state) => state.pid !== 0);
  await self.daemon.waitForWorkers(pid, options.workers ?? 2);
  return self;
}

function isGunicorn(word: string): boolean {
  return word.endsWith(join('bin', 'gunicorn'));
}
