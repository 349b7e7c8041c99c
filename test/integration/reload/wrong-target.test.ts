import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive, startTicksOf, signalProcess } from '../../rig/processes.ts';
import { stopSite } from '../../rig/site-for-test.ts';
import { setKeys } from '../../rig/site/ini-edit.ts';
import { createSite, type Site } from '../../rig/site.ts';
import { reservePort } from '../../rig/site/ports.ts';
import { ordinaryUser } from '../../rig/users.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectUntouched, lookAtServed, type Served } from './support/served.ts';

const missing = await missingPythons();

const user = ordinaryUser();
if (user === undefined) {
  console.error('skipped: targets of another user: not root, or no user who could execute node');
}

/** One way to ask for what cannot be done. */
interface WrongCase {
  readonly what: string;
  readonly args: (site: Site, scratch: string) => readonly string[];
  readonly code: number;
  /** In the one line that says what is wrong. */
  readonly says: RegExp;
}

const conf = (scratch: string, name: string, text: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
};

const CASES: readonly WrongCase[] = [
  {
    what: 'an unknown program',
    args: () => ['reload', 'usercentre'],
    code: 1,
    says: /usercentre: no such program/,
  },
  {
    what: 'several programs and no name',
    args: () => ['reload'],
    code: 2,
    says: /which program\? there are 2/,
  },
  {
    what: 'a pid that is none',
    args: () => ['reload', 'pid:many'],
    code: 2,
    says: /pid:many: not a process id/,
  },
  {
    what: 'a pid that nobody has',
    args: () => ['reload', 'pid:4194303'],
    code: 7,
    says: /there is no process 4194303/,
  },
  {
    what: 'a pid file that is not there',
    args: () => ['reload', 'pidfile:/nowhere/app.pid'],
    code: 1,
    says: /pidfile:\/nowhere\/app\.pid: no such file/,
  },
  {
    what: 'a pid file without a pid',
    args: (_, scratch) => ['reload', `pidfile:${conf(scratch, 'empty.pid', 'gunicorn\n')}`],
    code: 1,
    says: /holds no process id/,
  },
  {
    what: 'no configuration where it is named',
    args: () => ['-c', '/nowhere/supervisord.conf', 'reload', 'usercenter'],
    code: 2,
    says: /\/nowhere\/supervisord\.conf/,
  },
  {
    what: 'a configuration that does not parse',
    args: (_, scratch) => [
      ...['-c', conf(scratch, 'broken.conf', 'command=gunicorn\n[program:usercenter\n')],
      ...['reload', 'usercenter'],
    ],
    code: 2,
    says: /broken\.conf/,
  },
  {
    what: 'a setting of reloadctl that does not exist',
    args: (site, scratch) => {
      const url = `unix://${site.directory}/supervisor.sock`;
      const text = `[supervisord]\n[supervisorctl]\nserverurl=${url}\n[program:usercenter]\ncommand=gunicorn\n[reloadctl:usercenter]\nstrategie=bridge\n`;
      return ['-c', conf(scratch, 'typo.conf', text), 'reload', 'usercenter'];
    },
    code: 2,
    says: /strategie.*strategy|strategie/,
  },
  {
    what: 'no supervisord at the socket',
    args: () => ['-s', 'unix:///nowhere/supervisor.sock', 'reload', 'usercenter'],
    code: 1,
    says: /unix:\/\/\/nowhere\/supervisor\.sock/,
  },
  {
    what: 'no supervisord at the address',
    args: () => ['-s', 'http://127.0.0.1:1', 'reload', 'usercenter'],
    code: 1,
    says: /http:\/\/127\.0\.0\.1:1/,
  },
  {
    what: 'a strategy that does not exist',
    args: () => ['reload', 'usercenter', '--strategy', 'teleport'],
    code: 2,
    says: /--strategy is .teleport.; it has to be one of/,
  },
];

