import { copyFileSync, readlinkSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { childrenOf, isAlive, readProcess, type Process } from '../../rig/processes.ts';
import { nginxForTests } from '../../rig/servers/nginx.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';
import { holdersOf } from './support/open-files.ts';

const server = await nginxForTests();

const options = { server, fixture: 'nginx' };

/** Has it run without the supervisor, from a copy of the binary that can be replaced. */
async function runAlone(site: ServerSite): Promise<Process> {
  expect(await site.reloadctl(['stop', 'nginx'])).toMatchObject({ code: 0 });
  site.editFile('nginx.conf', (text) => text.replace('daemon off;', ''));
  const binary = join(site.directory, 'nginx');
  copyFileSync(site.environment.BINARY ?? '', binary);
  await site.run([binary, '-p', `${site.directory}/`, '-c', 'nginx.conf']);
  return currentMaster(site, 0);
}

/** The master that the pid file names, as soon as that is another one than `before`. */
async function currentMaster(site: ServerSite, before: number): Promise<Process> {
  return waitFor('a serving nginx', async () => {
    const pid = Number(site.readFile('nginx.pid'));
    if (pid === 0 || pid === before) return undefined;
    await site.get();
    return readProcess(pid);
  });
}

const workersOf = (master: Process): readonly Process[] =>
  childrenOf(master.pid).filter(({ argv }) => argv.join(' ').includes('worker process'));

describe.skipIf(server === undefined)('the verbs on nginx', () => {
  test.concurrent('reopen-logs: every process opens the new files', async (context) => {
    const site = await serverSiteForTest(options, context);
    const load = await startWatchedLoad(site);
    const pids = [await site.master(), ...(await site.children())].map(({ pid }) => pid);
    for (const name of ['access.log', 'error.log']) {
      renameSync(join(site.directory, name), join(site.directory, `${name}.1`));
    }
    const reopened = await site.reloadctl(['reopen-logs', 'nginx']);
    expect(reopened, site.report()).toMatchObject({ code: 0 });
    for (const name of ['access.log', 'error.log']) {
      expect(holdersOf(join(site.directory, name), pids), name).toEqual(pids);
      expect(holdersOf(join(site.directory, `${name}.1`), pids), name).toEqual([]);
    }
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent('scale: it has no way to', async (context) => {
    const site = await serverSiteForTest(options, context);
    const refused = await site.reloadctl(['scale', 'nginx', '+1']);
    expect(refused.code, site.report()).toBe(10);
    expect(refused.stderr).toContain('nginx has no way to be given more or fewer workers');
  });

  test.concurrent('upgrade: refused where a supervisor watches the pid', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    for (const target of ['nginx', `pid:${master.pid}`]) {
      const refused = await site.reloadctl(['upgrade', target]);
      expect(refused.code, site.report()).toBe(10);
      expect(refused.stderr.replaceAll(/\s+/g, ' ')).toContain(
        'the supervisor would start a second one beside it',
      );
    }
    expect(isAlive(master)).toBe(true);
  });

  test.concurrent('upgrade: the new binary serves before the old one goes', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await runAlone(site);
    const old = workersOf(master);
    const load = await startWatchedLoad(site);
    const binary = join(site.directory, 'nginx');
    copyFileSync(binary, `${binary}.new`);
    renameSync(`${binary}.new`, binary);
    expect(readlinkSync(`/proc/${master.pid}/exe`)).toBe(`${binary} (deleted)`);
    const upgraded = await site.reloadctl(['upgrade', 'pidfile:nginx.pid']);
    expect(upgraded, site.report()).toMatchObject({ code: 0 });
    expect([master, ...old].filter(isAlive)).toEqual([]);
    const now = await currentMaster(site, master.pid);
    expect(readlinkSync(`/proc/${now.pid}/exe`)).toBe(binary);
    expect(workersOf(now)).toHaveLength(2);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
    await site.run([binary, '-p', `${site.directory}/`, '-c', 'nginx.conf', '-s', 'stop']);
    await waitFor('nginx to end', () => !isAlive(now) || undefined);
  });

  test.concurrent('upgrade: a bad configuration changes nothing', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await runAlone(site);
    const old = workersOf(master).map(({ pid }) => pid);
    site.editFile('nginx.conf', (text) => text.replace('return 200', 'retrun 200'));
    const refused = await site.reloadctl(['upgrade', `pid:${master.pid}`]);
    expect(refused.code, site.report()).toBe(10);
    expect(refused.stderr).toContain('unknown directive "retrun"');
    expect(workersOf(master).map(({ pid }) => pid)).toEqual(old);
    process.kill(master.pid, 'SIGTERM');
    await waitFor('nginx to end', () => !isAlive(master) || undefined);
  });
});
