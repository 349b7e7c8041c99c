import { describe, expect, it } from 'vitest';
import { gunicorn } from '../../../../src/servers/gunicorn/gunicorn.ts';
import { ServerObserver } from '../../../../src/servers/observe-server.ts';
import { resolveType } from '../../../../src/servers/resolve-type.ts';
import type { ServerView } from '../../../../src/servers/server-view.ts';
import { FakeOs } from '../../../fake/fake-os.ts';
import type { FakeProcess } from '../../../fake/process.ts';
import { sampleLive } from '../sample-live.ts';
import { goodCode, Site, type SiteOptions } from '../../../fake/site.ts';

const FLAVOURS = ['20.1.0', '26.1.0'] as const;

/** Somebody who looks at the master of a site again and again. */
class Watch {
  readonly site: Site;
  readonly os: FakeOs;
  readonly #observer: ServerObserver;
  readonly #master: FakeProcess;

  private constructor(site: Site, master: FakeProcess) {
    this.site = site;
    this.#master = master;
    const execution = { argv: ['reloadctl'], env: {}, cwd: '/' };
    const me = site.kernel.spawn(site.kernel.init, execution, () => undefined);
    this.os = new FakeOs(site.machine, me);
    this.#observer = new ServerObserver(this.os, resolveType(gunicorn, sampleLive()));
  }

  static async open(options: SiteOptions): Promise<Watch> {
    const site = new Site(options);
    await site.start();
    const master = site.master?.proc;
    if (master === undefined) throw new Error('no master');
    return new Watch(site, master);
  }

  look(): Promise<ServerView | undefined> {
    return this.site.clock.run(this.#observer.look(this.#master.describe()));
  }

  async readiness(): Promise<ReadonlyArray<boolean | undefined>> {
    return ((await this.look())?.workers ?? []).map(({ ready }) => ready);
  }

  signal(signal: NodeJS.Signals): void {
    this.site.kernel.kill(this.site.kernel.init, this.#master, signal);
  }
}

describe.each(FLAVOURS)('ServerObserver, gunicorn %s', (flavour) => {
  it('sees the workers, oldest first, and no bridge', async () => {
    const watch = await Watch.open({ flavour, config: { workers: 3 } });
    const view = await watch.look();
    expect(view?.workers.map(({ proc }) => proc.pid)).toEqual(
      watch.site.master?.workers.map(({ proc }) => proc.pid),
    );
    expect(view?.bridge).toBeUndefined();
    expect(view?.seesReadiness).toBe(true);
  });

  it('calls a worker ready when it has entered its loop, to the moment', async () => {
    const watch = await Watch.open({ flavour, config: { workers: 1 }, code: goodCode('1', 2000) });
    expect(await watch.readiness()).toEqual([true]);
    watch.signal('SIGTTIN');
    await watch.site.clock.pass(1990);
    expect(await watch.readiness()).toEqual([true, false]);
    await watch.site.clock.pass(20);
    expect(await watch.readiness()).toEqual([true, true]);
  });

  it('never calls a worker ready that hangs while it imports', async () => {
    const watch = await Watch.open({ flavour, config: { workers: 1 } });
    watch.site.installation.code.set('', { version: '2', bootMs: 0, fate: { is: 'hangs' } });
    watch.signal('SIGTTIN');
    await watch.site.clock.pass(25_000);
    expect(await watch.readiness()).toEqual([true, false]);
  });

  it('sees a bridge with its own workers, and counts neither among those of the master', async () => {
    const watch = await Watch.open({ flavour, config: { workers: 2 } });
    watch.signal('SIGUSR2');
    await watch.site.clock.pass(3000);
    const view = await watch.look();
    expect(view?.workers).toHaveLength(2);
    expect(view?.bridge?.proc.pid).toBe(watch.site.bridge?.proc.pid);
    expect(view?.bridge?.workers.map(({ ready }) => ready)).toEqual([true, true]);
  });

  it.each([1, 2])(
    'takes a bridge for nothing else at any moment of its birth (%i)',
    async (workers) => {
      const watch = await Watch.open({ flavour, config: { workers } });
      watch.signal('SIGUSR2');
      let appeared = false;
      for (let waited = 0; waited < 400; waited += 3) {
        const view = await watch.look();
        expect(view?.workers).toHaveLength(workers);
        if (appeared) expect(view?.bridge).toBeDefined();
        appeared = view?.bridge !== undefined;
        await watch.site.clock.pass(1);
      }
      expect(appeared).toBe(true);
    },
  );

  it('says that the master is gone', async () => {
    const watch = await Watch.open({ flavour });
    watch.signal('SIGKILL');
    expect(await watch.look()).toBeUndefined();
  });

  it('says that readiness cannot be seen where files are closed, and still sees who is there', async () => {
    const watch = await Watch.open({ flavour, config: { workers: 2 } });
    watch.os.denials.details = true;
    const view = await watch.look();
    expect(view?.seesReadiness).toBe(false);
    expect(view?.workers.map(({ ready }) => ready)).toEqual([undefined, undefined]);
  });

  it('tells a bridge from a worker by its signals where files are closed, after a second', async () => {
    const watch = await Watch.open({ flavour, config: { workers: 2 } });
    watch.os.denials.details = true;
    watch.signal('SIGUSR2');
    await watch.site.clock.pass(500);
    expect((await watch.look())?.bridge).toBeUndefined();
    await watch.site.clock.pass(1000);
    const view = await watch.look();
    expect(view?.workers).toHaveLength(2);
    expect(view?.bridge?.proc.pid).toBe(watch.site.bridge?.proc.pid);
  });
});
