import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site, SiteOptions } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectOverlapped, expectReplaced, lookAtServed } from './support/served.ts';
import { startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();
const LISTENER = join(import.meta.dirname, 'support', 'slow-listener.py');

/** Longer than startsecs: RUNNING comes long before it listens. */
const BOOT_SECONDS = 1.2;

const SUPERVISORS = ['supervisord', 'reloadctl'] as const;

/** Three processes of one section, each behind a socket of its own as behind a proxy, and a program of each priority around them. */
const WEB = `
[program:web]
command=python3 ${LISTENER} %(here)s/web-%(process_num)d.sock ${BOOT_SECONDS} %(here)s/status-%(process_num)d
process_name=web_%(process_num)d
numprocs=3
startsecs=0
priority=500
[program:first]
command=/bin/sleep 1000
startsecs=0
priority=1
[program:last]
command=/bin/sleep 1000
startsecs=0
[program:idle]
command=/bin/sleep 1000
autostart=false
[reloadctl:web]
settle=0.2
[reloadctl:first]
settle=0.1
[reloadctl:last]
settle=0.1
`;

/** Each process is asked for itself: nothing else tells that a program of an unknown type, which never listened before, serves. */
const WEB_WITH_HEALTH = WEB.replace(
  '[reloadctl:web]\n',
  '[reloadctl:web]\nhealth_url=unix:%(here)s/web-%(process_num)d.sock:/\n',
);

const socketsOf = (site: Site): readonly string[] =>
  [0, 1, 2].map((number) => join(site.directory, `web-${number}.sock`));

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function siteWithWeb(options: SiteOptions, context: TestContext): Promise<Site> {
  const site = await siteForTest({ mailer: false, extraConf: WEB, ...options }, 'serving', context);
  await waitFor('all three to listen', async () => {
    const up = await Promise.all(socketsOf(site).map(answers));
    return up.every(Boolean) || undefined;
  });
  return site;
}

/** Looks every few milliseconds how many of the three take connections; resolves to the fewest when the test says so. */
function watchSockets(site: Site): { end(): Promise<number> } {
  const over = new AbortController();
  let fewest = 3;
  const watching = (async () => {
    while (!over.signal.aborted) {
      const up = await Promise.all(socketsOf(site).map(answers));
      fewest = Math.min(fewest, up.filter(Boolean).length);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  return {
    end: async () => {
      over.abort();
      await watching;
      return fewest;
    },
  };
}

const pidsOf = async (site: Site): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries((await site.programs()).map(({ name, pid }) => [name, pid]));

interface SeveralResult {
  readonly event: string;
  readonly exitCode: number;
  readonly target?: string;
  readonly targets?: ReadonlyArray<{ readonly target: string; readonly outcome: string }>;
}

const linesOf = (stdout: string): readonly SeveralResult[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SeveralResult);

describe.each(SUPERVISORS)('several programs under %s', (supervisor) => {
  const options = { supervisor, python: 'newest' } as const;

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'a group of single processes is restarted one after the other: the next when the one before serves',
      async (context) => {
        const site = await siteWithWeb(options, context);
        const before = await pidsOf(site);
        const watch = watchSockets(site);
        // Also when more at a time are allowed: they stand in for each other.
        const restarted = await site.reloadctl(['restart', 'web:*', '--parallel', '3', '--json']);
        const fewest = await watch.end();
        expect(restarted.code, site.report()).toBe(0);
        expect(fewest).toBe(2);
        const lines = linesOf(restarted.stdout);
        expect(lines.at(-1)).toMatchObject({
          event: 'result',
          exitCode: 0,
          targets: [
            { target: 'web:web_0', outcome: 'done' },
            { target: 'web:web_1', outcome: 'done' },
            { target: 'web:web_2', outcome: 'done' },
          ],
        });
        expect(lines.every(({ target, targets }) => (target ?? targets) !== undefined)).toBe(true);
        const after = await pidsOf(site);
        for (const name of ['web_0', 'web_1', 'web_2']) expect(after[name]).not.toBe(before[name]);
        expect(after.first).toBe(before.first);
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent('the first failure ends it, with what was and was not done', async (context) => {
      const site = await siteWithWeb({ ...options, extraConf: WEB_WITH_HEALTH }, context);
      const before = await pidsOf(site);
      writeFileSync(join(site.directory, 'status-1'), 'sick');
      const restarted = await site.reloadctl(['restart', 'last', 'web:*', 'first']);
      expect(restarted.code, site.report()).toBe(12);
      const sentences = restarted.stdout.trim().split('\n');
      expect(sentences[0]).toMatch(/^first: restarted/);
      expect(sentences[1]).toMatch(/^web:web_0: restarted/);
      expect(sentences[2]).toMatch(/^web:web_1: DEGRADED/);
      expect(sentences[3]).toBe('restart: 2 of 5 restarted, stopped at web:web_1 (exit 12)');
      expect(restarted.stderr).toMatch(
        /\n {2}done {9}first, web:web_0\n {2}DEGRADED {5}web:web_1\n {2}not begun {4}web:web_2, last\n$/,
      );
      const after = await pidsOf(site);
      expect(after.web_2).toBe(before.web_2);
      expect(after.last).toBe(before.last);
    });

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'reload all goes by priority, leaves alone what does not run, and stops where no reload is known',
      async (context) => {
        const extraConf = `[program:idle]\ncommand=/bin/sleep 1000\nautostart=false\npriority=1\n[program:other]\ncommand=/bin/sleep 1000\nstartsecs=0\npriority=2000\n`;
        const site = await siteForTest(
          { ...options, mailer: false, extraConf },
          'serving',
          context,
        );
        const load = await startWatchedLoad(site);
        const before = await lookAtServed(site);
        site.setVersion('v2');
        const reloaded = await site.reloadctl(['reload', 'all']);
        expect(reloaded.code, site.report()).toBe(10);
        expect(reloaded.stdout).toContain('reload: 1 of 3 reloaded, stopped at other (exit 10)\n');
        expect(reloaded.stderr).toMatch(/ {2}not running {2}idle\n/);
        // By a bridge the master stays; the daemon owns the sockets, so there another master takes its place.
        const expectNew = supervisor === 'supervisord' ? expectReplaced : expectOverlapped;
        await expectNew(site, before, { version: 'v2', count: 2 });
        await load.waitMore();
        await load.stopWithoutFailure();
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent('stops and starts them all at a time', async (context) => {
      const site = await siteWithWeb({ ...options, extraConf: WEB_WITH_HEALTH }, context);
      const stopped = await site.reloadctl(['stop', 'web:*', 'first', '--parallel', '4']);
      expect(stopped.code, site.report()).toBe(0);
      expect(stopped.stderr).toMatch(/(^|\n)stop: all 4 stopped \(/);
      // Lines of several that are at work at the same time say whose they are.
      expect(stopped.stderr).toMatch(/^ *[\d.]+s {2}first: /m);
      expect(await pidsOf(site)).toMatchObject({ web_0: 0, web_1: 0, web_2: 0, first: 0 });
      const started = await site.reloadctl(['start', 'web:*', '--parallel', '3', '--quiet']);
      expect(started, site.report()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(await Promise.all(socketsOf(site).map(answers))).toEqual([true, true, true]);
    });
});
