import { describe, it } from 'vitest';
import { PATIENT } from '../../rig/load.ts';
import { signalProcess } from '../../rig/processes.ts';
import type { SiteOptions } from '../../rig/site.ts';
import { reservePort } from '../../rig/site/ports.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { backgroundSite, type BackgroundSite } from './support/background-site.ts';
import { mayCopyDescriptors } from './support/may-copy-descriptors.ts';

const KINDS: ReadonlyArray<{ readonly name: string; readonly options: SiteOptions }> = [
  { name: 'newest gunicorn, tcp', options: {} },
  {
    name: 'oldest gunicorn, unix, preload',
    options: { python: 'oldest', bind: 'unix', preload: true },
  },
];

/** Connections of our own calls may still be closing. */
async function waitForOpenFiles({ daemon }: BackgroundSite, before: unknown): Promise<void> {
  await waitFor(
    `as many open files as before: ${JSON.stringify(before)}`,
    () => JSON.stringify(daemon.openFiles()) === JSON.stringify(before) || undefined,
    { observe: () => daemon.openFiles() },
  );
}

describe.concurrent.for(KINDS)('replacement of the daemon under load: $name', ({ options }) => {
  it('drops no request at 200 a second, and leaves nothing behind', async (context) => {
    const { expect } = context;
    const background = await backgroundSite(options, context);
    const { site, daemon } = background;
    const before = await daemon.state();
    const load = await site.load({ ratePerSecond: 200, ...PATIENT });
    const kept = await site.load({ ratePerSecond: 50, keepAlive: true, ...PATIENT });
    await load.waitFirst();
    await kept.waitFirst();

    const pids = [background.running().pid];
    await background.replace();
    // It answers when it has begun.
    expect((await daemon.state()).adopted).toBe(true);
    const openFiles = daemon.openFiles();
    pids.push(background.running().pid);
    for (let round = 0; round < 2; round += 1) {
      await background.replace();
      pids.push(background.running().pid);
    }
    expect(new Set(pids).size).toBe(4);
    // The process is the same, and so are the sockets, which the new daemon has.
    expect(await daemon.state()).toMatchObject({ pid: before.pid, sockets: before.sockets });
    expect(background.masters()).toHaveLength(1);
    expect(daemon.pidFile()).toBe(before.pid);
    await waitForOpenFiles(background, openFiles);
    expect(background.zombies()).toEqual([]);

    // The third daemon can do with them what the first could: an overlap,
    site.setVersion('v2');
    const next = await daemon.overlap();
    expect(await daemon.state()).toMatchObject({ pid: next, adopted: false });
    expect((await site.get()).version).toBe('v2');
    // and the one after that knows the second instance as the process.
    await background.replace();
    expect(await daemon.state()).toMatchObject({ pid: next, sockets: before.sockets });
    expect(daemon.pidFile()).toBe(next);
    for (const each of [load, kept]) {
      const seen = await each.stop();
      expect(seen.failed, seen.errors.join('; ')).toBe(0);
    }
    // Whatever passed from hand to hand: a stop closes it.
    await daemon.stop();
    await expect(site.get()).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });

  it('refuses nobody when the master is KILLed afterwards', async (context) => {
    const { expect } = context;
    const background = await backgroundSite(options, context);
    const { site, daemon } = background;
    await background.replace();
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
  });
});

describe.concurrent.for(KINDS)('kill -9 of the daemon under load: $name', ({ options }) => {
  it('fails no request; a new daemon adopts the program and starts no rival', async (context) => {
    const { expect } = context;
    const background = await backgroundSite(options, context);
    const { site, daemon } = background;
    const { pid, sockets } = await daemon.state();
    const load = await site.load({ ratePerSecond: 200, ...PATIENT });
    await load.waitFirst();
    for (let round = 0; round < 2; round += 1) {
      const first = background.running();
      await background.kill();
      await background.begin();
      expect(background.running().pid).not.toBe(first.pid);
      // Taken back from the program: the daemon that was killed is not there to hand them over.
      const now = await daemon.state();
      expect(now).toMatchObject({ pid, adopted: true });
      if (mayCopyDescriptors()) expect(now).toMatchObject({ sockets, socketReason: '' });
      else expect(now.socketReason).toContain('could not be taken back');
      expect(background.masters().map((master) => master.pid)).toEqual([pid]);
      await waitFor('RUNNING', async () => (await site.program()).state === 'RUNNING' || undefined);
    }
    expect(daemon.pidFile()).toBe(pid);
    const seen = await load.stop();
    expect(seen.failed, seen.errors.join('; ')).toBe(0);
    expect(site.supervisorLog().split('spawned: ')).toHaveLength(2);
  });

  it.runIf(mayCopyDescriptors())(
    'reloads by overlap afterwards, and refuses nobody when the master is KILLed',
    async (context) => {
      const { expect } = context;
      const background = await backgroundSite(options, context);
      const { site, daemon } = background;
      const { sockets } = await daemon.state();
      const load = await site.load({ ratePerSecond: 200, ...PATIENT });
      await load.waitFirst();
      await background.kill();
      await background.begin();
      site.setVersion('v2');
      const second = await daemon.overlap();
      expect((await site.get()).version).toBe('v2');
      expect(await daemon.state()).toMatchObject({ pid: second, adopted: false, sockets });
      expect((await load.snapshot()).failed).toBe(0);

      await background.kill();
      await background.begin();
      expect(daemon.pidFile()).toBe(second);
      signalProcess(await site.master(), 'SIGKILL');
      const { pid: third } = await daemon.waitForState(
        'another master',
        (state) => state.pid !== 0 && state.pid !== second,
      );
      await daemon.waitForWorkers(third);
      const seen = await load.stop();
      expect(seen.refused, seen.errors.join('; ')).toBe(0);
      expect(seen.failed, seen.errors.join('; ')).toBeLessThanOrEqual(2);
      expect(daemon.pidFile()).toBe(third);
      // What the killed one has left goes as soon as the third one counts as running.
      await waitFor(
        'nobody but the third master',
        () => background.masters().every(({ pid }) => pid === third) || undefined,
        { ceilingMs: 10_000, observe: () => background.masters().map(({ pid }) => pid) },
      );
      expect(background.masters().map(({ pid }) => pid)).toEqual([third]);
      await daemon.stop();
      await expect(site.get()).rejects.toThrow(/ENOENT|ECONNREFUSED/);
    },
  );
});

it('an address that is not configured any more goes with the adopted process', async (context) => {
  const { expect } = context;
  const reserved = await reservePort();
  context.onTestFinished(() => reserved.release());
  const background = await backgroundSite({}, context);
  const { site, daemon } = background;
  await background.replace();
  site.setGunicornOptions({ bind: `127.0.0.1:${reserved.port}` });
  await daemon.overlap();
  expect((await daemon.state()).sockets).toEqual([`127.0.0.1:${reserved.port}`]);
  await expect(site.get()).rejects.toThrow('ECONNREFUSED');
  await daemon.stop();
  await expect(fetch(`http://127.0.0.1:${reserved.port}/`)).rejects.toThrow('fetch failed');
});
