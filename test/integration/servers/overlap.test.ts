import { describe, expect, test, type TestContext } from 'vitest';
import { waitForEstablished } from '../../rig/servers/established.ts';
import type { FoundServer } from '../../rig/servers/found-server.ts';
import { daphneForTests } from '../../rig/servers/daphne.ts';
import { hypercornForTests } from '../../rig/servers/hypercorn.ts';
import { nodeForTests } from '../../rig/servers/node.ts';
import { pumaForTests } from '../../rig/servers/puma.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { unicornForTests } from '../../rig/servers/unicorn.ts';
import { uvicornForTests } from '../../rig/servers/uvicorn.ts';
import { eventsOf } from '../reload/support/events.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

/** A server that takes its socket from the daemon. */
interface Taker {
  readonly name: string;
  readonly server: FoundServer | undefined;
  /** How its command says so; nothing where it finds the socket by its address. */
  readonly edit?: (configuration: string) => string;
  /** When it is told to go it may close a connection that it has just accepted. */
  readonly resets?: true;
  /** What is put before the code, so that it does not load. */
  readonly broken: readonly [file: string, line: string];
}

const uvicorn: Taker = {
  name: 'uvicorn',
  server: await uvicornForTests(),
  edit: (text) => text.replace(/--host.*/, '--fd 3'),
  resets: true,
  broken: ['app.py', 'import nosuchmodule\n'],
};

const takers: readonly Taker[] = [
  uvicorn,
  {
    name: 'hypercorn',
    server: await hypercornForTests(),
    edit: (text) => text.replace(/--bind.*/, '--bind fd://3'),
    resets: true,
    broken: ['app.py', 'import nosuchmodule\n'],
  },
  {
    name: 'daphne',
    server: await daphneForTests(),
    edit: (text) => text.replace(/-b .* app:app/, '--fd 3 app:app'),
    resets: true,
    broken: ['app.py', 'import nosuchmodule\n'],
  },
  {
    name: 'unicorn',
    server: await unicornForTests(),
    broken: ['config.ru', "require 'nosuchlibrary'\n"],
  },
  {
    name: 'puma',
    server: await pumaForTests(),
    // One process.
    edit: (text) => text.replace('-C puma.rb', '-b tcp://127.0.0.1:%(ENV_PORT)s'),
    resets: true,
    broken: ['config.ru', "require 'nosuchlibrary'\n"],
  },
  { name: 'node', server: nodeForTests, broken: ['app.js', "require('nosuchmodule');\n"] },
];

const open = ({ name, server, edit }: Taker, context: TestContext): Promise<ServerSite> =>
  serverSiteForTest(
    {
      server,
      fixture: name,
      daemon: true,
      edit: (text) =>
        `${edit?.(text) ?? text}\n[reloadctl:${name}]\nsocket = 127.0.0.1:%(ENV_PORT)s\n`,
    },
    context,
  );

describe('under a supervisor that owns the socket', () => {
  for (const taker of takers) {
    const { name, server, broken } = taker;
    (server === undefined ? test.skip : test.concurrent)(
      `${name}: a second instance takes its place, and bad code changes nothing`,
      async (context) => {
        const site = await open(taker, context);
        const load = await startWatchedLoad(site);
        const before = await site.master();
        site.editFile('version.txt', () => 'v2\n');
        const reloaded = await site.reloadctl(['--json', 'reload', name]);
        expect(reloaded, site.report()).toMatchObject({ code: 0 });
        expect(reloaded.stdout).toContain('"strategy":"overlap"');
        expect((await site.get()).version).toBe('v2');
        const after = await site.master();
        expect(after.pid).not.toBe(before.pid);

        const [file, line] = broken;
        site.editFile(file, (text) => line + text);
        const refused = await site.reloadctl(['reload', name]);
        expect(refused.code, site.report()).toBe(10);
        expect((await site.master()).pid).toBe(after.pid);
        expect((await site.get()).version).toBe('v2');
        await load.waitMore();
        const summary =
          taker.resets === true ? await load.stopWithFewResets() : await load.stopWithoutFailure();
        await context.annotate(describeLoad(summary));
      },
    );
  }

  // The daemon would send the stop signal of the program: TERM, which both take for "at once".
  for (const name of ['unicorn', 'hypercorn']) {
    const taker = takers.find((each) => each.name === name);
    (taker?.server === undefined ? test.skip : test.concurrent)(
      `${name}: the request in flight is answered by the old instance, whatever the stop signal`,
      async (context) => {
        if (taker === undefined) return;
        const edit = (text: string): string =>
          (taker.edit?.(text) ?? text)
            .replace('stopsignal=QUIT', 'stopsignal=TERM')
            .replace('fd://3', 'fd://3 --workers 2 --graceful-timeout 30')
            .replace('startsecs=1', 'startsecs=1\nenvironment=SLOW_SECONDS="10"');
        const site = await open({ ...taker, edit }, context);
        const answer = site.get('/slow', 60_000);
        await waitForEstablished(site.port);
        site.editFile('version.txt', () => 'v2\n');
        const reloaded = await site.reloadctl(['reload', name]);
        expect(reloaded, site.report()).toMatchObject({ code: 0 });
        expect((await answer).body).toBe('v1\n');
        expect((await site.get()).version).toBe('v2');
      },
    );
  }

  // It lives for startsecs (1 s) long before it has loaded its application.
  (uvicorn.server === undefined ? test.skip : test.concurrent)(
    'the new instance is not taken for ready while it loads',
    async (context) => {
      const site = await open(uvicorn, context);
      site.editFile('app.py', (text) => `import time\ntime.sleep(4)\n${text}`);
      const reloaded = await site.reloadctl(['--json', 'reload', 'uvicorn']);
      expect(reloaded, site.report()).toMatchObject({ code: 0 });
      const steps = eventsOf(reloaded).filter(({ event }) => event === 'step-started');
      const startOf = (id: string): number =>
        steps.find(({ step }) => (step as { id: string }).id === id)?.atMs ?? NaN;
      expect(startOf('promote') - startOf('start-successor')).toBeGreaterThan(4000);
    },
  );
});
