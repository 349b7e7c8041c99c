import { describe, expect, test } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { nodeForTests } from '../../rig/servers/node.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const options = { server: nodeForTests, fixture: 'node' };

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('version.txt', () => `${version}\n`);
};

const planOf = async (site: ServerSite, action: string): Promise<Record<string, unknown>> => {
  const planned = await site.reloadctl(['--json', 'plan', action, 'node']);
  expect(planned.code, site.report()).toBe(0);
  return (JSON.parse(planned.stdout) as { plan: Record<string, unknown> }).plan;
};

describe('node', () => {
  test.concurrent('is recognised, and the plan is a checked restart', async (context) => {
    const site = await serverSiteForTest(options, context);
    expect(await planOf(site, 'restart')).toMatchObject({
      serverType: 'node',
      version: process.versions.node,
      strategy: 'restart',
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'node --check' }),
      ]) as unknown,
    });
  });

  test.concurrent('is not sent the HUP that would end it', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    for (const args of [
      ['reload', 'node'],
      ['reload', '--strategy', 'hup', 'node'],
      ['signal', 'HUP', 'node'],
    ]) {
      const refused = await site.reloadctl(args);
      expect(refused.code, `${args.join(' ')}\n${site.report()}`).toBe(10);
    }
    expect(isAlive(master)).toBe(true);
    expect((await site.get()).version).toBe('v1');
  });

  test.concurrent('is restarted under load, which refuses some', async (context) => {
    const site = await serverSiteForTest(options, context);
    const load = await startWatchedLoad(site);
    setVersion(site, 'v2');
    const restarted = await site.reloadctl(['restart', 'node']);
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    await waitFor('the new version', async () => (await site.get()).version === 'v2' || undefined, {
      ceilingMs: 30_000,
    });
    await load.waitMore();
    // The figure is for the page; how many it is depends on the machine.
    await context.annotate(describeLoad(await load.running.stop()));
  });

  test.concurrent('with code that is none it stays as it is', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    site.editFile('app.js', (text) => `const = 1;\n${text}`);
    const restarted = await site.reloadctl(['restart', 'node']);
    expect(restarted.code, site.report()).toBe(10);
    expect(restarted.stderr).toContain('SyntaxError');
    expect(isAlive(master)).toBe(true);
    expect((await site.get()).version).toBe('v1');
  });

  test.concurrent('is stopped with a request in flight, which is answered', async (context) => {
    // HUP would end it at once.
    const edit = (text: string): string => text.replace('stopsignal=TERM', 'stopsignal=HUP');
    const site = await serverSiteForTest({ ...options, edit }, context);
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const stopped = await site.reloadctl(['stop', 'node']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect((await answer).body).toBe('v1\n');
  });
});

describe('a cluster of node', () => {
  const edit = (text: string): string =>
    `${text.replace('app.js', 'cluster.js')}\n[reloadctl:node]\nreload_signal=HUP\n`;

  test.concurrent('is reloaded by its own signal under load', async (context) => {
    const site = await serverSiteForTest({ ...options, edit }, context);
    await waitFor(
      'both workers to serve',
      async () => (await site.children()).length === 2 || undefined,
      { ceilingMs: 30_000 },
    );
    expect(await planOf(site, 'reload')).toMatchObject({
      notes: expect.arrayContaining([
        {
          code: 'server-recognised',
          title: 'Node.js',
          variants: ['cluster', 'with a handler of its own for HUP'],
        },
      ]) as unknown,
    });
    const before = (await site.children()).map(({ pid }) => pid);
    const load = await startWatchedLoad(site);
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['reload', 'node']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    // Nobody but the application knows when it is done.
    await waitFor(
      'every worker to be replaced',
      async () => {
        const after = (await site.children()).map(({ pid }) => pid);
        return (after.length === 2 && !after.some((pid) => before.includes(pid))) || undefined;
      },
      { ceilingMs: 30_000 },
    );
    expect((await site.get()).version).toBe('v2');
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });
});
