import { describe, expect, test } from 'vitest';
import { combinations } from '../rig/combinations.ts';
import { PYTHON_NAMES, pythonForTests } from '../rig/python.ts';
import { siteForTest } from '../rig/site-for-test.ts';
import { createSite } from '../rig/site.ts';
import { readProcess, signalProcess } from '../rig/processes.ts';
import { ordinaryUser } from '../rig/users.ts';
import { waitFor } from '../rig/wait-for.ts';

for (const name of combinations(PYTHON_NAMES)) {
  const python = await pythonForTests(name);

  describe.skipIf(python === undefined)(`a site with the ${name} servers`, () => {
    test.for([
      { workerClass: 'sync', bind: 'tcp', keepAlive: false },
      { workerClass: 'gthread', bind: 'tcp', keepAlive: true },
      { workerClass: 'gevent', bind: 'unix', keepAlive: true },
    ] as const)('serves a load on $workerClass without a failure', async (row) => {
      const site = await siteForTest({ python: name, ...row });
      const load = await site.load({ ratePerSecond: 100, keepAlive: row.keepAlive });
      await load.waitFirst();
      const snapshot = await waitFor('100 answers', async () => {
        const seen = await load.snapshot();
        return seen.ok >= 100 ? seen : undefined;
      });
      expect(snapshot.failed).toBe(0);

      const summary = await load.stop();
      expect(summary).toMatchObject({ failed: 0, inFlight: 0, sent: summary.ok });
      expect(Object.keys(summary.versions)).toEqual(['v1']);
      expect(await site.workers()).toHaveLength(2);
    });
  });
}

describe.skipIf((await pythonForTests('newest')) === undefined)('a site', () => {
  test('shows the failures of a restart to its load generator', async () => {
    const site = await siteForTest({ bootSeconds: 1 });
    const load = await site.load({ ratePerSecond: 100, timeoutMs: 5000 });
    await load.waitFirst();
    site.setVersion('v2', { bootSeconds: 1 });
    const restarted = await site.supervisorctl(['restart', 'usercenter']);
    expect(restarted.stdout).toContain('usercenter: started');
    await waitFor('v2', async () => (await load.snapshot()).versions.v2 ?? undefined);

    const summary = await load.stop();
    expect(summary.refused).toBeGreaterThan(0);
    expect(summary.maxMs).toBeGreaterThan(500);
    expect(summary.failed + summary.ok).toBe(summary.sent);
    expect(summary.versions.v2?.firstAtMs).toBeGreaterThan(
      summary.versions.v1?.lastAtMs ?? Infinity,
    );
  });

  test('counts what outlives its supervisor and ends it', async () => {
    const site = await createSite({ mailer: false });
    await site.start();
    const master = await site.master();
    const supervisor = site.supervisor();
    if (supervisor === undefined) throw new Error('no supervisor');
    signalProcess(supervisor, 'SIGKILL');

    const { survivors } = await site.stop();
    expect(survivors.map(({ pid }) => pid)).toContain(master.pid);
    expect(readProcess(master.pid)).toBeUndefined();
    expect(site.processes()).toEqual([]);
  });

  test('says what the processes said when the code does not boot', async () => {
    const site = await createSite({
      broken: 'syntax-error',
      programOptions: { startretries: 0 },
      mailer: false,
    });
    const started = site.start('running');
    await expect(started).rejects.toThrow(/SyntaxError/);
    expect(site.processes()).toEqual([]);
  });

  test('runs the built reloadctl on its configuration', async () => {
    const site = await siteForTest();
    const status = await site.reloadctl(['status', 'usercenter']);
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/^usercenter +RUNNING +pid \d+/);
  });

  test('moves its code with a symlink', async () => {
    const site = await siteForTest({ releases: true });
    site.deployRelease('r2', 'v2');
    await site.supervisorctl(['restart', 'usercenter']);
    const answer = await waitFor('an answer', () => site.get());
    expect(answer.version).toBe('v2');
  });

  test.skipIf(ordinaryUser() === undefined)('runs as an ordinary user (needs root)', async () => {
    const user = ordinaryUser();
    const site = await siteForTest({ user });
    const id = await site.run(['id', '-u'], { user });
    expect(id.stdout.trim()).toBe(String(user?.uid));
    const { pid } = await site.master();
    const owner = await site.run(['stat', '-c', '%u', `/proc/${pid}`]);
    expect(owner.stdout.trim()).toBe(String(user?.uid));
  });
});
