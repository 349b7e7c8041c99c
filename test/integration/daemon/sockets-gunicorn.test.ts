import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PATIENT } from '../../rig/load.ts';
import { isAlive, readProcess, signalProcess } from '../../rig/processes.ts';
import type { Site, SiteOptions } from '../../rig/site.ts';
import { reservePort } from '../../rig/site/ports.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { ordinaryUser } from '../../rig/users.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { childrenByState } from './support/children-by-state.ts';
import { socketSite, type SocketSite } from './support/socket-site.ts';

type Context = Parameters<typeof siteForTest>[2];

async function open(
  options: SiteOptions,
  context: Context,
): Promise<{ readonly site: Site; readonly daemon: SocketSite }> {
  const all: SiteOptions = { mailer: false, ...options, supervisor: 'reloadctl' };
  const site = await siteForTest(all, 'serving', context);
  return { site, daemon: socketSite(site) };
}

/** Connections of our own calls may still be closing, now and when `before` was seen. */
async function waitForOpenFiles(
  daemon: SocketSite,
  before: Readonly<Record<string, number>>,
): Promise<void> {
  await waitFor(
    `no more open files than before: ${JSON.stringify(before)}`,
    () =>
      Object.entries(daemon.openFiles()).every(([name, count]) => count <= (before[name] ?? 0)) ||
      undefined,
    { observe: () => daemon.openFiles() },
  );
}

describe.for<{ name: string; options: SiteOptions }>([
  { name: 'newest gunicorn, tcp', options: {} },
  { name: 'newest gunicorn, unix, preload', options: { bind: 'unix', preload: true } },
  { name: 'oldest gunicorn, tcp, preload', options: { python: 'oldest', preload: true } },
  { name: 'oldest gunicorn, unix', options: { python: 'oldest', bind: 'unix' } },
])('$name', ({ options }) => {
  it('fails no request when its master is replaced', async (context) => {
    const { site, daemon } = await open(options, context);
    const first = await daemon.state();
    expect(first.sockets).toHaveLength(1);
    expect(first).toMatchObject({ socketReason: '', adopted: false, gracefulTimeout: 10 });
    expect(daemon.pidFile()).toBe(first.pid);
    const load = await site.load({ ratePerSecond: 200, ...PATIENT });
    await load.waitFirst();

    site.setVersion('v2');
    const second = await daemon.overlap();
    expect(daemon.pidFile()).toBe(second);
    expect((await site.get()).version).toBe('v2');
    const third = await daemon.overlap();
    expect(daemon.pidFile()).toBe(third);
    expect(await daemon.state()).toMatchObject({ pid: third, successor: 0, retiring: [] });
    expect((await daemon.state()).retired).toMatchObject({ pid: second, killed: false });
    const seen = await load.stop();
    expect(seen.failed, seen.errors.join('; ')).toBe(0);
  });

  it('refuses nobody when its master is KILLed', async (context) => {
    const { site, daemon } = await open(options, context);
    const { pid } = await daemon.state();
    const load = await site.load({ ratePerSecond: 200, ...PATIENT });
    await load.waitFirst();
    signalProcess(await site.master(), 'SIGKILL');
    const { pid: next } = await daemon.waitForState(
      'another master',
      (state) => state.pid !== 0 && state.pid !== pid,
    );
    await daemon.waitForWorkers(next);
    const seen = await load.stop();
    expect(seen.refused, seen.errors.join('; ')).toBe(0);
    // What the workers of the KILLed master had in hand is all that may be lost.
    expect(seen.failed, seen.errors.join('; ')).toBeLessThanOrEqual(2);
    expect(daemon.pidFile()).toBe(next);
  });
});

