import { dirname, join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { jobsThat, runWhileAtJobs, waitForJobs } from '../../rig/servers/jobs.ts';
import { redisForTests } from '../../rig/servers/redis.ts';
import { rqForTests } from '../../rig/servers/rq.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { waitFor } from '../../rig/wait-for.ts';

const server = await rqForTests();
const redis = await redisForTests();

const start = async (
  context: TestContext,
  edit: (configuration: string) => string = (text) => text,
  sign = 'Listening on',
): Promise<ServerSite> => {
  const values = { ...redis?.environment, REDIS: redis?.binary ?? '' };
  const options = { server, fixture: 'rq', until: 'running', values, edit } as const;
  const site = await serverSiteForTest(options, context);
  await waitFor('rq to wait for jobs', () => site.readFile('rq.log').includes(sign) || undefined, {
    ceilingMs: 30_000,
  });
  return site;
};

/** Puts jobs into the queue, which take these many seconds. */
const enqueue = async (site: ServerSite, ...seconds: readonly number[]): Promise<void> => {
  const code = `
from redis import Redis
from rq import Queue
import settings
queue = Queue(connection=Redis.from_url(settings.REDIS_URL))
for n, s in enumerate(${JSON.stringify(seconds)}): queue.enqueue("jobs.job", str(n), s)`;
  const run = await site.run([join(dirname(server?.binary ?? ''), 'python'), '-c', code]);
  expect(run.code, run.stderr).toBe(0);
};

describe.skipIf(server === undefined || redis === undefined)('rq', () => {
  test.concurrent('is recognised, and has no reload', async (context) => {
    const site = await start(context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'restart', 'rq']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'rq',
      strategy: 'restart',
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'load the settings of rq' }),
        expect.objectContaining({ do: 'signal', signal: 'SIGTERM', to: 'master' }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
    for (const args of [
      ['reload', 'rq'],
      ['signal', 'HUP', 'rq'],
    ]) {
      expect((await site.reloadctl(args)).code, site.report()).toBe(10);
    }
    expect(isAlive(master)).toBe(true);
  });

  test.concurrent('is restarted with a job in hand, which ends well and once', async (context) => {
    const site = await start(context);
    await enqueue(site, -1, 0);
    await waitForJobs(site, 'begun', 1);
    site.editFile('version.txt', () => 'v2\n');
    const restarted = await runWhileAtJobs(site, ['restart', 'rq'], 'at most 1 job in hand');
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    await waitForJobs(site, 'ended', 2);
    expect(jobsThat(site, 'ended')).toEqual(['0 v1', '1 v2']);
    expect(jobsThat(site, 'begun')).toEqual(['0 v1', '1 v2']);
  });

  // TERM to the processes of jobs, a signal that ends the worker only, and a second TERM all cost the job.
  test.concurrent.for([
    ['stopasgroup', 'stopsignal=TERM\nstopasgroup=true\nkillasgroup=true'],
    ['stopsignal', 'stopsignal=HUP'],
    ['autorestart', 'stopsignal=TERM\nautorestart=true'],
  ])('is stopped with a job in hand, whatever %s says', async ([, keys = ''], context) => {
    const site = await start(context, (text) => text.replace('stopsignal=TERM', keys));
    await enqueue(site, -1);
    await waitForJobs(site, 'begun', 1);
    const stopped = await runWhileAtJobs(site, ['stop', 'rq'], 'at most 1 job in hand');
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect(jobsThat(site, 'ended')).toEqual(['0 v1']);
    expect((await site.program()).state).toMatch(/^(STOPPED|EXITED)$/);
  });

  test.concurrent('a pool of workers finishes its jobs too', async (context) => {
    const edit = (text: string): string =>
      text.replace('worker --config', 'worker-pool --num-workers 2 --config');
    const site = await start(context, edit);
    await enqueue(site, 2, 2);
    await waitForJobs(site, 'begun', 2);
    const stopped = await site.reloadctl(['stop', 'rq']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect(jobsThat(site, 'ended').toSorted()).toEqual(['0 v1', '1 v1']);
  });

  test.concurrent('goes on when its settings are bad', async (context) => {
    const site = await start(context);
    const master = await site.master();
    site.editFile('settings.py', (text) => `import nosuchmodule\n${text}`);
    const restarted = await site.reloadctl(['restart', 'rq']);
    expect(restarted.code, site.report()).toBe(10);
    expect(restarted.stderr).toContain("No module named 'nosuchmodule'");
    expect((await site.master()).startTicks).toBe(master.startTicks);
    site.editFile('settings.py', (text) => text.replace('import nosuchmodule\n', ''));
    await enqueue(site, 0);
    await waitForJobs(site, 'ended', 1);
  });
});
