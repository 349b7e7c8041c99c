import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { startLoad } from '../../rig/load.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { reservePort } from '../../rig/site/ports.ts';
import { get } from '../../rig/site/get.ts';
import type { Site } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { eventsOf } from './support/events.ts';
import { startFailoverProxy } from './support/failover-proxy.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();
const LISTENER = join(import.meta.dirname, 'support', 'slow-listener.py');
const MEMBERS = ['a', 'b', 'c'] as const;

const group = (members: string): string =>
  `[group:pool]\nprograms=${MEMBERS.join(',')}\n${members}\n[reloadctl:pool]\nsettle=0.2\n`;

/** Three single-process programs that share a port. */
const sharing = (port: number): string =>
  group(
    MEMBERS.map(
      (name) => `[program:${name}]\ncommand=python3 ${LISTENER} ${port} 1.2\nstartsecs=0\n`,
    ).join(''),
  );

/** Three gunicorns of one worker, each behind a socket of its own. */
const BEHIND_A_PROXY = group(
  MEMBERS.map(
    (name) =>
      `[program:${name}]\ncommand=gunicorn -w 1 --graceful-timeout 10 -b unix:%(here)s/${name}.sock wsgi:app\ndirectory=%(here)s\nenvironment=HOME="%(here)s/${name}"\nstartsecs=1\nstopwaitsecs=15\n`,
  ).join(''),
);

/** More than all sockets that listen on a machine need in /proc/net/tcp. */
const MAX_LISTENERS_BYTES = 128 * 1024;

/**
 * How many sockets listen on a port of 127.0.0.1 (state 0A). Those that listen stand first (net/ipv4/tcp_ipv4.c, tcp_seq_start); the rest of the
 * file, which may have ten thousand connections that have ended, is not read.
 */
function listenersOn(port: number): number {
  const file = openSync('/proc/net/tcp', 'r');
  try {
    const head = Buffer.alloc(MAX_LISTENERS_BYTES);
    let length = 0;
    for (;;) {
      const count = readSync(file, head, length, Math.min(4096, head.length - length), null);
      length += count;
      // The last one that is whole.
      const last = head.toString('latin1', 0, length).split('\n').at(-2) ?? '';
      if (count === 0 || !/ 0A |local_address/.test(last)) break;
    }
    const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    return head
      .toString('latin1', 0, length)
      .split('\n')
      .filter((line) => line.includes(` ${address} 00000000:0000 0A `)).length;
  } finally {
    closeSync(file);
  }
}

const pidsOf = async (site: Site): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries((await site.programs()).map(({ name, pid }) => [name, pid]));

describe.each(['supervisord', 'reloadctl'] as const)(
  'programs that stand in for each other, under %s',
  (supervisor) => {
    const open = (extraConf: string, context: TestContext): Promise<Site> =>
      siteForTest({ supervisor, python: 'newest', mailer: false, extraConf }, 'serving', context);

    const testIt = test.skipIf(missing.has('newest')).concurrent;

    testIt(
      'on one port: restarted one after the other, when the one before listens',
      async (context) => {
        const reserved = await reservePort();
        context.onTestFinished(() => reserved.release());
        const { port } = reserved;
        const site = await open(sharing(port), context);
        await waitFor('all three to listen', () => listenersOn(port) === 3 || undefined, {
          observe: () => listenersOn(port),
        });
        const before = await pidsOf(site);
        const load = await startLoad({ url: `http://127.0.0.1:${port}`, ratePerSecond: 25 });
        await load.waitFirst();
        let fewest = 3;
        const watch = setInterval(() => {
          fewest = Math.min(fewest, listenersOn(port));
        }, 20);
        context.onTestFinished(() => {
          clearInterval(watch);
        });
        const restarted = await site.reloadctl(['restart', 'pool:*']);
        clearInterval(watch);
        const { refused, ok } = await load.stop();
        expect(restarted.code, site.report()).toBe(0);
        expect(restarted.stdout).toMatch(/\nrestart: all 3 restarted \(/);
        expect(fewest).toBe(2);
        expect(listenersOn(port)).toBe(3);
        // What waits at the socket of the one that ends, the kernel resets; nobody finds no one listening.
        expect(refused).toBe(0);
        expect(ok).toBeGreaterThan(0);
        const after = await pidsOf(site);
        for (const name of MEMBERS) expect(after[name]).not.toBe(before[name]);
      },
    );

    testIt(
      'behind a proxy: reloaded and restarted one after the other, and no request fails',
      async (context) => {
        const site = await open(BEHIND_A_PROXY, context);
        const sockets = MEMBERS.map((name) => join(site.directory, `${name}.sock`));
        const versions = (): Promise<readonly string[]> =>
          Promise.all(
            sockets.map(async (socketPath) => {
              const { version } = await get({ url: 'http://localhost', socketPath }, '/', 20_000);
              return version;
            }),
          );
        await waitFor('all three to serve', async () => {
          const all = await versions().catch(() => []); // One of them does not listen yet.
          return all.length === 3 || undefined;
        });
        const proxy = await startFailoverProxy(sockets, context);
        const load = await startWatchedLoad({
          load: (more) => startLoad({ url: proxy.url, ...more }),
        });

        // Code that does not boot: the first is refused, nobody else is asked.
        site.setVersion('broken', { broken: 'import-error' });
        const before = await pidsOf(site);
        const refused = await site.reloadctl(['reload', 'pool:*']);
        expect(refused.code, site.report()).toBe(10);
        expect(refused.stdout).toContain('reload: 0 of 3 reloaded, stopped at pool:a (exit 10)\n');
        expect(refused.stderr).toMatch(/ {2}not begun +pool:b, pool:c\n/);
        expect(await pidsOf(site)).toEqual(before);
        expect(await versions()).toEqual(['v1', 'v1', 'v1']);

        site.setVersion('v2');
        const reloaded = await site.reloadctl(['reload', 'pool:*', '--json']);
        expect(reloaded.code, site.report()).toBe(0);
        expect(await versions()).toEqual(['v2', 'v2', 'v2']);
        // One after the other: each target's events stand together.
        const targets = eventsOf(reloaded).flatMap(({ target }) =>
          typeof target === 'string' ? [target] : [],
        );
        expect(targets.filter((target, index) => target !== targets[index - 1])).toEqual([
          'pool:a',
          'pool:b',
          'pool:c',
        ]);

        // Three at a time where that is asked for: each begins before the first has ended.
        site.setVersion('v3');
        const together = await site.reloadctl(['reload', 'pool:*', '--parallel', '3', '--json']);
        expect(together.code, site.report()).toBe(0);
        const kinds = eventsOf(together).map(({ event }) => event);
        expect(
          kinds.slice(0, kinds.indexOf('result')).filter((kind) => kind === 'plan'),
        ).toHaveLength(3);
        expect(await versions()).toEqual(['v3', 'v3', 'v3']);

        site.setVersion('v4');
        const restarted = await site.reloadctl(['restart', '--hard', 'pool:*']);
        expect(restarted.code, site.report()).toBe(0);
        expect(await versions()).toEqual(['v4', 'v4', 'v4']);
        await load.waitMore();
        await load.stopWithoutFailure();
        // The proxy had to do its part where nothing listened for a moment; the daemon keeps the sockets open.
        if (supervisor === 'supervisord') expect(proxy.passedOn()).toBeGreaterThan(0);
      },
    );
  },
);
