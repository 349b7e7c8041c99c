import { realpathSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { pythonEnvironment } from '../../rig/python.ts';
import { waitForEstablished } from '../../rig/servers/established.ts';
import type { FoundServer } from '../../rig/servers/found-server.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';
import { holdersOf } from '../verbs/support/open-files.ts';

const python = await pythonEnvironment('newest');
if (!python.ok) throw new Error(python.reason);

const server: FoundServer = {
  ok: true,
  binary: realpathSync(python.bin.python),
  root: '',
  environment: {},
};

const options = { server, fixture: 'custom' };

/** The same server where nobody has described it. */
const withoutType = {
  ...options,
  edit: (text: string): string => text.slice(0, text.indexOf('[reloadctl-type:')),
};

const children = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children()).map(({ pid }) => pid);

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('version.txt', () => `${version}\n`);
};

describe('a server of a type that nobody knows', () => {
  test.concurrent('is sent nothing, and the plan says what can be done', async (context) => {
    const site = await serverSiteForTest(withoutType, context);
    const before = await children(site);
    for (const args of [
      ['reload', 'custom'],
      ['plan', 'reload', 'custom'],
      ['scale', 'custom', '+1'],
      ['reopen-logs', 'custom'],
      ['upgrade', 'custom'],
    ]) {
      const refused = await site.reloadctl(args);
      const said = `${refused.stdout}${refused.stderr}`.replaceAll(/\s+/g, ' ');
      expect(refused.code, said).toBe(10);
      expect(said).toContain('is not a server whose type is known, so no signal is sent to it');
      expect(said).toContain('in [reloadctl:custom]');
      expect(said.includes('reloadctl restart custom')).toBe(args.includes('reload'));
    }
    expect(await children(site)).toEqual(before);
    const planned = await site.reloadctl(['--json', 'plan', 'restart', 'custom']);
    const { plan } = JSON.parse(planned.stdout) as {
      plan: { steps: ReadonlyArray<{ do: string }> };
    };
    expect(plan.steps.filter((step) => step.do === 'signal')).toEqual([]);
  });
});

describe('a server whose type the configuration describes', () => {
  test.concurrent(
    'is recognised and reloaded under load without a failed request',
    async (context) => {
      const site = await serverSiteForTest(options, context);
      const load = await startWatchedLoad(site);
      const before = await children(site);
      const master = await site.master();
      setVersion(site, 'v2');
      const reloaded = await site.reloadctl(['--json', 'reload', 'custom']);
      expect(reloaded, site.report()).toMatchObject({ code: 0 });
      expect(reloaded.stdout).toContain('"serverType":"mill"');
      expect((await site.get()).version).toBe('v2');
      expect(isAlive(master)).toBe(true);
      expect((await children(site)).filter((pid) => before.includes(pid))).toEqual([]);
      await load.waitMore();
      await context.annotate(describeLoad(await load.stopWithoutFailure()));
    },
  );

  test.concurrent('has its silence about a bad version found out', async (context) => {
    const site = await serverSiteForTest(options, context);
    const before = await children(site);
    setVersion(site, 'broken');
    const reloaded = await site.reloadctl(['reload', 'custom']);
    expect(reloaded.code, site.report()).toBe(10);
    expect(await children(site)).toEqual(before);
    expect((await site.get()).version).toBe('v1');
  });

  test.concurrent(
    'is stopped with its own signal, and what is in flight is answered',
    async (context) => {
      const site = await serverSiteForTest(options, context);
      const answer = site.get('/slow', 20_000);
      await waitForEstablished(site.port);
      const stopped = await site.reloadctl(['stop', 'custom']);
      expect(stopped, site.report()).toMatchObject({ code: 0 });
      expect((await answer).body).toBe('v1\n');
    },
  );

  test.concurrent('is scaled, and opens its logs anew', async (context) => {
    const site = await serverSiteForTest(options, context);
    const load = await startWatchedLoad(site);
    for (const [word, count] of [
      ['+1', 3],
      ['-2', 1],
    ] as const) {
      const scaled = await site.reloadctl(['scale', 'custom', word]);
      expect(scaled, site.report()).toMatchObject({ code: 0 });
      expect(await children(site)).toHaveLength(count);
    }
    const log = join(site.directory, 'access.log');
    renameSync(log, `${log}.1`);
    const reopened = await site.reloadctl(['reopen-logs', 'custom']);
    expect(reopened, site.report()).toMatchObject({ code: 0 });
    const pids = [(await site.master()).pid, ...(await children(site))];
    expect(holdersOf(log, pids)).toEqual(pids);
    expect(holdersOf(`${log}.1`, pids)).toEqual([]);
    const refused = await site.reloadctl(['upgrade', 'custom']);
    expect(refused.code).toBe(10);
    await load.waitMore();
    await load.stopWithoutFailure();
  });

  test.concurrent('is refused what it is not: another type was named', async (context) => {
    const edit = (text: string): string => `${text}\n[reloadctl:custom]\ntype=nginx\n`;
    const site = await serverSiteForTest({ ...options, edit }, context);
    const refused = await site.reloadctl(['reload', 'custom']);
    expect(refused.code, site.report()).toBe(10);
    expect(refused.stderr).toContain('is no nginx');
  });
});
