import { dirname, join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { dramatiqForTests } from '../../rig/servers/dramatiq.ts';
import { jobsThat, waitForJobs } from '../../rig/servers/jobs.ts';
import { redisForTests } from '../../rig/servers/redis.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { waitFor } from '../../rig/wait-for.ts';

const server = await dramatiqForTests();
const redis = await redisForTests();

const start = async (
  context: TestContext,
  edit: (configuration: string) => string = (text) => text,
): Promise<ServerSite> => {
  const values = { ...redis?.environment, REDIS: redis?.binary ?? '' };
  const options = { server, fixture: 'dramatiq', until: 'running', values, edit } as const;
  const site = await serverSiteForTest(options, context);
  await waitFor(
    'both workers to be ready',
    () => site.readFile('dramatiq.log').split('ready for action').length > 2 || undefined,
    { ceilingMs: 30_000 },
  );
  return site;
};

/** Puts messages into the queue, which take these many seconds. */
const enqueue = async (site: ServerSite, ...seconds: readonly number[]): Promise<void> => {
  const code = `import jobs\nfor n, s in enumerate(${JSON.stringify(seconds)}): jobs.job.send(str(n), s)`;
  const run = await site.run([join(dirname(server?.binary ?? ''), 'python'), '-c', code]);
  expect(run.code, run.stderr).toBe(0);
};

describe.skipIf(server === undefined || redis === undefined)('dramatiq', () => {
  // TERM to the group reaches each worker twice, which ends it at once.
  test.concurrent(
    'is restarted with messages in hand, which are finished once',
    async (context) => {
      const edit = (text: string): string => `${text}stopasgroup=true\nkillasgroup=true\n`;
      const site = await start(context, edit);
      await enqueue(site, 5, 5);
      await waitForJobs(site, 'begun', 2);
      site.editFile('version.txt', () => 'v2\n');
      const restarted = await site.reloadctl(['--json', 'restart', 'dramatiq']);
      expect(restarted, site.report()).toMatchObject({ code: 0 });
      expect(restarted.stdout).toContain('"serverType":"dramatiq"');
      expect(jobsThat(site, 'ended').toSorted()).toEqual(['0 v1', '1 v1']);
      await enqueue(site, 0);
      await waitForJobs(site, 'ended', 3);
      expect(jobsThat(site, 'begun').toSorted()).toEqual(['0 v1', '0 v2', '1 v1']);
    },
  );

  test.concurrent(
    'goes on when the new code does not import, and has no reload',
    async (context) => {
      const site = await start(context);
      const master = await site.master();
      expect((await site.reloadctl(['reload', 'dramatiq'])).code, site.report()).toBe(10);
      site.editFile('jobs.py', (text) => `import nosuchmodule\n${text}`);
      const restarted = await site.reloadctl(['restart', 'dramatiq']);
      expect(restarted.code, site.report()).toBe(10);
      expect(restarted.stderr).toContain("No module named 'nosuchmodule'");
      expect((await site.master()).startTicks).toBe(master.startTicks);
      site.editFile('jobs.py', (text) => text.replace('import nosuchmodule\n', ''));
      await enqueue(site, 0);
      await waitForJobs(site, 'ended', 1);
    },
  );
});
