import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import type { LoadSummary } from '../../rig/load.ts';
import { childrenOf, isAlive, readProcess, type Process } from '../../rig/processes.ts';
import { apacheForTests } from '../../rig/servers/apache.ts';
import type { FoundServer } from '../../rig/servers/found-server.ts';
import { haproxyForTests } from '../../rig/servers/haproxy.ts';
import { pumaForTests } from '../../rig/servers/puma.ts';
import {
  serverSiteForTest,
  type ServerSite,
  type ServerSiteOptions,
} from '../../rig/servers/server-site.ts';
import { unicornForTests } from '../../rig/servers/unicorn.ts';
import { uvicornForTests } from '../../rig/servers/uvicorn.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { describeLoad, startWatchedLoad, type WatchedLoad } from '../reload/support/under-load.ts';
import { holdersOf } from './support/open-files.ts';

const servers = {
  apache: await apacheForTests(),
  haproxy: await haproxyForTests(),
  puma: await pumaForTests(),
  unicorn: await unicornForTests(),
  uvicorn: await uvicornForTests(),
} satisfies Readonly<Record<string, FoundServer | undefined>>;

type Name = keyof typeof servers;

const start = (
  name: Name,
  context: TestContext,
  options: Partial<ServerSiteOptions> = {},
): Promise<ServerSite> =>
  serverSiteForTest({ server: servers[name], fixture: name, ...options }, context);

const pidsOf = async (site: ServerSite): Promise<readonly number[]> =>
  [await site.master(), ...(await site.children())].map(({ pid }) => pid);

/** A worker of these that goes resets what it has accepted and not read (docs/servers). */
const RESETS: readonly Name[] = ['puma', 'uvicorn'];

const endOf = (name: Name, load: WatchedLoad): Promise<LoadSummary> =>
  RESETS.includes(name) ? load.stopWithFewResets() : load.stopWithoutFailure();

describe('reopen-logs', () => {
  const rows: ReadonlyArray<{
    readonly name: Name;
    readonly log: string;
    readonly options?: Partial<ServerSiteOptions>;
  }> = [
    { name: 'apache', log: 'error.log', options: { values: { MPM: 'event' } } },
    {
      name: 'unicorn',
      log: 'app.log',
      options: {
        edit: (text) =>
          text.replace('config.ru\n', 'config.ru\nenvironment=LOG="%(here)s/app.log"\n'),
        prepare: (directory) => {
          const log = JSON.stringify(join(directory, 'app.log'));
          appendFileSync(join(directory, 'unicorn.rb'), `stderr_path ${log}\nstdout_path ${log}\n`);
        },
      },
    },
  ];
  for (const { name, log, options } of rows) {
    test.skipIf(servers[name] === undefined).concurrent(name, async (context) => {
      const site = await start(name, context, options);
      const load = await startWatchedLoad(site);
      const path = join(site.directory, log);
      renameSync(path, `${path}.1`);
      const reopened = await site.reloadctl(['reopen-logs', name]);
      expect(reopened, site.report()).toMatchObject({ code: 0 });
      const pids = await pidsOf(site);
      expect(holdersOf(path, pids)).toEqual(pids);
      expect(holdersOf(`${path}.1`, pids)).toEqual([]);
      await load.waitMore();
      await context.annotate(describeLoad(await endOf(name, load)));
    });
  }
});

describe('scale', () => {
  for (const name of ['puma', 'unicorn', 'uvicorn'] as const) {
    test.skipIf(servers[name] === undefined).concurrent(name, async (context) => {
      const site = await start(name, context);
      const load = await startWatchedLoad(site);
      for (const [word, count] of [
        ['+1', 3],
        ['-1', 2],
      ] as const) {
        const scaled = await site.reloadctl(['scale', name, word]);
        expect(scaled, site.report()).toMatchObject({ code: 0 });
        expect(scaled.stdout).toContain(`${count} workers`);
      }
      await load.waitMore();
      await context.annotate(describeLoad(await endOf(name, load)));
    });
  }

  for (const name of ['apache', 'haproxy'] as const) {
    test
      .skipIf(servers[name] === undefined)
      .concurrent(`${name} has no way to`, async (context) => {
        const site = await start(name, context, { values: { MPM: 'event' } });
        const before = await pidsOf(site);
        const refused = await site.reloadctl(['scale', name, '+1']);
        expect(refused.code, site.report()).toBe(10);
        expect(await pidsOf(site)).toEqual(before);
      });
  }
});

describe('upgrade', () => {
  for (const name of ['haproxy', 'puma'] as const) {
    test
      .skipIf(servers[name] === undefined)
      .concurrent(`${name}: the same process executes the new binary`, async (context) => {
        const site = await start(name, context);
        const load = await startWatchedLoad(site);
        const [master, ...before] = await pidsOf(site);
        const upgraded = await site.reloadctl(['upgrade', name]);
        expect(upgraded, site.report()).toMatchObject({ code: 0 });
        const [now, ...after] = await pidsOf(site);
        expect(now).toBe(master);
        expect(after.filter((pid) => before.includes(pid))).toEqual([]);
        await load.waitMore();
        await context.annotate(describeLoad(await endOf(name, load)));
      });
  }

  test
    .skipIf(servers.unicorn === undefined)
    .concurrent('unicorn: refused where a supervisor watches the pid', async (context) => {
      const site = await start('unicorn', context);
      const before = await pidsOf(site);
      const refused = await site.reloadctl(['upgrade', 'unicorn']);
      expect(refused.code, site.report()).toBe(10);
      expect(await pidsOf(site)).toEqual(before);
    });

  test
    .skipIf(servers.unicorn === undefined)
    .concurrent('unicorn: the new binary serves before the old one goes', async (context) => {
      const site = await start('unicorn', context);
      expect(await site.reloadctl(['stop', 'unicorn'])).toMatchObject({ code: 0 });
      const { RUBY = '', BINARY = '' } = site.environment;
      // It executes its script anew, whose first line names a ruby that need not be there.
      const script = join(site.directory, 'unicorn');
      writeFileSync(script, `#!/bin/sh\nexec ${RUBY} ${BINARY} "$@"\n`, { mode: 0o755 });
      site.editFile(
        'unicorn.rb',
        (text) => `${text}\npid 'unicorn.pid'\nUnicorn::HttpServer::START_CTX[0] = '${script}'\n`,
      );
      await site.run([script, '-D', '-c', 'unicorn.rb', 'config.ru']);
      const master = await masterOf(site, 0);
      const old = [master, ...childrenOf(master.pid)];
      const load = await startWatchedLoad(site);
      site.editFile('version.txt', () => 'v2\n');
      const upgraded = await site.reloadctl(['upgrade', 'pidfile:unicorn.pid']);
      expect(upgraded, site.report()).toMatchObject({ code: 0 });
      expect(old.filter(isAlive)).toEqual([]);
      const now = await masterOf(site, master.pid);
      expect(childrenOf(now.pid)).toHaveLength(2);
      expect((await site.get()).version).toBe('v2');
      await load.waitMore();
      await context.annotate(describeLoad(await endOf('unicorn', load)));
      process.kill(now.pid, 'SIGTERM');
      await waitFor('unicorn to end', () => !isAlive(now) || undefined);
    });
});

/** The serving master that the pid file names, as soon as that is another one than `before`. */
async function masterOf(site: ServerSite, before: number): Promise<Process> {
  return waitFor('a serving unicorn', async () => {
    const pid = Number(site.readFile('unicorn.pid'));
    if (pid === 0 || pid === before) return undefined;
    await site.get();
    return readProcess(pid);
  });
}
