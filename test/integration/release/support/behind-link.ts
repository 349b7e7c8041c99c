import { expect } from 'vitest';
import { signalProcess } from '../../../rig/processes.ts';
import type { Site, SiteOptions } from '../../../rig/site.ts';
import { waitFor } from '../../../rig/wait-for.ts';

/** A gunicorn that follows its link. */
export const BEHIND_LINK: SiteOptions = {
  releases: true,
  programOptions: {
    command: 'gunicorn --chdir %(here)s/current -c %(here)s/current/gunicorn.py wsgi:app',
  },
  environment: { USERCENTER_PIDFILE: '%(here)s/usercenter.pid' },
};

/** KILLs a worker and waits for the one in its place: what that loads is what the disk offers. */
export async function killWorker(site: Site, version: string): Promise<void> {
  const workers = await site.workers();
  const [victim] = workers;
  if (victim === undefined) throw new Error('no worker');
  signalProcess(victim, 'SIGKILL');
  await waitFor(
    'another worker',
    async () => {
      const now = await site.workers();
      const isReplaced = now.every(({ pid }) => pid !== victim.pid);
      return now.length === workers.length && isReplaced ? true : undefined;
    },
    { ceilingMs: 20_000 },
  );
  expect((await site.get()).version).toBe(version);
}
