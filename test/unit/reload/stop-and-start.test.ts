import { describe, expect, it } from 'vitest';
import type { Image } from '../../fake/kernel.ts';
import { goodCode, Site, type SiteOptions } from '../../fake/site.ts';
import { stubbornImage } from '../../fake/stubborn.ts';
import { wrapperImage } from '../../fake/wrapper.ts';
import { findBreaches, findFlaws } from './outcome.ts';

async function started(options: SiteOptions = {}): Promise<Site> {
  const site = new Site(options);
  await site.start();
  return site;
}

describe('stop', () => {
  it('KILLs what ignores the stop signal, through the supervisor, and says so with exit 11', async () => {
    const site = new Site({
      instead: stubbornImage(['SIGTERM']),
      program: { stopwaitsecs: 3 },
    });
    site.subprocess.spawn();
    await site.clock.pass(3000);
    const performed = await site.perform('stop');
    expect(performed.run.result).toMatchObject({ outcome: 'done-with-kill', exitCode: 11 });
    expect(performed.events).toContainEqual(
      expect.objectContaining({ event: 'killed', role: 'supervised', by: 'supervisor' }),
    );
    expect(site.family).toEqual([]);
    expect(findBreaches(site, performed)).toEqual([]);
  });

  it('ends what a wrapper leaves behind when it is stopped without its child', async () => {
    const site = await started({
      wrap: (argv, image) => wrapperImage({ argv }, image),
      program: { stopwaitsecs: 2 },
    });
    expect(site.family).toHaveLength(4);
    const performed = await site.perform('stop');
    expect([0, 11]).toContain(performed.exitCode);
    expect(site.family).toEqual([]);
    expect(findBreaches(site, performed)).toEqual([]);
  });

  it('ends the group where the supervisor signals the group', async () => {
    const site = await started({
      wrap: (argv, image) => wrapperImage({ argv }, image),
      program: { stopasgroup: true, killasgroup: true },
    });
    const performed = await site.perform('stop');
    expect(performed.exitCode).toBe(0);
    expect(site.family).toEqual([]);
  });

  it('lets gunicorn finish where the supervisor would KILL it too early', async () => {
    const site = await started({
      program: { stopwaitsecs: 1 },
      config: { gracefulTimeout: 8 },
      requestMs: 5000,
    });
    const performed = await site.perform('stop');
    expect(performed.exitCode).toBe(0);
    expect(site.cutOff).toEqual([]);
    expect(site.family).toEqual([]);
  });

  it('stops the bridge of an interrupted reload too, which would be promoted', async () => {
    const site = await started({ config: { workers: 3 } });
    await site.perform('reload', {
      onEvent: (event, run) => {
        if (event.event === 'step-started' && event.step.id === 'bridge-holds') run.kill();
      },
    });
    expect(site.bridge).toBeDefined();
    const performed = await site.perform('stop');
    expect(performed.exitCode).toBe(0);
    await site.clock.pass(5000);
    expect(site.family).toEqual([]);
    expect(site.kernel.listeners().filter(({ address }) => address.includes(':8000'))).toEqual([]);
  });

  it('is content where nothing runs', async () => {
    const site = new Site();
    const performed = await site.perform('stop');
    expect(performed.exitCode).toBe(0);
  });

  it('is content where somebody else is stopping it', async () => {
    const site = await started({ requestMs: 3000 });
    site.subprocess.stop();
    const performed = await site.perform('stop');
    expect(performed.exitCode).toBe(0);
    expect(site.family).toEqual([]);
  });
});

