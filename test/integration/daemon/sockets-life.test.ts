import { connect, createServer, type AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PATIENT } from '../../rig/load.ts';
import { environmentOf, isAlive, readProcess, signalProcess } from '../../rig/processes.ts';
import type { Site, SiteOptions } from '../../rig/site.ts';
import { reservePort } from '../../rig/site/ports.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { openTestDaemon, valueOf } from './support/open-daemon.ts';
import { socketSite, type SocketSite } from './support/socket-site.ts';

async function open(
  options: SiteOptions,
  context: Parameters<typeof siteForTest>[2],
): Promise<{ readonly site: Site; readonly daemon: SocketSite }> {
  const all: SiteOptions = { mailer: false, ...options, supervisor: 'reloadctl' };
  const site = await siteForTest(all, 'serving', context);
  return { site, daemon: socketSite(site) };
}

// Difference: The daemon holds the listening sockets.
describe('kill -9 under load', () => {
  it('of the master alone fails no request: its workers finish what they have', async (context) => {
    const { site, daemon } = await open({}, context);
    const { pid } = await daemon.state();
    const load = await site.load({ ratePerSecond: 200, ...PATIENT });
    await load.waitFirst();
    for (let round = 0, last = pid; round < 2; round += 1) {
      signalProcess(await site.master(), 'SIGKILL');
      const now = await daemon.waitForState(
        'another master',
        (state) => state.pid !== 0 && state.pid !== last,
      );
      last = now.pid;
      await daemon.waitForWorkers(last);
      expect(daemon.pidFile()).toBe(last);
    }
    const seen = await load.stop();
    expect(seen.failed, seen.errors.join('; ')).toBe(0);
  });

  it('of master and workers fails what the workers had in hand, and refuses nobody', async (context) => {
    const { site, daemon } = await open({ workers: 2 }, context);
    const master = await site.master();
    const load = await site.load({ ratePerSecond: 200, ...PATIENT });
    await load.waitFirst();
    process.kill(-master.pid, 'SIGKILL');
    const { pid } = await daemon.waitForState(
      'another master',
      (state) => state.pid !== 0 && state.pid !== master.pid,
    );
    await daemon.waitForWorkers(pid);
    const seen = await load.stop();
    expect(seen.refused, seen.errors.join('; ')).toBe(0);
    expect(seen.failed, seen.errors.join('; ')).toBeLessThanOrEqual(2);
  });
});

it('the configured pid file names a living master at every moment of an overlap', async (context) => {
  const { site, daemon } = await open({}, context);
  const path = join(site.directory, 'usercenter.pid');
  const wrong: string[] = [];
  const named = new Set<number>();
  const watch = { isOver: false };
  const looking = (async () => {
    while (!watch.isOver) {
      for (let look = 0; look < 20; look += 1) {
        const text = readFileSync(path, 'utf8');
        const pid = Number(text);
        if (readProcess(pid) === undefined) wrong.push(text);
        named.add(pid);
      }
      await sleep(1);
    }
  })();
  const { pid } = await daemon.state();
  const masters = [pid, await daemon.overlap(), await daemon.overlap()];
  watch.isOver = true;
  await looking;
  expect(wrong).toEqual([]);
  expect([...named]).toEqual(masters);
});

