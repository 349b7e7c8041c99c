import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { isAlive, readProcess } from '../../rig/processes.ts';
import { jobsThat, runWhileAtJobs, waitForJobs } from '../../rig/servers/jobs.ts';
import { redisForTests } from '../../rig/servers/redis.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { sidekiqForTests } from '../../rig/servers/sidekiq.ts';
import { waitFor } from '../../rig/wait-for.ts';

const server = await sidekiqForTests();
const redis = await redisForTests();

const start = async (
  context: TestContext,
  over: { readonly daemon?: true } = {},
): Promise<ServerSite> => {
  // Each has its own libraries.
  const libraries = [server, redis].flatMap((found) => found?.environment.LD_LIBRARY_PATH ?? []);
  const values = {
    ...server?.environment,
    LD_LIBRARY_PATH: libraries.join(delimiter),
    REDIS: redis?.binary ?? '',
  };
  // What the server brings goes before what is given.
  const found = server && { ...server, environment: {} };
  const options = { server: found, fixture: 'sidekiq', until: 'running', values, ...over } as const;
  const site = await serverSiteForTest(options, context);
  const master = await site.master();
  await waitFor(
    'sidekiq to have its title',
    async () => (await site.master()).argv.join(' ').startsWith('sidekiq ') || undefined,
    { ceilingMs: 30_000, observe: () => master.argv },
  );
  return site;
};

/** Puts jobs into the queue, which take these many seconds. */
const enqueue = async (site: ServerSite, ...seconds: readonly number[]): Promise<void> => {
  const code = `require "./jobs.rb"; ${JSON.stringify(seconds)}.each_with_index { |s, n| Job.perform_async(n.to_s, s) }`;
  const run = await site.run([server?.environment.RUBY ?? 'ruby', '-e', code]);
  expect(run.code, run.stderr).toBe(0);
};

describe.skipIf(server === undefined || redis === undefined)('sidekiq', () => {
  // Its own timeout for jobs is one second here, so that TERM would have them run twice.
  test.concurrent('is restarted with jobs in hand, which end well and once', async (context) => {
    const site = await start(context);
    const planned = await site.reloadctl(['--json', 'plan', 'restart', 'sidekiq']);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'sidekiq',
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'load the application' }),
        expect.objectContaining({ do: 'signal', signal: 'SIGTSTP', to: 'master' }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
    await enqueue(site, -1, -1);
    await waitForJobs(site, 'begun', 2);
    site.editFile('version.txt', () => 'v2\n');
    const restarted = await runWhileAtJobs(site, ['restart', 'sidekiq'], 'at most 2 jobs in hand');
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    await enqueue(site, 0);
    await waitForJobs(site, 'ended', 3);
    expect(jobsThat(site, 'ended').toSorted()).toEqual(['0 v1', '0 v2', '1 v1']);
    expect(jobsThat(site, 'begun').toSorted()).toEqual(['0 v1', '0 v2', '1 v1']);
  });

  test.concurrent('is followed by its successor, which takes jobs at once', async (context) => {
    const site = await start(context, { daemon: true });
    const old = await site.master();
    await enqueue(site, -1, -1);
    await waitForJobs(site, 'begun', 2);
    site.editFile('version.txt', () => 'v2\n');
    const restarting = site.reloadctl(['restart', 'sidekiq', '--surge', '1'], {
      timeoutMs: 120_000,
    });
    await waitFor(
      'the old one to take nothing new',
      () => (readProcess(old.pid)?.argv.join(' ').includes('stopping') === true ? true : undefined),
      { ceilingMs: 60_000, observe: () => readProcess(old.pid)?.argv },
    );
    await enqueue(site, 0);
    await waitForJobs(site, 'ended', 1);
    expect(jobsThat(site, 'ended')).toEqual(['0 v2']);
    writeFileSync(join(site.directory, 'finish'), '');
    expect(await restarting, site.report()).toMatchObject({ code: 0 });
    expect(isAlive(old)).toBe(false);
    const jobs = ['0 v1', '0 v2', '1 v1'];
    expect(jobsThat(site, 'ended').toSorted()).toEqual(jobs);
    expect(jobsThat(site, 'begun').toSorted()).toEqual(jobs);
  });

  test.concurrent('goes on when the new code does not load, and has no reload', async (context) => {
    const site = await start(context);
    const master = await site.master();
    expect((await site.reloadctl(['reload', 'sidekiq'])).code, site.report()).toBe(10);
    site.editFile('jobs.rb', (text) => `require "nosuchlibrary"\n${text}`);
    const restarted = await site.reloadctl(['restart', 'sidekiq']);
    expect(restarted.code, site.report()).toBe(10);
    expect(restarted.stderr).toContain('nosuchlibrary');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    site.editFile('jobs.rb', (text) => text.replace('require "nosuchlibrary"\n', ''));
    await enqueue(site, 0);
    await waitForJobs(site, 'ended', 1);
  });
});