describe('the workers of a master that is KILLed', () => {
  // Difference: What a process leaves of its group ends with it. gunicorn's idle workers would notice only after `timeout` / 2, 15 s.
  it('go when the next master runs, though nobody asks anything of them', async (context) => {
    const { site, daemon } = await open({}, context);
    const { pid } = await daemon.state();
    const master = await site.master();
    const orphans = await site.workers(master);
    signalProcess(master, 'SIGKILL');
    const { pid: next } = await daemon.waitForState(
      'another master',
      (state) => state.pid !== 0 && state.pid !== pid,
    );
    await waitFor('the orphans to end', () => !orphans.some(isAlive) || undefined, {
      observe: () => site.supervisorLog(),
    });
    expect(site.supervisorLog()).toContain(`which 'usercenter' (${pid}) has left behind`);
    expect((await daemon.state()).pid).toBe(next);
  });
});

describe('a stopped program', () => {
  it('is refused, and served again after a start', async (context) => {
    const { site, daemon } = await open({ bind: 'unix' }, context);
    await daemon.stop();
    await expect(site.get()).rejects.toThrow(/ENOENT|ECONNREFUSED/);
    expect(existsSync(join(site.directory, 'usercenter.sock'))).toBe(false);
    expect((await daemon.state()).sockets).toEqual([]);
    expect(await daemon.refusedSuccessor()).toContain('NOT_RUNNING');
    await daemon.start();
    expect((await site.get()).version).toBe('v1');
  });

  it('keeps its connections waiting when it is to be started again', async (context) => {
    const { site, daemon } = await open({}, context);
    const load = await site.load({ ratePerSecond: 200, ...PATIENT });
    await load.waitFirst();
    await daemon.hold(60);
    await daemon.stop();
    await daemon.start();
    await waitFor('an answer', async () => (await site.get()).version === 'v1' || undefined);
    const seen = await load.stop();
    expect(seen.failed, seen.errors.join('; ')).toBe(0);
    await daemon.hold(0);
    expect((await site.get()).version).toBe('v1');
  });

  // Difference: A gunicorn is given the time that it gives itself.
  it('is not KILLed before graceful_timeout, though stopwaitsecs is shorter', async (context) => {
    const { site, daemon } = await open(
      { gracefulTimeoutSecs: 8, programOptions: { stopwaitsecs: 1 } },
      context,
    );
    const slow = site.get('/slow?seconds=3', 10_000);
    await waitFor('the request to be in hand', async () => {
      const { pid } = await daemon.state();
      return readProcess(pid) !== undefined || undefined;
    });
    await daemon.stop();
    expect((await slow).version).toBe('v1');
    expect(site.supervisorLog()).not.toContain('SIGKILL');
  });
});

