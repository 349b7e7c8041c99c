import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { openTestDaemon, valueOf } from '../daemon/support/open-daemon.ts';
import { socketSite } from '../daemon/support/socket-site.ts';
import { openLog } from '../../../src/daemon/server/open-log.ts';
import { NO_ACCOUNTS, testAccounts } from '../../rig/accounts.ts';
import { PATIENT } from '../../rig/load.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { waitFor } from '../../rig/wait-for.ts';

const accounts = testAccounts();
if (accounts === undefined) console.error(`skipped: files that the daemon touches: ${NO_ACCOUNTS}`);

describe.skipIf(accounts === undefined)(
  `files of a program of another user (${NO_ACCOUNTS})`,
  () => {
    const alice = accounts?.alice ?? { name: '', uid: 0, gid: 0 };
    const bob = accounts?.bob ?? alice;

    /** A gunicorn of alice's whose pid file and control socket are in a directory of hers, and a directory of root's. */
    async function begin(context: TestContext, more: Parameters<typeof siteForTest>[0] = {}) {
      const site = await siteForTest(
        {
          mailer: false,
          supervisor: 'reloadctl',
          user: alice,
          ...more,
          gunicornOptions: { pidfile: 'pids/g.pid', ...more.gunicornOptions },
        },
        'answering',
        context,
      );
      const pids = join(site.directory, 'pids');
      const closed = join(site.directory, 'closed');
      mkdirSync(closed, { mode: 0o755 });
      mkdirSync(pids);
      chownSync(pids, alice.uid, alice.gid);
      const daemon = socketSite(site);
      await daemon.stop().catch(() => undefined); // It may have ended by itself: it had no directory yet.
      await daemon.start();
      await waitFor('an answer', () => site.get().catch(() => undefined));
      /** What alice can do at any moment: another directory under the name of hers. */
      const swap = (): void => {
        renameSync(pids, join(site.directory, 'pids.old'));
        symlinkSync(closed, pids);
        lchownSync(pids, alice.uid, alice.gid);
      };
      return { site, daemon, pids, closed, swap };
    }

    it('the pid file of root in whose place the directory is put is not written', async (context) => {
      const { daemon, closed, swap } = await begin(context);
      writeFileSync(join(closed, 'g.pid'), 'precious');
      const pid = await daemon.startSuccessor();
      await daemon.waitForWorkers(pid);
      swap();
      await daemon.promote();
      await daemon.waitForState('the old one to be gone', ({ retiring }) => retiring.length === 0);
      expect(readFileSync(join(closed, 'g.pid'), 'utf8')).toBe('precious');
      expect(statSync(join(closed, 'g.pid')).uid).toBe(0);
      expect(readdirSync(closed)).toEqual(['g.pid']);
    });

    it('files of root with the names of those of an instance stay when it ends', async (context) => {
      const { daemon, pids, closed, swap } = await begin(context);
      const pid = await daemon.startSuccessor();
      await daemon.waitForWorkers(pid);
      const [own = ''] = readdirSync(pids).filter((name) => name.startsWith('g.pid.'));
      for (const name of ['g.pid', own]) writeFileSync(join(closed, name), `${pid}\n`);
      swap();
      await daemon.abandon();
      await daemon.waitForState('it to be gone', ({ successor }) => successor === 0);
      expect(readdirSync(closed).sort()).toEqual(['g.pid', own].sort());
    });

    it('a FIFO in the place of the pid file holds nothing up', async (context) => {
      const { site, daemon, pids } = await begin(context);
      const pid = await daemon.startSuccessor();
      await daemon.waitForWorkers(pid);
      rmSync(join(pids, 'g.pid'));
      execFileSync('mkfifo', [join(pids, 'g.pid')]);
      chownSync(join(pids, 'g.pid'), alice.uid, alice.gid);
      await daemon.abandon();
      await daemon.waitForState('it to be gone', ({ successor }) => successor === 0);
      expect((await site.get()).version).toBe('v1');
      rmSync(join(pids, 'g.pid'));
    });

    it.for([{ bind: 'unix' as const }, { bind: 'tcp' as const }])(
      'at 200 requests a second on $bind an overlap fails none, and all files are right afterwards',
      async ({ bind }, context) => {
        const { site, daemon, pids } = await begin(context, { bind });
        const load = await site.load({ ratePerSecond: 200, ...PATIENT });
        await load.waitFirst();
        site.setVersion('v2');
        const last = [await daemon.overlap(), await daemon.overlap()].at(-1);
        const seen = await load.stop();
        expect(seen.failed, seen.errors.join('; ')).toBe(0);
        const owned = (path: string) => {
          const { uid, gid, mode } = lstatSync(path);
          return { uid, gid, mode: mode & 0o777 };
        };
        expect(readFileSync(join(pids, 'g.pid'), 'utf8')).toBe(`${last}\n`);
        expect(owned(join(pids, 'g.pid'))).toEqual({ uid: alice.uid, gid: alice.gid, mode: 0o644 });
        expect(readdirSync(pids).filter((name) => !/^g\.pid(\.reload-\w+)?$/.test(name))).toEqual(
          [],
        );
        if (bind === 'unix') {
          expect(owned(join(site.directory, 'usercenter.sock'))).toEqual({
            uid: alice.uid,
            gid: alice.gid,
            mode: 0o777,
          });
        }
        const controls = join(site.directory, '.gunicorn');
        const link = await waitFor('the control socket', () =>
          lstatSync(join(controls, 'gunicorn.ctl'), { throwIfNoEntry: false }),
        );
        expect(link.uid).toBe(alice.uid);
        expect(statSync(join(controls, 'gunicorn.ctl')).isSocket()).toBe(true);
      },
    );

    describe('a log in a directory of the program’s user', () => {
      async function logging(context: TestContext, options: string) {
        const directory = mkdtempSync(join(tmpdir(), 'reloadctl-trust-'));
        chmodSync(directory, 0o755);
        const home = join(directory, 'home');
        const closed = join(directory, 'closed');
        mkdirSync(join(home, 'logs'), { recursive: true });
        for (const path of [home, join(home, 'logs')]) chownSync(path, alice.uid, alice.gid);
        mkdirSync(closed, { mode: 0o755 });
        writeFileSync(join(closed, 'p.log'), 'precious\n', { mode: 0o600 });
        const log = join(home, 'logs/p.log');
        const test = await openTestDaemon(
          context,
          `[program:p]\ncommand=/bin/sh -c "while read line; do echo $line; done"\nuser=${alice.name}\nautostart=false\n` +
            `startretries=0\nstdout_logfile=${log}\nstderr_logfile=NONE\n${options}`,
        );
        context.onTestFinished(() => {
          rmSync(directory, { recursive: true, force: true });
        });
        return { test, home, closed, log };
      }

      it('is not written, made or cleared through a link of that user’s', async (context) => {
        const { test, home, closed, log } = await logging(context, '');
        symlinkSync(join(closed, 'p.log'), log);
        lchownSync(log, alice.uid, alice.gid);
        valueOf(test.daemon.groups.find('p', 'p')).start();
        await waitFor('an error', () =>
          test.daemon.groups.member('p', 'p')?.process.snapshot.spawnError === ''
            ? undefined
            : true,
        );
        rmSync(log);
        rmSync(join(home, 'logs'), { recursive: true });
        symlinkSync(closed, join(home, 'logs'));
        lchownSync(join(home, 'logs'), alice.uid, alice.gid);
        rmSync(join(closed, 'p.log'));
        await test.waitForState('p', 'FATAL');
        valueOf(test.daemon.groups.find('p', 'p')).start();
        await waitFor('another error', () =>
          test.daemon.groups.member('p', 'p')?.process.snapshot.spawnError === ''
            ? undefined
            : true,
        );
        expect(readdirSync(closed)).toEqual([]);
      });

      it('is neither rotated nor reopened in another directory', async (context) => {
        const { test, home, closed } = await logging(
          context,
          'stdout_logfile_maxbytes=20\nstdout_logfile_backups=2\n',
        );
        valueOf(test.daemon.groups.find('p', 'p')).start();
        await test.waitForState('p', 'RUNNING');
        renameSync(join(home, 'logs'), join(home, 'logs.old'));
        symlinkSync(closed, join(home, 'logs'));
        lchownSync(join(home, 'logs'), alice.uid, alice.gid);
        valueOf(test.daemon.groups.find('p', 'p')).writeStdin(`${'x'.repeat(40)}\n`);
        await waitFor('the trouble', () => test.read('s.log').includes('cannot be') || undefined);
        valueOf(test.daemon.groups.find('p', 'p')).writeStdin(`${'y'.repeat(40)}\n`);
        await sleep(200); // What must not happen has no event.
        expect(readdirSync(closed)).toEqual(['p.log']);
        expect(readFileSync(join(closed, 'p.log'), 'utf8')).toBe('precious\n');
      });

      it('is not shown through a link to a file of root’s, and is through one to a file of that user’s', async (context) => {
        const { home, closed, log } = await logging(context, '');
        symlinkSync(join(closed, 'p.log'), log);
        lchownSync(log, alice.uid, alice.gid);
        expect(await openLog(log)).toBeUndefined();
        rmSync(log);
        appendFileSync(join(home, 'real.log'), 'mine\n');
        chownSync(join(home, 'real.log'), alice.uid, alice.gid);
        symlinkSync('../real.log', log);
        lchownSync(log, alice.uid, alice.gid);
        const opened = await openLog(log);
        expect(opened?.size).toBe(5);
        await opened?.file.close();
        chownSync(join(home, 'real.log'), bob.uid, bob.gid);
        expect(await openLog(log)).toBeUndefined();
      });
    });
  },
);