describe.skipIf(missing.has('newest'))('guarantee 7: no signal to the wrong process', () => {
  let site: Site;
  let before: Served;
  let scratch: string;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'reloadctl-scratch-'));
    site = await createSite();
    await site.start();
    before = await lookAtServed(site);
  });
  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await expectUntouched(site, before);
    await stopSite(site);
  });

  test.for(CASES)('$what: exit $code and one clear line', async ({ args, code, says }) => {
    const result = await site.reloadctl(args(site, scratch));
    const [first = '', ...rest] = result.stderr.split('\n').filter((line) => line !== '');
    expect(result.code, result.stderr).toBe(code);
    expect(first).toMatch(/^reloadctl: |^error: /);
    expect(result.stderr.replaceAll(/\s+/g, ' ')).toMatch(says);
    expect(rest.join('\n')).not.toMatch(/^\s+at /m);
    expect(result.stdout).toBe('');
    await expectUntouched(site, before);
  });

  test('the same as JSON', async () => {
    const result = await site.reloadctl(['--json', 'reload', 'usercentre']);
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ event: 'error', code: 'program-unknown' });
    expect(result.stderr).toBe('');
  });

  test('a pid file whose pid was given to another process', async () => {
    const other = spawn('sleep', ['60']);
    const id = { pid: other.pid ?? 0, startTicks: startTicksOf(other.pid ?? 0) ?? 0 };
    try {
      const path = conf(scratch, 'stale.pid', `${id.pid}\n`);
      utimesSync(path, new Date(), new Date(Date.now() - 3_600_000));
      const result = await site.reloadctl(['reload', `pidfile:${path}`]);
      expect(result.code, result.stderr).toBe(1);
      expect(result.stderr.replaceAll(/\s+/g, ' ')).toContain('is younger than the file');
      expect(isAlive(id)).toBe(true);
    } finally {
      signalProcess(id, 'SIGKILL');
    }
  });

  test('a process that is no server, and one that does not catch the signal', async () => {
    const other = spawn('sleep', ['60']);
    const id = { pid: other.pid ?? 0, startTicks: startTicksOf(other.pid ?? 0) ?? 0 };
    try {
      const reload = await site.reloadctl(['reload', `pid:${id.pid}`]);
      expect(reload.code, reload.stderr).toBe(10);
      expect(reload.stderr.replaceAll(/\s+/g, ' ')).toContain(
        'is not a server whose type is known',
      );
      const signal = await site.reloadctl(['signal', 'HUP', `pid:${id.pid}`]);
      expect(signal.code, signal.stderr).toBe(10);
      expect(signal.stderr).toContain('does not catch SIGHUP');
      expect(isAlive(id)).toBe(true);
    } finally {
      signalProcess(id, 'SIGKILL');
    }
  });

  test('a worker in place of its master', async () => {
    const [worker] = before.workers;
    const result = await site.reloadctl(['reload', `pid:${worker?.pid ?? 0}`]);
    expect(result.code, result.stderr).toBe(10);
    await expectUntouched(site, before);
  });
});

describe.skipIf(missing.has('newest'))('guarantee 7, with a password', () => {
  test('a wrong password is told without showing it', async (context) => {
    const site = await createSite({ mailer: false });
    context.onTestFinished(() => stopSite(site));
    const reserved = await reservePort();
    context.onTestFinished(() => reserved.release());
    site.editConfiguration((text) =>
      // The rig itself asks over the unix socket, so the password is on a second server.
      setKeys(`${text}\n[inet_http_server]\n`, 'inet_http_server', {
        port: `127.0.0.1:${reserved.port}`,
        username: 'deploy',
        password: 'right',
      }),
    );
    await site.start();
    const url = `http://127.0.0.1:${reserved.port}`;
    const before = await lookAtServed(site);
    for (const credentials of [['-u', 'deploy', '-p', 'hunter2'], []]) {
      const result = await site.reloadctl(['-s', url, ...credentials, 'reload', 'usercenter']);
      expect(result.code, result.stderr).toBe(1);
      expect(result.stderr).toMatch(/user name|password|authori/i);
      expect(result.stderr + result.stdout).not.toContain('hunter2');
    }
    await expectUntouched(site, before);
    const right = ['-s', url, '-u', 'deploy', '-p', 'right'];
    site.setVersion('v2');
    const reloaded = await site.reloadctl([...right, 'reload', 'usercenter']);
    expect(reloaded.code, site.report()).toBe(0);
  });
});

describe.skipIf(missing.has('newest') || user === undefined)(
  'guarantee 7, for what belongs to somebody else (needs root)',
  () => {
    test('a pid and a program of root, asked for by an ordinary user', async (context) => {
      const site = await createSite();
      context.onTestFailed(() => {
        console.error(site.report());
      });
      context.onTestFinished(() => stopSite(site));
      await site.start();
      const before = await lookAtServed(site);
      chmodSync(site.directory, 0o755);

      const byPid = await site.reloadctl(['reload', `pid:${before.master.pid}`], { user });
      expect(byPid.code, byPid.stderr).toBe(1);
      expect(byPid.stderr.replaceAll(/\s+/g, ' ')).toContain('belongs to root');

      // The socket is root's own.
      const byName = await site.reloadctl(['reload', 'usercenter'], { user });
      expect(byName.code, byName.stderr).toBe(1);
      expect(byName.stderr).toMatch(/permission denied|may not/i);

      chmodSync(site.configuration, 0o600);
      const unreadable = await site.reloadctl(['reload', 'usercenter'], { user });
      expect(unreadable.code, unreadable.stderr).toBe(2);
      expect(unreadable.stderr).toContain('supervisord.conf');
      for (const { stderr } of [byPid, byName, unreadable]) expect(stderr).not.toMatch(/^\s+at /m);
      await expectUntouched(site, before);
    });
  },
);
