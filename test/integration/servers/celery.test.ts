import { dirname, join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { celeryForTests } from '../../rig/servers/celery.ts';
import { jobsThat, runWhileAtJobs, waitForJobs } from '../../rig/servers/jobs.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { waitFor } from '../../rig/wait-for.ts';

const server = await celeryForTests();

const start = async (
  context: TestContext,
  edit: (configuration: string) => string = (text) => text,
  sign = 'ready.',
): Promise<ServerSite> => {
  const options = { server, fixture: 'celery', until: 'running', edit } as const;
  const site = await serverSiteForTest(options, context);
  await waitFor(
    'celery to be ready',
    () => site.readFile('celery.log').includes(sign) || undefined,
    { ceilingMs: 30_000 },
  );
  return site;
};

const asBeat = (text: string): string => text.replace(/ worker --.*/, ' beat --loglevel INFO');

/** Puts jobs into the queue, which take these many seconds. */
const enqueue = async (site: ServerSite, ...seconds: readonly number[]): Promise<void> => {
  const python = join(dirname(server?.binary ?? ''), 'python');
  const code = `import tasks\nfor n, s in enumerate(${JSON.stringify(seconds)}): tasks.job.delay(str(n), s)`;
  const run = await site.run([python, '-c', code]);
  expect(run.code, run.stderr).toBe(0);
};

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('version.txt', () => `${version}\n`);
};

describe.skipIf(server === undefined)('a celery worker', () => {
  test.concurrent('is recognised, and the plan says how it is restarted', async (context) => {
    const site = await start(context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'restart', 'celery']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'celery',
      strategy: 'restart',
      procs: expect.arrayContaining([
        expect.objectContaining({ pid: master.pid, role: 'master' }),
      ]) as unknown,
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'load the celery application' }),
        expect.objectContaining({
          do: 'signal',
          signal: 'SIGTERM',
          to: 'master',
          limit: { ms: 3_600_000, reason: 'job' },
        }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
    const refused = await site.reloadctl(['reload', 'celery']);
    expect(refused.code, site.report()).toBe(10);
    expect(isAlive(master)).toBe(true);
  });

  test.concurrent('is restarted with jobs in hand, which end well and once', async (context) => {
    const site = await start(context);
    await enqueue(site, -1, -1, 0, 0);
    await waitForJobs(site, 'begun', 2);
    setVersion(site, 'v2');
    const restarted = await runWhileAtJobs(site, ['restart', 'celery'], 'at most 2 jobs in hand');
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    await waitForJobs(site, 'ended', 4);
    const ended = jobsThat(site, 'ended').toSorted();
    expect(ended.map((line) => line.split(' ')[0])).toEqual(['0', '1', '2', '3']);
    expect(jobsThat(site, 'begun').toSorted()).toEqual(ended);
    expect(ended.slice(0, 2)).toEqual(['0 v1', '1 v1']);
    await enqueue(site, 0);
    await waitForJobs(site, 'ended', 5);
    expect(jobsThat(site, 'ended')[4]).toBe('0 v2');
  });

  // QUIT is a cold shutdown, TERM to the group ends the jobs, and with autorestart a new one comes up as soon as the old one has ended.
  test.concurrent.for([
    ['stopsignal', 'stopsignal=QUIT'],
    ['stopasgroup', 'stopsignal=TERM\nstopasgroup=true\nkillasgroup=true'],
    ['autorestart', 'stopsignal=TERM\nautorestart=true'],
  ])('is stopped with a job in hand, whatever %s says', async ([, keys = ''], context) => {
    const site = await start(context, (text) => text.replace('stopsignal=TERM', keys));
    await enqueue(site, -1);
    await waitForJobs(site, 'begun', 1);
    const stopped = await runWhileAtJobs(site, ['stop', 'celery'], 'at most 1 job in hand');
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect(jobsThat(site, 'ended')).toEqual(['0 v1']);
    expect((await site.program()).state).toMatch(/^(STOPPED|EXITED)$/);
  });

  test.concurrent('goes on when the new code does not import', async (context) => {
    const site = await start(context);
    const master = await site.master();
    site.editFile('tasks.py', (text) => `import nosuchmodule\n${text}`);
    const restarted = await site.reloadctl(['restart', 'celery']);
    expect(restarted.code, site.report()).toBe(10);
    expect(restarted.stderr).toContain("No module named 'nosuchmodule'");
    expect((await site.master()).startTicks).toBe(master.startTicks);
    site.editFile('tasks.py', (text) => text.replace('import nosuchmodule\n', ''));
    await enqueue(site, 0);
    await waitForJobs(site, 'ended', 1);
  });

  test.concurrent('has one process with the pool of threads', async (context) => {
    const site = await start(context, (text) => text.replace('INFO', 'INFO --pool threads'));
    await enqueue(site, 2);
    await waitForJobs(site, 'begun', 1);
    const restarted = await site.reloadctl(['restart', 'celery']);
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    expect(jobsThat(site, 'ended')).toEqual(['0 v1']);
  });
});

describe.skipIf(server === undefined)('celery beat', () => {
  test.concurrent('is told from a worker, and restarted when its code loads', async (context) => {
    const site = await start(context, asBeat, 'beat: Starting');
    const before = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'restart', 'celery']);
    expect(planned.stdout, site.report()).toContain('"serverType": "celery-beat"');
    site.editFile('tasks.py', (text) => `import nosuchmodule\n${text}`);
    expect((await site.reloadctl(['restart', 'celery'])).code, site.report()).toBe(10);
    expect((await site.master()).startTicks).toBe(before.startTicks);
    site.editFile('tasks.py', (text) => text.replace('import nosuchmodule\n', ''));
    const restarted = await site.reloadctl(['restart', 'celery']);
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    expect(isAlive(before)).toBe(false);
  });
});