describe('addresses', () => {
  it('a second instance whose address is taken is refused; the first goes on', async (context) => {
    const { site, daemon } = await open({}, context);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    context.onTestFinished(() => {
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const before = await daemon.state();
    site.setGunicornOptions({ bind: `127.0.0.1:${port}` });
    expect(await daemon.refusedSuccessor()).toContain(`127.0.0.1:${port}: EADDRINUSE`);
    const { pid, sockets, successor } = await daemon.state();
    expect({ pid, sockets, successor }).toEqual({
      pid: before.pid,
      sockets: before.sockets,
      successor: 0,
    });
    expect((await site.get()).version).toBe('v1');
  });

  it('a changed bind waits for a start that somebody asks for: a crash comes back where it was', async (context) => {
    const { site, daemon } = await open({}, context);
    const reserved = await reservePort();
    context.onTestFinished(() => reserved.release());
    const { pid, sockets } = await daemon.state();
    site.setGunicornOptions({ bind: `127.0.0.1:${reserved.port}` });
    signalProcess(await site.master(), 'SIGKILL');
    const crashed = await daemon.waitForState(
      'another master',
      (state) => state.pid !== 0 && state.pid !== pid,
    );
    expect(crashed.sockets).toEqual(sockets);
    expect((await site.get()).version).toBe('v1');
    await daemon.stop();
    await daemon.start();
    expect((await daemon.state()).sockets).toEqual([`127.0.0.1:${reserved.port}`]);
    await expect(site.get()).rejects.toThrow('ECONNREFUSED');
    const answer = await waitFor('an answer', () => fetch(`http://127.0.0.1:${reserved.port}/`));
    expect(answer.status).toBe(200);
  });
});

it('socket = off: gunicorn binds for itself, and is reloaded by its own means', async (context) => {
  const { site, daemon } = await open(
    { extraConf: '\n[reloadctl:usercenter]\nsocket = off\nsettle = 0.5\n' },
    context,
  );
  const { pid, sockets, socketReason } = await daemon.state();
  expect({ sockets, socketReason }).toEqual({ sockets: [], socketReason: 'socket is off' });
  expect(environmentOf(pid)?.has('LISTEN_FDS')).toBe(false);
  expect(await daemon.refusedSuccessor()).toContain('socket is off');
  const load = await site.load({ ratePerSecond: 200, ...PATIENT });
  await load.waitFirst();
  site.setVersion('v2');
  const run = await site.reloadctl(['reload', 'usercenter', '--json']);
  expect(run, run.stderr).toMatchObject({ code: 0 });
  expect(run.stdout).toContain('"strategy":"bridge"');
  const seen = await load.stop();
  expect(seen.failed, seen.errors.join('; ')).toBe(0);
  expect((await daemon.state()).pid).toBe(pid);
  expect((await site.get()).version).toBe('v2');
});

describe('a program that does not come up', () => {
  /** Whether somebody listens there. */
  const isOpen = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const connection = connect(port, '127.0.0.1');
      connection.once('error', () => {
        resolve(false);
      });
      connection.once('connect', () => {
        connection.destroy();
        resolve(true);
      });
    });

  it('keeps its connections waiting between its tries; when it has given up they are refused', async (context) => {
    const reserved = await reservePort();
    context.onTestFinished(() => reserved.release());
    const { daemon, waitForState } = await openTestDaemon(
      context,
      `[program:a]\ncommand=/bin/sh -c "exit 3"\nautostart=false\nstartretries=2\n` +
        `[reloadctl:a]\nsocket = 127.0.0.1:${reserved.port}\n`,
    );
    expect(await isOpen(reserved.port)).toBe(false);
    valueOf(valueOf(daemon.groups.find('a', 'a')).start());
    await waitForState('a', 'BACKOFF');
    expect(await isOpen(reserved.port)).toBe(true);
    await waitForState('a', 'FATAL');
    expect(await isOpen(reserved.port)).toBe(false);
    expect(daemon.groups.member('a', 'a')?.instances.snapshot.sockets).toEqual([]);
  });

  it('is refused as well when it is not to be started again', async (context) => {
    const reserved = await reservePort();
    context.onTestFinished(() => reserved.release());
    const { daemon, waitForState, pidOf } = await openTestDaemon(
      context,
      `[program:a]\ncommand=/bin/sleep 60\nautostart=false\nautorestart=false\nstartsecs=0\n` +
        `[reloadctl:a]\nsocket = 127.0.0.1:${reserved.port}\n`,
    );
    valueOf(valueOf(daemon.groups.find('a', 'a')).start());
    await waitForState('a', 'RUNNING');
    expect(await isOpen(reserved.port)).toBe(true);
    const found = readProcess(pidOf('a'));
    if (found === undefined) throw new Error('it does not run');
    signalProcess(found, 'SIGKILL');
    await waitForState('a', 'EXITED');
    expect(isAlive(found)).toBe(false);
    expect(await isOpen(reserved.port)).toBe(false);
  });
});
