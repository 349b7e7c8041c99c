import { dirname, join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { hueyForTests } from '../../rig/servers/huey.ts';
import { jobsThat, waitForJobs } from '../../rig/servers/jobs.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { waitFor } from '../../rig/wait-for.ts';

const server = await hueyForTests();

const start = async (
  context: TestContext,
  edit: (configuration: string) => string = (text) => text,
): Promise<ServerSite> => {
  const options = { server, fixture: 'huey', until: 'running', edit } as const;
  const site = await serverSiteForTest(options, context);
  await waitFor(
    'the consumer to be there',
    () => site.readFile('huey.log').includes('commands') || undefined,
    { ceilingMs: 30_000 },
  );
  return site;
};

/** Puts a task into the queue, which takes these many seconds. */
const enqueue = async (site: ServerSite, seconds: number): Promise<void> => {
  const code = `import jobs; jobs.job("0", ${seconds})`;
  const run = await site.run([join(dirname(server?.binary ?? ''), 'python'), '-c', code]);
  expect(run.code, run.stderr).toBe(0);
};

describe.skipIf(server === undefined)('huey', () => {
  // TERM, supervisord's default, interrupts the task; with -g TERM it is INT that does.
  test.concurrent.for([
    ['SIGINT', ''],
    ['SIGTERM', ' --graceful-signal TERM'],
  ])('is restarted with a task in hand by %s, with the options "%s"', async (given, context) => {
    const [signal, option] = given;
    const edit = (text: string): string => {
      const stopsignal = signal === 'SIGTERM' ? 'stopsignal=INT\n' : '';
      return text.replace('--workers 2', `--workers 2${option}`) + stopsignal;
    };
    const site = await start(context, edit);
    await enqueue(site, 5);
    await waitForJobs(site, 'begun', 1);
    site.editFile('version.txt', () => 'v2\n');
    const restarted = await site.reloadctl(['--json', 'restart', 'huey']);
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    expect(restarted.stdout).toContain('"serverType":"huey"');
    expect(restarted.stdout).toContain(`"signal":"${signal}"`);
    expect(jobsThat(site, 'ended')).toEqual(['0 v1']);
    await enqueue(site, 0);
    await waitForJobs(site, 'ended', 2);
    expect(jobsThat(site, 'begun')).toEqual(['0 v1', '0 v2']);
  });

  test.concurrent(
    'goes on when the new code does not import, and has no reload',
    async (context) => {
      const site = await start(context);
      const master = await site.master();
      expect((await site.reloadctl(['reload', 'huey'])).code, site.report()).toBe(10);
      site.editFile('jobs.py', (text) => `import nosuchmodule\n${text}`);
      const restarted = await site.reloadctl(['restart', 'huey']);
      expect(restarted.code, site.report()).toBe(10);
      expect(restarted.stderr).toContain("No module named 'nosuchmodule'");
      expect((await site.master()).startTicks).toBe(master.startTicks);
      site.editFile('jobs.py', (text) => text.replace('import nosuchmodule\n', ''));
      await enqueue(site, 0);
      await waitForJobs(site, 'ended', 1);
    },
  );
});
