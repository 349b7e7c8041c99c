import { describe, expect, it } from 'vitest';
import { Site, type SiteOptions } from '../../fake/site.ts';

/** What gunicorn does, measured or read in gunicorn/arbiter.py; the fake has to do the same. */
async function started(options: SiteOptions = {}): Promise<Site> {
  const site = new Site(options);
  await site.start();
  return site;
}

function signal(site: Site, name: NodeJS.Signals): void {
  const { proc } = site.subprocess;
  if (proc !== undefined) site.kernel.kill(site.kernel.init, proc, name);
}

const countOf = (site: Site): number => site.master?.workers.length ?? 0;

const BROKEN = { version: '2', bootMs: 200, fate: { is: 'fails', status: 3, says: 'x' } } as const;

describe.each(['20.1.0', '26.1.0'] as const)('the fake gunicorn %s', (flavour) => {
  it('dies of a HUP before its handlers are there', async () => {
    const site = new Site({ flavour });
    site.subprocess.spawn();
    const { proc } = site.subprocess;
    await site.clock.pass(50);
    signal(site, 'SIGHUP');
    await site.clock.pass(10);
    expect(proc?.isAlive).toBe(false);
  });

  it('adds a worker for TTIN and takes the oldest for TTOU, never the last one', async () => {
    const site = await started({ flavour, config: { workers: 2 } });
    const [oldest] = site.master?.workers ?? [];
    signal(site, 'SIGTTIN');
    await site.clock.pass(1500);
    expect(countOf(site)).toBe(3);
    signal(site, 'SIGTTOU');
    await site.clock.pass(1500);
    expect(countOf(site)).toBe(2);
    expect(oldest?.proc.isAlive).toBe(false);
    for (let index = 0; index < 4; index += 1) {
      signal(site, 'SIGTTOU');
      await site.clock.pass(1500);
    }
    expect(countOf(site)).toBe(1);
  });

  it('takes two TTINs at once for one', async () => {
    const site = await started({ flavour });
    signal(site, 'SIGTTIN');
    signal(site, 'SIGTTIN');
    await site.clock.pass(3000);
    expect(countOf(site)).toBe(3);
  });

  it('starts as many workers as configured for HUP, which forgets TTIN', async () => {
    const site = await started({ flavour });
    const old = site.master?.workers.map(({ proc }) => proc) ?? [];
    signal(site, 'SIGTTIN');
    await site.clock.pass(1500);
    signal(site, 'SIGHUP');
    await site.clock.pass(3000);
    expect(countOf(site)).toBe(2);
    expect(old.filter(({ isAlive }) => isAlive)).toEqual([]);
  });

  it('ends with 3 when a worker cannot boot', async () => {
    const site = await started({ flavour });
    const { proc } = site.subprocess;
    site.installation.code.set('', BROKEN);
    signal(site, 'SIGHUP');
    await site.clock.pass(4000);
    expect(proc?.status?.by).toBe('exit');
    // 20.x may be interrupted in its stop by a second worker, and ends with 1 then.
    expect([1, 3]).toContain(proc?.status?.by === 'exit' ? proc.status.code : undefined);
  });

  it('makes a second master for USR2, and no third one', async () => {
    const site = await started({ flavour });
    signal(site, 'SIGUSR2');
    await site.clock.pass(2000);
    const { bridge } = site;
    expect(bridge?.workers).toHaveLength(2);
    expect(site.kernel.files.get('/run/usercenter.pid.2')?.text.trim()).toBe(
      String(bridge?.proc.pid),
    );
    signal(site, 'SIGUSR2');
    await site.clock.pass(2000);
    expect(site.livingMasters).toHaveLength(2);
  });

  it('promotes the second master when the first one dies', async () => {
    const site = await started({ flavour, program: { autorestart: false } });
    signal(site, 'SIGUSR2');
    await site.clock.pass(2000);
    const { bridge } = site;
    signal(site, 'SIGKILL');
    await site.clock.pass(3000);
    expect(site.livingMasters).toEqual([bridge]);
    expect(site.serving.isServed).toBe(true);
    expect(site.kernel.files.get('/run/usercenter.pid')?.text.trim()).toBe(
      String(bridge?.proc.pid),
    );
    expect(site.kernel.files.get('/run/usercenter.pid.2')).toBeUndefined();
  });

  it('finishes what is under way on TERM, and KILLs after graceful_timeout', async () => {
    const quick = await started({ flavour, requestMs: 1000, program: { stopwaitsecs: 60 } });
    quick.subprocess.stop();
    await quick.clock.pass(2500);
    expect([quick.family, quick.cutOff]).toEqual([[], []]);
    const slow = await started({
      flavour,
      requestMs: 60_000,
      config: { gracefulTimeout: 2 },
      program: { stopwaitsecs: 60 },
    });
    slow.subprocess.stop();
    await slow.clock.pass(3500);
    expect(slow.family).toEqual([]);
    expect(slow.cutOff).toHaveLength(2);
  });

  it('waits for its port, five times a second, then gives up', async () => {
    const site = new Site({ flavour, program: { autorestart: false } });
    site.kernel.bind(site.kernel.init, '127.0.0.1:8000');
    site.subprocess.spawn();
    const { proc } = site.subprocess;
    await site.clock.pass(4900);
    expect(proc?.isAlive).toBe(true);
    await site.clock.pass(1500);
    expect(proc?.isAlive).toBe(false);
  });

  it('loads nothing again that it has preloaded', async () => {
    const site = await started({ flavour, config: { preloadApp: true } });
    site.installation.code.set('', { version: '2', bootMs: 100, fate: { is: 'serves' } });
    signal(site, 'SIGHUP');
    await site.clock.pass(3000);
    expect(site.versions).toEqual(['1', '1']);
  });
});

describe('a worker that hangs while it boots', () => {
  const hanging = async (flavour: '20.1.0' | '26.1.0'): Promise<boolean> => {
    const site = await started({ flavour, config: { timeout: 3 } });
    site.installation.code.set('', { version: '2', bootMs: 0, fate: { is: 'hangs' } });
    signal(site, 'SIGTTIN');
    await site.clock.pass(1000);
    const youngest = site.master?.workers.at(-1);
    await site.clock.pass(9000);
    return youngest?.proc.isAlive === true;
  };

  it('is ended after `timeout` by 20.1', async () => {
    expect(await hanging('20.1.0')).toBe(false);
  });

  // Until its first heartbeat the file has the time of its making, which the monotonic clock never reaches (measured with 27.0.1).
  it('is never ended by 26.1', async () => {
    expect(await hanging('26.1.0')).toBe(true);
  });
});

describe('a reload of 26.1', () => {
  it('holds the main loop until the old workers have ended: a TERM in that time comes later', async () => {
    for (const [flavour, isHeld] of [
      ['20.1.0', false],
      ['26.1.0', true],
    ] as const) {
      const site = await started({ flavour, requestMs: 3000, config: { gracefulTimeout: 10 } });
      signal(site, 'SIGHUP');
      await site.clock.pass(1000);
      const fresh = site.master?.workers.at(-1);
      signal(site, 'SIGTERM');
      await site.clock.pass(1000);
      expect(fresh?.isAccepting, flavour).toBe(isHeld);
    }
  });
});