describe('a second instance', () => {
  it('is ended when nobody wants it, and leaves nothing', async (context) => {
    const { site, daemon } = await open({}, context);
    expect(await daemon.refusedPromotion()).toContain('there is no successor');
    const { pid } = await daemon.state();
    const before = daemon.openFiles();
    const successor = await daemon.startSuccessor();
    expect(await daemon.refusedSuccessor()).toContain(`already (pid ${successor})`);
    expect(await daemon.state()).toMatchObject({ pid, successor });
    await daemon.waitForWorkers(successor);
    expect(daemon.pidFile()).toBe(pid);
    await daemon.abandon();
    expect(await daemon.refusedPromotion()).toContain('FAILED');
    await daemon.waitForState('it to be gone', (state) => state.successor === 0);
    expect(await daemon.state()).toMatchObject({ pid, retiring: [] });
    expect((await site.get()).version).toBe('v1');
    await waitForOpenFiles(daemon, before);
    expect(daemon.pidFile()).toBe(pid);
  });

  it('is ended when its lease is over', async (context) => {
    const { daemon } = await open({}, context);
    const { pid } = await daemon.state();
    const successor = await daemon.startSuccessor(1);
    await daemon.waitForState('the lease to be over', (state) => state.successor === 0);
    expect(await daemon.state()).toMatchObject({ pid });
    expect(readProcess(successor)).toBeUndefined();
  });

  it('that does not boot changes nothing', async (context) => {
    const { site, daemon } = await open({}, context);
    const { pid } = await daemon.state();
    site.setVersion('v2', { broken: 'import-error' });
    await daemon.startSuccessor();
    await daemon.waitForState('it to be gone', (state) => state.successor === 0);
    expect(await daemon.state()).toMatchObject({ pid });
    expect((await site.get()).version).toBe('v1');
    expect(site.log()).toContain('usercenter_module_that_is_not_installed');
  });

  it('takes the place of a process that has crashed meanwhile', async (context) => {
    const { site, daemon } = await open({}, context);
    site.setVersion('v2', { bootSeconds: 1 });
    const successor = await daemon.startSuccessor();
    const orphans = await site.workers();
    signalProcess(await site.master(), 'SIGKILL');
    // Idle workers notice only at their next look that they have no master any more.
    for (const orphan of orphans) signalProcess(orphan, 'SIGTERM');
    await daemon.waitForWorkers(successor);
    await daemon.promote();
    await daemon.waitForState('one instance', (state) => state.retiring.length === 0);
    expect(await daemon.state()).toMatchObject({ pid: successor, successor: 0 });
    expect(daemon.pidFile()).toBe(successor);
    const masters = site.processes().filter(({ ppid }) => ppid === site.supervisor()?.pid);
    expect(masters.map(({ pid }) => pid)).toEqual([successor]);
  });

  it('goes with a stop, and with the daemon', async (context) => {
    const { site, daemon } = await open({}, context);
    const successor = await daemon.startSuccessor();
    await daemon.stop();
    expect(readProcess(successor)).toBeUndefined();
    await daemon.start();
    await daemon.startSuccessor();
    const { survivors } = await site.stop();
    expect(survivors).toEqual([]);
  });

  it('listens where the settings say now; the old address goes with the old instance', async (context) => {
    const { site, daemon } = await open({}, context);
    const reserved = await reservePort();
    context.onTestFinished(() => reserved.release());
    const [address] = (await daemon.state()).sockets;
    site.setGunicornOptions({ bind: `127.0.0.1:${reserved.port}` });
    const pid = await daemon.startSuccessor();
    await daemon.waitForWorkers(pid);
    expect((await site.get()).version).toBe('v1');
    await daemon.promote();
    await daemon.waitForState('the old one to be gone', ({ retiring }) => retiring.length === 0);
    expect((await daemon.state()).sockets).toEqual([`127.0.0.1:${reserved.port}`]);
    expect(address).not.toBe(`127.0.0.1:${reserved.port}`);
    await expect(site.get()).rejects.toThrow('ECONNREFUSED');
    const response = await fetch(`http://127.0.0.1:${reserved.port}/`);
    expect(response.status).toBe(200);
  });

  it('leaves no descriptor and no zombie behind, whatever its number', async (context) => {
    const { site, daemon } = await open({ bind: 'unix' }, context);
    await daemon.overlap();
    const before = daemon.openFiles();
    for (let round = 0; round < 3; round += 1) await daemon.overlap();
    await waitForOpenFiles(daemon, before);
    const { zombies } = childrenByState(site.supervisor()?.pid ?? 0);
    expect(zombies).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)('belongs to the program’s user', async (context) => {
    const user = ordinaryUser();
    const { site, daemon } = await open({ user, bind: 'unix' }, context);
    const pid = await daemon.overlap();
    expect(daemon.pidFile()).toBe(pid);
    await daemon.stop();
    expect(site.readFile('usercenter.pid')).toBe('');
    await daemon.start();
    expect(daemon.pidFile()).toBe((await daemon.state()).pid);
  });
});

it('serves gunicornc under the name that it always had', async (context) => {
  const { site, daemon } = await open({}, context);
  const [major = 0] = site.python.versions.gunicorn.split('.').map(Number);
  if (major < 26) return;
  const pid = await daemon.overlap();
  const path = join(site.directory, '.gunicorn', 'gunicorn.ctl');
  await waitFor('the control socket', () => existsSync(path) || undefined);
  expect(readlinkSync(path)).toMatch(/gunicorn\.ctl\.reload-/);
  const stats = await site.run([
    join(site.python.bin.gunicorn, '..', 'gunicornc'),
    '-s',
    path,
    '-c',
    'show all',
  ]);
  expect(stats.stdout).toContain(String(pid));
});
