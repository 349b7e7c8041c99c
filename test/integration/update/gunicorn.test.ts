import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { signalProcess } from '../../rig/processes.ts';
import type { Site } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startReloadctl } from '../reload/support/background.ts';
import { missingPythons } from '../reload/support/missing-pythons.ts';
import { expectOnlyServers, expectUntouched, lookAtServed } from '../reload/support/served.ts';
import { startWatchedLoad } from '../reload/support/under-load.ts';
import {
  expectUpToDate,
  identities,
  openSite,
  setUsercenter,
  sleeper,
  SUPERVISORS,
  unwrap,
  updateAll,
  waitForArgv,
} from './support.ts';

const missing = await missingPythons();

const AS_A_WHOLE =
  'will be stopped and started again, since the supervisor can change a group only by taking it up anew: usercenter';

const SETTLE = '[reloadctl]\nsettle=0.3\n';

/** Adds to environment=, and replaces in it. */
function setEnvironment(site: Site, more: string, from = '', to = ''): void {
  site.editConfiguration((text) =>
    text.replace(from, to).replace(/^environment=.*$/m, `$&,${more}`),
  );
}

async function environmentOf(site: Site): Promise<readonly string[]> {
  const { pid } = await site.master();
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
}

describe.each(SUPERVISORS)('update of a gunicorn under %s', (supervisor) => {
  const isOurs = supervisor === 'reloadctl';

  const testIt = test.skipIf(missing.has('newest')).concurrent;

  testIt('gives it another environment, and shows none of its values', async (context) => {
    const site = await openSite(supervisor, context, { workers: 4, extraConf: SETTLE });
    const load = await startWatchedLoad(site);
    const before = await lookAtServed(site);
    setEnvironment(site, 'API_TOKEN="hunter2"', 'USERCENTER_WORKERS="4"', 'USERCENTER_WORKERS="2"');
    const dry = await site.reloadctl(['update', '--dry-run']);
    expect(dry.stdout).toContain('  environment  added API_TOKEN; changed USERCENTER_WORKERS\n');
    await expectUntouched(site, before);

    const updated = await updateAll(site);
    const after = await lookAtServed(site);
    expect(after.master.pid).not.toBe(before.master.pid);
    // Not four again: nobody had raised them. An overlap has seen both; after a bare start gunicorn forks them a moment apart.
    if (isOurs) expect(after.workers).toHaveLength(2);
    await waitFor(
      'two workers',
      async () => (await site.workers(after.master)).length === 2 || undefined,
    );
    expect(await environmentOf(site)).toContain('API_TOKEN=hunter2');
    expect(dry.stdout + updated.stdout + updated.stderr).not.toContain('hunter2');
    await expectOnlyServers(site);
    await expectUpToDate(site);
    if (isOurs) {
      expect(updated.stdout).toBe('usercenter: updated process group\n');
      expect(updated.stderr).toContain('usercenter: reloaded (overlap, 2 workers');
      await load.waitMore();
      await load.stopWithoutFailure();
    } else {
      expect(updated.stdout).toBe('usercenter: stopped\nusercenter: updated process group\n');
      expect(unwrap(dry.stdout)).toContain(AS_A_WHOLE);
      // It was seen to serve.
      expect((await site.get()).version).toBe('v1');
      await load.running.stop();
    }
  });

  testIt('does not touch it for what is the business of the supervisor alone', async (context) => {
    const site = await openSite(supervisor, context, { extraConf: SETTLE });
    const load = await startWatchedLoad(site);
    const before = await lookAtServed(site);
    setUsercenter(site, { autorestart: false, stopwaitsecs: 44, stdout_logfile_maxbytes: '1MB' });
    const updated = await updateAll(site);
    expect(updated.stderr).toMatch(/ {2}stdout_logfile_maxbytes +20MB → 1MB\n/);
    expect(updated.stderr).toMatch(/ {2}stopwaitsecs +15 → 44\n/);
    await expectUpToDate(site);
    if (!isOurs) {
      expect(unwrap(updated.stderr)).toContain(AS_A_WHOLE);
      await load.running.stop();
      return;
    }
    expect(updated.stderr).toMatch(/ {2}autorestart +true → false\n/);
    expect(unwrap(updated.stderr)).toContain('1 process goes on untouched');
    await expectUntouched(site, before);
    await load.stopWithoutFailure();
    // It is in force: what ends stays down.
    signalProcess(before.master, 'SIGTERM');
    await waitFor('it to stay down', async () => {
      const { state } = await site.program();
      return state === 'EXITED' || undefined;
    });
  });

  testIt('leaves it as it is where the new configuration does not boot', async (context) => {
    const site = await openSite(supervisor, context, { extraConf: SETTLE });
    const load = await startWatchedLoad(site);
    const before = await lookAtServed(site);
    setUsercenter(site, { command: 'gunicorn -c gunicorn.py wsgi:no_such_app' });
    const refused = await site.reloadctl(['update']);
    expect(refused.code, site.report()).toBe(10);
    expect(refused.stdout).toMatch(/^ERROR: usercenter: /);
    expect(refused.stderr).toContain('no_such_app');
    await expectUntouched(site, before);
    await load.waitMore();
    await load.stopWithoutFailure();
    // Put right, it is as it was.
    setUsercenter(site, { command: 'gunicorn -c gunicorn.py wsgi:app' });
    const again = await identities(site);
    await updateAll(site);
    expect(await identities(site)).toEqual(again);
  });

  testIt('is left as it is by Ctrl-C, and the next update does what is left', async (context) => {
    const site = await openSite(supervisor, context, { extraConf: `${SETTLE}${sleeper('zz')}` });
    const load = await startWatchedLoad(site);
    const before = await lookAtServed(site);
    const all = await identities(site);
    site.setVersion('v2', { bootSeconds: 4 });
    setEnvironment(site, 'MORE="1"');
    site.editConfiguration((text) =>
      text.replace(sleeper('zz'), sleeper('zz', { command: '/bin/sleep 1001' })),
    );
    const update = startReloadctl(site, ['update']);
    await update.waitForStep(isOurs ? 'successor-boots' : 'check');
    await update.signal('SIGINT');
    const { code, stdout } = await update.ended;
    expect(code, site.report()).toBe(130);
    expect(stdout).toContain('"notDone":["zz"]');
    await expectUntouched(site, before);
    expect(await identities(site)).toEqual(all);
    await load.waitMore();
    await load.stopWithoutFailure();

    await updateAll(site);
    expect(await environmentOf(site)).toContain('MORE=1');
    expect((await site.get('/', 20_000)).version).toBe('v2');
    await waitForArgv(site, 'zz', ['/bin/sleep', '1001']);
    await expectUpToDate(site);
  });
});