describe('start', () => {
  it('waits until the program serves', async () => {
    const site = new Site({ code: goodCode('1', 4000), config: { workers: 3 } });
    const performed = await site.perform('start');
    expect(performed.exitCode).toBe(0);
    expect(findFlaws(site, '1')).toEqual([]);
  });

  it('says that a program does not come up', async () => {
    const site = new Site({
      code: { version: '1', bootMs: 100, fate: { is: 'fails', status: 3, says: 'ImportError: x' } },
      program: { startsecs: 2, startretries: 2 },
    });
    const performed = await site.perform('start');
    // As supervisorctl's 'spawn error'.
    expect(performed.run.result).toMatchObject({ outcome: 'down', exitCode: 7 });
    expect(performed.events).toContainEqual(
      expect.objectContaining({
        event: 'output',
        text: expect.stringContaining('ImportError: x') as string,
      }),
    );
  });

  it('is content where the program serves', async () => {
    const site = await started();
    const before = site.master;
    expect((await site.perform('start')).exitCode).toBe(0);
    expect(site.master).toBe(before);
    expect(findFlaws(site, '1')).toEqual([]);
  });

  it('starts what somebody else is stopping at this moment', async () => {
    const site = await started({ requestMs: 2500 });
    site.subprocess.stop();
    const performed = await site.perform('start');
    expect(performed.exitCode).toBe(0);
    expect(findFlaws(site, '1')).toEqual([]);
  });

  it('gives way to somebody who stops it while it starts', async () => {
    const site = new Site({ code: goodCode('1', 8000) });
    site.clock.after(3000, () => {
      site.subprocess.stop();
    });
    const performed = await site.perform('start');
    // As supervisorctl's 'abnormal termination'.
    expect(performed.run.result).toMatchObject({ exitCode: 7 });
    await site.clock.pass(15_000);
    expect(site.subprocess.state).toBe('STOPPED');
    expect(site.family).toEqual([]);
  });

  it('takes the port back from an orphan of an earlier run', async () => {
    const site = await started();
    const run = await site.perform('reload', {
      onEvent: (event, killable) => {
        if (event.event === 'step-started' && event.step.id === 'bridge-holds') killable.kill();
      },
    });
    expect(run.exitCode).toBe('killed');
    const { master } = site;
    if (master !== undefined) site.kernel.kill(site.kernel.init, master.proc, 'SIGKILL');
    await site.clock.pass(40_000);
    expect(site.subprocess.state).not.toBe('RUNNING');
    const performed = await site.perform('start');
    expect(performed.exitCode).toBe(0);
    expect(findFlaws(site, '1')).toEqual([]);
    expect(findBreaches(site, performed)).toEqual([]);
  });
});

describe('a program that somebody else is stopping', () => {
  const stopping = async (): Promise<Site> => {
    const site = await started({ requestMs: 2500 });
    site.subprocess.stop();
    await site.clock.pass(50);
    return site;
  };

  it('is not reloaded', async () => {
    const site = await stopping();
    const performed = await site.perform('reload');
    expect(performed.run.result).toMatchObject({
      exitCode: 7,
      refusal: { code: 'not-running', state: 'STOPPING' },
    });
  });

  it.each(['restart', 'hard-restart'] as const)('is started again by a %s', async (action) => {
    const site = await stopping();
    site.installation.code.set('', goodCode('2'));
    const performed = await site.perform(action);
    expect(performed.exitCode).toBe(0);
    expect(findFlaws(site, '2')).toEqual([]);
  });
});

describe('a server of unknown kind', () => {
  const image: Image = (_kernel, proc) => {
    proc.handlers.set('SIGHUP', () => undefined);
    proc.handlers.set('SIGUSR1', () => undefined);
  };

  async function unknown(): Promise<Site> {
    const site = new Site({ instead: image });
    site.subprocess.spawn();
    await site.clock.pass(3000);
    return site;
  }

  it('is not reloaded without being told how', async () => {
    const site = await unknown();
    const performed = await site.perform('reload');
    expect(performed.run.result).toMatchObject({
      exitCode: 10,
      refusal: { code: 'type-unknown' },
    });
    expect(site.kernel.sent).toEqual([]);
  });

  it('gets the signal that the configuration names', async () => {
    const site = await unknown();
    const performed = await site.perform('reload', { options: { reloadSignal: 'SIGUSR1' } });
    expect(performed.exitCode).toBe(0);
    expect(site.kernel.sent.map(({ signal, effect }) => [signal, effect])).toEqual([
      ['SIGUSR1', 'caught'],
    ]);
  });

  it('does not get a signal that it would die of', async () => {
    const site = await unknown();
    const performed = await site.perform('reload', { options: { reloadSignal: 'SIGUSR2' } });
    expect(performed.run.result).toMatchObject({
      exitCode: 10,
      refusal: { code: 'master-not-ready', signal: 'SIGUSR2' },
    });
    expect(site.kernel.sent).toEqual([]);
  });

  it('is restarted with the permission to be down for a moment', async () => {
    const site = await unknown();
    const before = site.subprocess.proc;
    const performed = await site.perform('reload', { options: { allowDowntime: true } });
    expect(performed.exitCode).toBe(0);
    expect(site.subprocess.proc).not.toBe(before);
    expect(site.subprocess.state).toBe('RUNNING');
  });
});
