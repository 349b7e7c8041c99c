import { describe, expect, it } from 'vitest';
import type { Proc } from '../../../../src/os/proc.ts';
import { gunicorn } from '../../../../src/servers/gunicorn/gunicorn.ts';
import { findServer, type ServerSearch } from '../../../../src/servers/recognise.ts';
import { FakeOs } from '../../../fake/fake-os.ts';
import type { Execution, Image } from '../../../fake/kernel.ts';
import type { FakeProcess } from '../../../fake/process.ts';
import { Site, type SiteOptions } from '../../../fake/site.ts';
import { wrapperImage } from '../../../fake/wrapper.ts';

/** `depth` processes around gunicorn. */
const nested =
  (depth: number) =>
  (argv: readonly string[], image: Image): Image => {
    let outermost = { argv, image };
    for (let level = 0; level < depth; level += 1) {
      outermost = { argv: ['/bin/sh', 'start'], image: wrapperImage(outermost, outermost.image) };
    }
    return outermost.image;
  };

interface Found {
  readonly site: Site;
  readonly search: ServerSearch;
}

async function search(
  options: SiteOptions,
  prepare: (site: Site, os: FakeOs) => void | Promise<void> = () => undefined,
): Promise<Found> {
  const site = new Site(options);
  await site.start();
  return { site, search: await searchIn(site, prepare) };
}

async function searchIn(
  site: Site,
  prepare: (site: Site, os: FakeOs) => void | Promise<void> = () => undefined,
): Promise<ServerSearch> {
  const os = new FakeOs(site.machine, observerOf(site));
  await prepare(site, os);
  const { proc } = site.subprocess;
  if (proc === undefined) throw new Error('the program does not run');
  return site.clock.run(findServer(os, proc.describe(), [gunicorn]));
}

function observerOf(site: Site): FakeProcess {
  const execution: Execution = { argv: ['reloadctl'], env: {}, cwd: '/' };
  return site.kernel.spawn(site.kernel.init, execution, () => undefined, { uid: 0 });
}

const pidOf = (found: ServerSearch): Proc['pid'] | undefined =>
  found.found === 'server' ? found.live.proc.pid : undefined;

describe('findServer, of a gunicorn', () => {
  it.each([
    ['the supervised process itself', {}],
    ['below sh', { wrap: nested(1) }],
    ['below env, newrelic-admin and a start script', { wrap: nested(3) }],
    ['below five wrappers', { wrap: nested(5) }],
    ['with its title rewritten', { setproctitle: true }],
    ['with its title rewritten, below sh', { setproctitle: true, wrap: nested(1) }],
    ['of the newer flavour', { flavour: '26.1.0' }],
    ['with a single worker', { config: { workers: 1 } }],
  ] as ReadonlyArray<readonly [string, SiteOptions]>)('finds %s', async (_name, options) => {
    const { site, search: found } = await search(options);
    expect(found).toMatchObject({ found: 'server' });
    expect(pidOf(found)).toBe(site.master?.proc.pid);
  });

  it('gives up below six wrappers', async () => {
    const { search: found } = await search({ wrap: nested(6) });
    expect(found).toEqual({ found: 'none' });
  });

  it('knows a master by its argv and its signals where its files are closed to us', async () => {
    const { site, search: found } = await search({}, (_site, os) => {
      os.denials.details = true;
    });
    expect(found).toMatchObject({ found: 'server' });
    expect(pidOf(found)).toBe(site.master?.proc.pid);
  });

  it('knows a master by its title where its files are closed to us', async () => {
    const { search: found } = await search({ setproctitle: true }, (_site, os) => {
      os.denials.details = true;
    });
    expect(found).toMatchObject({ found: 'server' });
  });

  it('finds the first master while a second one serves below it', async () => {
    const { site, search: found } = await search({}, async (where) => {
      const { master } = where;
      if (master === undefined) throw new Error('no master');
      where.kernel.kill(where.kernel.init, master.proc, 'SIGUSR2');
      await where.clock.pass(2000);
      expect(where.bridge).toBeDefined();
    });
    expect(pidOf(found)).toBe(site.subprocess.proc?.pid);
  });

  it('says that gunicorn boots while its handlers are not there', async () => {
    const site = new Site();
    site.subprocess.spawn();
    await site.clock.pass(50);
    expect(await searchIn(site)).toMatchObject({ found: 'booting' });
    await site.clock.pass(1000);
    expect(await searchIn(site)).toMatchObject({ found: 'server' });
  });

  it('finds a promoted master', async () => {
    const site = new Site();
    await site.start();
    const first = site.master?.proc;
    if (first === undefined) throw new Error('no master');
    site.kernel.kill(site.kernel.init, first, 'SIGUSR2');
    await site.clock.pass(2000);
    const second = site.bridge?.proc;
    site.kernel.kill(site.kernel.init, first, 'SIGKILL');
    await site.clock.pass(3000);
    const os = new FakeOs(site.machine, observerOf(site));
    if (second === undefined) throw new Error('no second master');
    const found = await site.clock.run(findServer(os, second.describe(), [gunicorn]));
    expect(pidOf(found)).toBe(second.pid);
  });

  it.each([
    ['a server that catches the same signals', ['/usr/sbin/nginx']],
    ['a program that only looks like gunicorn in its arguments', ['/bin/sh', 'gunicorn']],
  ])('is not taken in by %s', async (_name, argv) => {
    const decoy: Image = (_kernel, proc) => {
      proc.argv = argv;
      for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU', 'SIGWINCH'] as const) {
        proc.handlers.set(signal, () => undefined);
      }
    };
    const site = new Site({ instead: decoy });
    site.subprocess.spawn();
    await site.clock.pass(100);
    expect(await searchIn(site)).toEqual({ found: 'none' });
  });

  it('does not take another process of the same pid', async () => {
    const site = new Site();
    await site.start();
    const { proc } = site.subprocess;
    if (proc === undefined) throw new Error('the program does not run');
    const os = new FakeOs(site.machine, observerOf(site));
    const other = { pid: proc.pid, startTicks: proc.startTicks + 1 };
    expect(await site.clock.run(findServer(os, other, [gunicorn]))).toEqual({ found: 'none' });
  });
});
