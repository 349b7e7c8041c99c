import { writeFileSync } from 'node:fs';
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
  { daemon }: { readonly daemon?: true } = {},
): Promise<ServerSite> => {
  const options = { server, fixture: 'celery', until: 'running', edit } as const;
  const site = await serverSiteForTest(
    daemon === undefined ? options : { ...options, daemon },
    context,
  );
  await waitFor(
    'celery to be ready',
    () => site.readFile('celery.log').includes(sign) || undefined,
    { ceilingMs: 30_000 },
  );
  return site;
};

const asBeat = (text: string): string => text.replace(/ worker --.*/, ' beat --loglevel INFO');

/** Puts jobs into the queue, which take these many seconds; their names are their numbers. */
const enqueue = (site: ServerSite, ...seconds: readonly number[]): Promise<void> =>
  enqueueNamed(
    site,
    seconds.map((each, index) => [String(index), each]),
  );

const enqueueNamed = async (
  site: ServerSite,
  jobs: ReadonlyArray<readonly [name: string, seconds: number]>,
): Promise<void> => {
  const python = join(dirname(server?.binary ?? ''), 'python');
  const code = `import tasks\nfor n, s in ${JSON.stringify(jobs)}: tasks.job.delay(n, s)`;
  const run = await site.run([python, '-c', code]);
  expect(run.code, run.stderr).toBe(0);
};

/** Without the line breaks of the screen. */
const unwrapped = (text: string): string => text.replace(/\s+/g, ' ');

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

describe.skipIf(server === undefined)('celery with --surge', () => {
  // Whatever the supervisor would send, to whom, and how soon it would KILL (stopwaitsecs=1).
  test.concurrent(
    'takes jobs with the new code while the old one ends its own',
    async (context) => {
      const site = await start(
        context,
        (text) => text.replace('stopsignal=TERM', 'stopsignal=QUIT\nstopasgroup=true'),
        'ready.',
        { daemon: true },
      );
      const old = await site.master();
      await enqueueNamed(site, [['long', -1]]);
      await waitForJobs(site, 'begun', 1);
      setVersion(site, 'v2');
      const restarting = site.reloadctl(['restart', 'celery', '--surge', '1'], {
        timeoutMs: 120_000,
      });
      await waitFor(
        'the old one to be asked to end',
        () => site.readFile('celery.log').includes('Warm shutdown') || undefined,
        { ceilingMs: 60_000, observe: () => site.report() },
      );
      const promotedAt = performance.now();
      let sent = 0;
      await waitFor(
        'a job to be done with the new code',
        async () => {
          // The old one may still fetch one before it has come round to its signal.
          await enqueueNamed(site, [[`short${(sent += 1)}`, 0]]);
          return jobsThat(site, 'ended').some((line) => line.endsWith(' v2')) || undefined;
        },
        { ceilingMs: 45_000, observe: () => jobsThat(site, 'ended') },
      );
      await waitFor(
        'more than stopwaitsecs to have passed',
        () => performance.now() - promotedAt > 3000 || undefined,
        { ceilingMs: 10_000 },
      );
      expect(isAlive(old), site.report()).toBe(true);
      expect((await site.master()).pid).not.toBe(old.pid);
      writeFileSync(join(site.directory, 'finish'), '');
      expect(await restarting, site.report()).toMatchObject({ code: 0 });
      expect(isAlive(old)).toBe(false);
      await waitForJobs(site, 'ended', sent + 1);
      const ended = jobsThat(site, 'ended').toSorted();
      expect(jobsThat(site, 'begun').toSorted()).toEqual(ended);
      expect(ended).toContain('long v1');
      expect(ended).toHaveLength(sent + 1);
      const log = site.readFile('celery.log');
      expect(log.match(/Warm shutdown/g)).toHaveLength(1);
      expect(log).not.toContain('Cold shutdown');
    },
  );

  test.concurrent('is refused by a supervisor that cannot do it', async (context) => {
    const site = await start(context);
    const before = await site.master();
    const refused = await site.reloadctl(['restart', 'celery', '--surge', '1']);
    expect(refused.code, site.report()).toBe(2);
    expect(unwrapped(refused.stderr)).toContain('only `reloadctl daemon` and `reloadctl run` can');
    expect((await site.master()).startTicks).toBe(before.startTicks);
  });

  test.concurrent('is refused for celery beat', async (context) => {
    const site = await start(context, asBeat, 'beat: Starting', { daemon: true });
    const before = await site.master();
    const refused = await site.reloadctl(['restart', 'celery', '--surge', '1']);
    expect(refused.code, site.report()).toBe(2);
    expect(unwrapped(refused.stderr)).toContain('two of them would send every job twice');
    expect((await site.master()).startTicks).toBe(before.startTicks);
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
