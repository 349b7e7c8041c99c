import { describe, expect, it } from 'vitest';
import type { Flavour } from '../../fake/gunicorn/installation.ts';
import type { ReloadctlRun } from '../../fake/reloadctl-run.ts';
import { goodCode, Site, type Performed, type SiteOptions } from '../../fake/site.ts';
import { findBreaches, findFlaws } from './outcome.ts';

const FLAVOURS: readonly Flavour[] = ['20.1.0', '26.1.0'];

const BROKEN = 'Traceback (most recent call last):\n  File "wsgi.py", line 1\nImportError: no x';

async function started(options: SiteOptions = {}): Promise<Site> {
  const site = new Site({ daemon: true, ...options });
  await site.start();
  site.installation.code.set('', goodCode('2'));
  return site;
}

/** Does something once, when a step begins. */
const when =
  (step: string, act: (run: ReloadctlRun) => void) =>
  (
    event: { readonly event: string; readonly step?: { readonly id: string } },
    run: ReloadctlRun,
  ) => {
    if (event.event === 'step-started' && event.step?.id === step) act(run);
  };

function expectClean(site: Site, performed: Performed, version: string): void {
  expect(findFlaws(site, version)).toEqual([]);
  expect(findBreaches(site, performed)).toEqual([]);
}

describe('overlap', () => {
  it.each(FLAVOURS)('puts new code into service without a gap (gunicorn %s)', async (flavour) => {
    const site = await started({ flavour });
    const began = site.clock.nowMs;
    const before = site.master?.proc;
    const performed = await site.perform('reload');
    expect(performed.run.result).toMatchObject({ outcome: 'done', strategy: 'overlap' });
    expectClean(site, performed, '2');
    expect(site.master?.proc).not.toBe(before);
    expect(site.serving.gapsSince(began)).toEqual([]);
    expect(site.cutOff).toEqual([]);
    // The supervisor does it all.
    const { proc } = performed.run;
    expect(site.kernel.sent.filter(({ from }) => from === proc)).toEqual([]);
  });

  it.each(FLAVOURS)('does so again and again (gunicorn %s)', async (flavour) => {
    const site = await started({ flavour });
    for (const version of ['3', '4', '5']) {
      site.installation.code.set('', goodCode(version));
      const performed = await site.perform('reload');
      expect(performed.exitCode).toBe(0);
      expectClean(site, performed, version);
    }
  });

  it('brings a preloaded application', async () => {
    const site = await started({ config: { preloadApp: true } });
    const performed = await site.perform('reload');
    expect(performed.exitCode).toBe(0);
    expectClean(site, performed, '2');
  });

  it('brings the release that a link leads to now', async () => {
    const site = new Site({ daemon: true, program: { directory: '/srv/current' } });
    site.kernel.files.symlink('/srv/current', '/srv/app');
    site.installation.code.set('/srv/releases/2', goodCode('2'));
    await site.start();
    site.kernel.files.symlink('/srv/current', '/srv/releases/2');
    const performed = await site.perform('reload');
    expect(performed.exitCode).toBe(0);
    expectClean(site, performed, '2');
    expect(site.master?.proc.cwd).toBe('/srv/releases/2');
  });

  it('brings another number of workers', async () => {
    const site = await started();
    site.installation.config = { ...site.installation.config, workers: 5 };
    const performed = await site.perform('reload');
    expect(performed.exitCode).toBe(0);
    expectClean(site, performed, '2');
  });

  it('keeps workers that were added by hand', async () => {
    const site = await started();
    const { master, kernel } = site;
    if (master !== undefined) kernel.kill(kernel.init, master.proc, 'SIGTTIN');
    await site.clock.pass(3000);
    const performed = await site.perform('reload');
    expect(performed.exitCode).toBe(0);
    expect(site.versions).toEqual(['2', '2', '2']);
  });

  it('brings another address', async () => {
    const site = await started();
    site.installation.config = { ...site.installation.config, bind: '127.0.0.1:9000' };
    const performed = await site.perform('reload');
    expect(performed.exitCode).toBe(0);
    const held = site.kernel.listeners().map(({ address }) => address);
    expect(held.filter((address) => address.startsWith('127.'))).toEqual(['127.0.0.1:9000']);
  });

  it('is refused where somebody else has the new address', async () => {
    const site = await started();
    site.kernel.bind(site.kernel.init, '127.0.0.1:9000');
    site.installation.config = { ...site.installation.config, bind: '127.0.0.1:9000' };
    const performed = await site.perform('reload');
    expect(performed.run.result).toMatchObject({ exitCode: 10, refusal: { code: 'bind-taken' } });
    expect(site.versions).toEqual(['1', '1']);
  });

  it('needs no permission to signal the program', async () => {
    const site = await started({ program: { user: { name: 'web', uid: 33, gid: 33 } } });
    const performed = await site.perform('reload', { user: { name: 'deploy', uid: 1000 } });
    expect(performed.exitCode).toBe(0);
    expect(site.versions).toEqual(['2', '2']);
  });

  it('reports requests that were cut off when the old instance had had its time', async () => {
    const site = await started({ requestMs: 60_000 });
    const performed = await site.perform('reload');
    expect(performed.run.result).toMatchObject({ outcome: 'done-with-kill', exitCode: 11 });
    site.installation.requestMs = 300;
    expectClean(site, performed, '2');
  });

  it('reports an old instance that only a KILL by the supervisor has ended', async () => {
    const site = await started();
    const { master } = site;
    master?.proc.handlers.set('SIGTERM', () => undefined);
    const performed = await site.perform('reload');
    expect(performed.run.result).toMatchObject({ outcome: 'done-with-kill', exitCode: 11 });
    expect(performed.events).toContainEqual(
      expect.objectContaining({
        event: 'killed',
        pid: master?.proc.pid,
        role: 'old-instance',
        by: 'supervisor',
      }),
    );
  });
});

