import {
  cpSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { celeryForTests } from '../../rig/servers/celery.ts';
import type { FoundServer } from '../../rig/servers/found-server.ts';
import { granianForTests } from '../../rig/servers/granian.ts';
import { hypercornForTests } from '../../rig/servers/hypercorn.ts';
import { pumaForTests } from '../../rig/servers/puma.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { unicornForTests } from '../../rig/servers/unicorn.ts';
import { uvicornForTests } from '../../rig/servers/uvicorn.ts';
import { uwsgiForTests } from '../../rig/servers/uwsgi.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startWatchedLoad } from '../reload/support/under-load.ts';

/** What a command told a person, on one line. */
const said = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
  (stdout + stderr).replaceAll(/\s+/g, ' ');

/** The code goes to releases/r1, behind a link `current` that directory= names. */
const inReleases = {
  edit: (text: string) => text.replace('directory=%(here)s', 'directory=%(here)s/current'),
  prepare: (directory: string) => {
    const release = join(directory, 'releases', 'r1');
    mkdirSync(release, { recursive: true });
    for (const name of readdirSync(directory)) {
      if (name === 'supervisord.conf' || name === 'releases' || name.startsWith('.')) continue;
      renameSync(join(directory, name), join(release, name));
    }
    symlinkSync('releases/r1', join(directory, 'current'));
  },
};

/** Makes releases/r2 from the first release and moves the link to it. */
function deploy({ directory }: ServerSite, change: (release: string) => void): void {
  const release = join(directory, 'releases', 'r2');
  cpSync(join(directory, 'releases', 'r1'), release, {
    recursive: true,
    filter: (source) => !source.endsWith('.fifo'),
  });
  change(release);
  symlinkSync('releases/r2', join(directory, 'current.new'));
  renameSync(join(directory, 'current.new'), join(directory, 'current'));
}

const SERVERS: ReadonlyArray<readonly [name: string, server: FoundServer | undefined]> = [
  ['uvicorn', await uvicornForTests()],
  ['hypercorn', await hypercornForTests()],
  ['granian', await granianForTests()],
  ['puma', await pumaForTests()],
  ['unicorn', await unicornForTests()],
  ['uwsgi', await uwsgiForTests()],
];

const celery = await celeryForTests();

describe('the offered release serves, or the same processes do, behind a link that has moved', () => {
  for (const [fixture, server] of SERVERS) {
    test
      .skipIf(server === undefined)
      .concurrent(
        `${fixture}: reload is refused, restart loads the new release`,
        async (context) => {
          const site = await serverSiteForTest({ server, fixture, ...inReleases }, context);
          const { startTicks } = await site.master();
          const load = await startWatchedLoad(site);
          deploy(site, (release) => {
            writeFileSync(join(release, 'version.txt'), 'v2\n');
          });
          const refused = await site.reloadctl(['reload', fixture]);
          expect(refused.code, said(refused)).toBe(10);
          expect(said(refused)).toMatch(/releases\/r1.*releases\/r2/);
          expect((await site.master()).startTicks).toBe(startTicks);
          await load.waitMore();
          await load.stopWithoutFailure();
          const restarted = await site.reloadctl(['restart', fixture]);
          expect(restarted.code, site.report()).toBe(0);
          expect((await site.get()).version).toBe('v2');
        },
      );
  }

  const startCelery = async (context: TestContext): Promise<ServerSite> => {
    const options = { server: celery, fixture: 'celery', until: 'running' } as const;
    const site = await serverSiteForTest({ ...options, ...inReleases }, context);
    await waitFor('celery to be ready', () => site.readFile('celery.log').includes('ready.'), {
      ceilingMs: 30_000,
    });
    return site;
  };

  test
    .skipIf(celery === undefined)
    .concurrent(
      'celery: a release that does not import is refused, and a gone one as well',
      async (context) => {
        const site = await startCelery(context);
        const { pid } = await site.program();
        deploy(site, (release) => {
          writeFileSync(join(release, 'tasks.py'), 'import no_such_module\n');
        });
        for (const words of [
          ['check', 'celery'],
          ['restart', 'celery'],
        ]) {
          const refused = await site.reloadctl(words);
          expect(refused.code, said(refused)).toBe(10);
          expect(said(refused)).toContain('no_such_module');
        }
        rmSync(join(site.directory, 'current'));
        const gone = await site.reloadctl(['restart', 'celery']);
        expect(gone.code, said(gone)).toBe(10);
        expect(said(gone)).toMatch(/current.*leads nowhere/);
        expect((await site.program()).pid).toBe(pid);
        symlinkSync('releases/r1', join(site.directory, 'current'));
        const restarted = await site.reloadctl(['restart', 'celery']);
        expect(restarted.code, site.report()).toBe(0);
      },
    );

  test
    .skipIf(celery === undefined)
    .concurrent('celery: check --directory looks at a release aside', async (context) => {
      const site = await startCelery(context);
      const release = join(site.directory, 'releases', 'r2');
      cpSync(join(site.directory, 'releases', 'r1'), release, { recursive: true });
      const good = await site.reloadctl(['check', 'celery', '--directory', release]);
      expect(good.code, said(good)).toBe(0);
      writeFileSync(join(release, 'tasks.py'), 'import no_such_module\n');
      const bad = await site.reloadctl(['check', 'celery', '--directory', release]);
      expect(bad.code, said(bad)).toBe(10);
      expect(said(bad)).toContain('no_such_module');
    });
});