describe('an overlap that cannot be', () => {
  it.each([
    ['does not import', { is: 'fails', status: 3, says: BROKEN }],
    ['hangs', { is: 'hangs' }],
    ['crashes soon after it was ready', { is: 'crashes', afterMs: 700 }],
  ] as const)('leaves the old version as it is: code that %s', async (_name, fate) => {
    const site = await started();
    const began = site.clock.nowMs;
    const before = site.family.map(({ pid }) => pid);
    site.installation.code.set('', { version: '2', bootMs: 500, fate });
    const performed = await site.perform('reload');
    expect(performed.run.result).toMatchObject({ outcome: 'refused', exitCode: 10 });
    expectClean(site, performed, '1');
    expect(site.family.map(({ pid }) => pid)).toEqual(before);
    expect(site.serving.gapsSince(began)).toEqual([]);
  });

  it('shows what the new code said', async () => {
    const site = await started();
    const fate = { is: 'fails', status: 3, says: BROKEN } as const;
    site.installation.code.set('', { version: '2', bootMs: 500, fate });
    const { events } = await site.perform('reload');
    const text = expect.stringContaining('ImportError: no x') as string;
    expect(events).toContainEqual(expect.objectContaining({ event: 'output', text }));
  });

  it('is taken back where the supervisor refuses the promotion', async () => {
    const site = await started();
    if (site.overlap !== undefined) site.overlap.refusesPromotion = true;
    const performed = await site.perform('reload');
    expect(performed.run.result).toMatchObject({ outcome: 'refused', exitCode: 10 });
    expectClean(site, performed, '1');
  });

  it('is told of where the supervisor has gone before it was asked to promote', async () => {
    const site = await started();
    const performed = await site.perform('reload', {
      onEvent: when('promote', () => {
        site.wire.failsBy = () => ({ kind: 'refused', url: 'unix:///run/supervisor.sock' });
      }),
    });
    expect(performed.run.result).toMatchObject({
      exitCode: 12,
      failure: { why: 'supervisor' },
      serving: { old: { total: 2 } },
    });
    site.wire.failsBy = () => undefined;
    // The lease of the successor runs out.
    await site.clock.pass(120_000);
    expect(findFlaws(site, '1')).toEqual([]);
  });

  it('is carried on where only the answer to the promotion was lost', async () => {
    const site = await started();
    const performed = await site.perform('reload', {
      onEvent: when('promote', () => {
        site.wire.losesAnswer = (method) => method === 'reloadctl.promoteSuccessor';
      }),
    });
    expect(performed.exitCode).toBe(0);
    expectClean(site, performed, '2');
  });

  it.each(['start-successor', 'successor-boots', 'successor-holds'])(
    'is taken back by Ctrl-C in %s',
    async (step) => {
      const site = await started();
      const performed = await site.perform('reload', {
        onEvent: when(step, (run) => {
          site.clock.after(60, () => {
            run.interruption.note('SIGINT');
          });
        }),
      });
      expect(performed.exitCode).toBe(130);
      expectClean(site, performed, '1');
    },
  );

  it.each(['promote', 'old-instance'])('is carried through on Ctrl-C in %s', async (step) => {
    const site = await started({ requestMs: 2000 });
    const performed = await site.perform('reload', {
      onEvent: when(step, (run) => {
        run.interruption.note('SIGINT');
      }),
    });
    expect(performed.exitCode).toBe(130);
    expectClean(site, performed, '2');
  });

  it('ends what an interrupted run has left, before it begins', async () => {
    const site = await started();
    await site.perform('reload', {
      onEvent: when('successor-holds', (run) => {
        run.kill();
      }),
    });
    expect(site.successor).toBeDefined();
    const performed = await site.perform('reload');
    expect(performed.exitCode).toBe(0);
    expect(performed.events[0]).toMatchObject({
      event: 'plan',
      plan: { notes: [{ code: 'overlap-is-default' }, { code: 'leftover-successor' }] },
    });
    expectClean(site, performed, '2');
  });

  it('brings the program back where the old instance crashes while the new one boots', async () => {
    const site = await started();
    const performed = await site.perform('reload', {
      onEvent: when('successor-boots', () => {
        const { master } = site;
        if (master !== undefined) site.kernel.kill(site.kernel.init, master.proc, 'SIGKILL');
      }),
    });
    expect(performed.exitCode).toBe(0);
    expectClean(site, performed, '2');
  });
});

describe('a hard restart where the supervisor owns the sockets', () => {
  it('lets connections wait and refuses none', async () => {
    const site = await started();
    const began = site.clock.nowMs;
    const performed = await site.perform('hard-restart');
    expect(performed.exitCode).toBe(0);
    expectClean(site, performed, '2');
    expect(site.serving.gapsSince(began).map(({ kind }) => kind)).toEqual(['stalled']);
  });

  it('does not take an end after stopwaitsecs for a KILL where requests have longer', async () => {
    const site = await started({
      program: { stopwaitsecs: 2 },
      config: { gracefulTimeout: 20 },
      requestMs: 6000,
    });
    const performed = await site.perform('stop');
    expect(performed.exitCode).toBe(0);
    expect(site.cutOff).toEqual([]);
  });
});
