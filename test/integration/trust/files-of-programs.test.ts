import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import type { User } from '../../rig/users.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { createPlace, type Place, type Started } from './support/place.ts';
import { describeWithAccounts } from './support/with-accounts.ts';

// Rule 1: what a program names is touched with its rights. Rule 6: when a pid file counts.

const SECRET = 'root:$6$secret';

/** Application and configuration of a gunicorn of the user's. */
function writeSite(place: Place, home: string, user: User, settings: string): void {
  place.write(
    join(home, 'gunicorn.conf.py'),
    `bind = 'unix:${home}/web.sock'\nworkers = 1\npidfile = '${home}/run/web.pid'\n${settings}\n`,
    user,
  );
  place.write(
    join(home, 'wsgi.py'),
    "import os, sys\nif os.path.exists('broken'): exec(open('broken').read())\ndef app(environ, start):\n    start('200 OK', [('Content-Length', '2')])\n    return [b'ok']\n",
    user,
  );
  mkdirSync(join(home, 'run'));
  chownSync(join(home, 'run'), user.uid, user.gid);
}

async function startSite(
  place: Place,
  user: User,
  settings: string,
  program = '',
): Promise<{ readonly home: string }> {
  const home = place.home(user);
  writeSite(place, home, user, settings);
  await place.supervise(
    `[program:t]\ncommand=${place.python.bin.gunicorn} wsgi:app\ndirectory=${home}\nuser=${user.name}\nenvironment=HOME="${home}"\n${program}`,
  );
  await waitFor('the program to serve', () => existsSync(join(home, 'web.sock')) || undefined);
  await waitFor('its pid file', () => existsSync(join(home, 'run/web.pid')) || undefined);
  return { home };
}

/** A directory of root's alone with a file that nobody else may read. */
function writeSecret(place: Place, name: string): { directory: string; path: string } {
  const directory = join(place.directory, 'private');
  mkdirSync(directory, { mode: 0o700 });
  return { directory, path: place.write(join(directory, name), `${SECRET}\n`, undefined, 0o600) };
}

function startVictim(place: Place, user?: User): Promise<Started> {
  const program =
    "import signal, time\nfor s in (1, 2, 3, 10, 12, 15): signal.signal(s, lambda n, f: print('GOT', n, flush=True))\nprint('READY', flush=True)\nwhile True: time.sleep(60)";
  return place.start([place.python.bin.python, '-u', '-c', program], {
    ready: 'READY',
    ...(user === undefined ? {} : { user }),
  });
}

describeWithAccounts(
  'a reload of a program that puts other files in the place of its own',
  ({ alice }) => {
    it.each([
      ['a directory that leads to a file *.2 of root’s', 'directory'],
      ['a pid file that is a link to one', 'link'],
      ['FIFOs in the place of its pid files', 'fifo'],
    ])('%s removes and opens nothing with the rights of root', async (_, how) => {
      const place = await createPlace();
      const { directory, path } = writeSecret(place, 'web.pid.2');
      // Once the second master is up, and before it fails, the place of its pid file is another.
      const swap = {
        directory: `os.rename('run', 'run.old'); os.symlink(${JSON.stringify(directory)}, 'run')`,
        link: `[os.path.lexists(p) and os.unlink(p) for p in ['run/web.pid.2']]; os.symlink(${JSON.stringify(path)}, 'run/web.pid.2')`,
        fifo: "[os.path.lexists(p) and os.unlink(p) for p in ['run/web.pid.2', 'run/web.pid']]; os.mkfifo('run/web.pid.2'); os.mkfifo('run/web.pid')",
      }[how];
      const { home } = await startSite(place, alice, 'timeout = 5\ngraceful_timeout = 3');
      place.write(
        join(home, 'broken'),
        `${swap}\nraise RuntimeError('broken on purpose')\n`,
        alice,
      );
      const reloaded = await place.reloadctl(['reload', 't', '--strategy', 'bridge']);
      const said = reloaded.stdout + reloaded.stderr;
      expect(reloaded.hasTimedOut, said).toBe(false);
      expect(said).not.toMatch(/internal error/i);
      expect(said).not.toContain('$6$');
      expect(existsSync(path), said).toBe(true);
      expect(readFileSync(path, 'utf8')).toBe(`${SECRET}\n`);
      expect(lstatSync(path)).toMatchObject({ uid: 0, gid: 0 });
    });

    it.each([
      ['a link to a file of root’s', 'os.symlink(SECRET, LOG)'],
      [
        'a directory with a link',
        "os.rename('logs', 'logs.old'); os.symlink(os.path.dirname(SECRET), 'logs')",
      ],
      ['a FIFO', 'os.mkfifo(LOG)'],
      ['a device', "os.symlink('/dev/zero', LOG)"],
    ])('%s in the place of its error log shows nothing that it may not read', async (_, swap) => {
      const place = await createPlace();
      const secret = writeSecret(place, 'error.log');
      const logs = join(place.home(alice), 'logs');
      mkdirSync(logs);
      chownSync(logs, alice.uid, alice.gid);
      const log = join(logs, 'error.log');
      const home = join(place.directory, alice.name);
      writeSite(place, home, alice, `errorlog = ${JSON.stringify(log)}`);
      await place.supervise(
        `[program:t]\ncommand=${place.python.bin.gunicorn} wsgi:app\ndirectory=${home}\nuser=${alice.name}\nenvironment=HOME="${home}"\nstdout_logfile=NONE\nredirect_stderr=true`,
      );
      await waitFor('the program to serve', () => existsSync(join(home, 'web.sock')) || undefined);
      const broken = swap
        .replaceAll('SECRET', JSON.stringify(secret.path))
        .replaceAll('LOG', JSON.stringify(log));
      const isDirectory = swap.includes('rename');
      place.write(
        join(home, 'broken'),
        `${isDirectory ? '' : `os.unlink(${JSON.stringify(log)})\n`}${broken}\nraise RuntimeError('broken on purpose')\n`,
        alice,
      );
      for (const strategy of ['bridge', 'rolling']) {
        const { stdout, stderr, hasTimedOut } = await place.reloadctl(
          ['reload', 't', '--strategy', strategy],
          { timeoutMs: 90_000 },
        );
        expect(hasTimedOut).toBe(false);
        expect(stdout + stderr).not.toContain('$6$');
        expect(stdout + stderr).not.toMatch(/internal error/i);
        if (strategy === 'bridge') break; // What was put there stays there.
      }
    });

    it('a link in the place of its control socket gives no name to a file of root’s, and takes none', async () => {
      const place = await createPlace();
      const secret = writeSecret(place, 'gunicorn.ctl');
      const before = lstatSync(secret.path);
      const { home } = await startSite(place, alice, '');
      const control = join(home, '.gunicorn');
      if (!existsSync(control)) return; // An older gunicorn.
      place.write(
        join(home, 'broken'),
        `if not os.path.islink(${JSON.stringify(control)}):\n    os.rename(${JSON.stringify(control)}, ${JSON.stringify(`${control}.old`)}); os.symlink(${JSON.stringify(secret.directory)}, ${JSON.stringify(control)})\n`,
        alice,
      );
      const { stdout, stderr } = await place.reloadctl(['reload', 't', '--strategy', 'bridge']);
      expect(stdout + stderr).not.toMatch(/internal error/i);
      const { ino, nlink, uid, mode } = lstatSync(secret.path);
      expect({ ino, nlink, uid, mode }).toEqual({
        ino: before.ino,
        nlink: before.nlink,
        uid: before.uid,
        mode: before.mode,
      });
      expect(existsSync(`${secret.path}.reloadctl`)).toBe(false);
    });
  },
);

describeWithAccounts('a health check', ({ alice }) => {
  it('at a unix socket in a directory of its user asks none that is root’s alone', async () => {
    const place = await createPlace();
    const { directory } = writeSecret(place, 'nothing');
    const path = join(directory, 'root.sock');
    let asked = 0;
    const server = createServer((connection) => {
      asked += 1;
      connection.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => {
      server.close();
    });
    chmodSync(path, 0o600);
    const health = join(place.directory, alice.name, 'health.sock');
    const { home } = await startSite(
      place,
      alice,
      '',
      `\n[reloadctl:t]\nhealth_url=unix:${health}:/`,
    );
    symlinkSync(path, join(home, 'health.sock'));
    const { code, stdout, stderr } = await place.reloadctl(['reload', 't', '--strategy', 'bridge']);
    expect(asked, stdout + stderr).toBe(0);
    expect(code, stdout + stderr).not.toBe(0);
  });
});

describeWithAccounts('doctor', ({ alice }) => {
  it.each([
    ['a script', (link: string) => link],
    ['a shell script', (link: string) => `/bin/sh ${link}`],
    ['uWSGI’s file', (link: string) => `/usr/bin/uwsgi --ini ${link}`],
    ['nginx’s file', (link: string) => `/usr/sbin/nginx -c ${link}`],
    ['HAProxy’s file', (link: string) => `/usr/sbin/haproxy -f ${link}`],
    ['Redis’s file', (link: string) => `/usr/bin/redis-server ${link}`],
    ['a python application’s', (link: string) => `python3 ${link}`],
  ])('reads %s through a link of hers with her rights', async (_, commandOf) => {
    const place = await createPlace();
    const home = place.home(alice);
    const directory = join(place.directory, 'private');
    mkdirSync(directory, { mode: 0o700 });
    const words = `${SECRET} exec gunicorn --daemon\ndaemonize = /tmp/x.log\nmaster = true\ndaemonize yes\ndaemon on;\n`;
    const secret = place.write(
      join(directory, 'x.conf'),
      `#!/bin/sh\n[uwsgi]\n${words}`,
      undefined,
      0o600,
    );
    const link = join(home, 'x.conf');
    symlinkSync(secret, link);
    const program = (command: string): string =>
      `[supervisord]\n[supervisorctl]\nserverurl=unix://${place.directory}/nothing.sock\n[program:t]\ncommand=${command}\ndirectory=${home}\nuser=${alice.name}\n`;
    place.write(place.configuration, program(commandOf(link)));
    const seen = await place.reloadctl(['--json', 'doctor', '--offline']);
    // As if nothing could be read there: what it says would else differ.
    place.write(place.configuration, program(commandOf(link)));
    chmodSync(secret, 0o000);
    place.write(secret, '', undefined, 0o600);
    const unseen = await place.reloadctl(['--json', 'doctor', '--offline']);
    expect(seen.stdout).not.toContain('$6$');
    expect(seen.stdout).toBe(unseen.stdout);
  });
});

describeWithAccounts('a pid file as a target', ({ alice, bob }) => {
  const cases: ReadonlyArray<
    readonly [string, (place: Place, home: string, pid: number) => string]
  > = [
    ['of hers', (place, home, pid) => place.write(join(home, 'x.pid'), `${pid}\n`, alice)],
    [
      'of root’s in her directory',
      (place, home, pid) => place.write(join(home, 'x.pid'), `${pid}\n`),
    ],
    [
      'of root’s in a directory that her group can write',
      (place, _, pid) => {
        const directory = join(place.directory, 'shared');
        mkdirSync(directory);
        chownSync(directory, 0, alice.gid);
        chmodSync(directory, 0o775);
        return place.write(join(directory, 'x.pid'), `${pid}\n`);
      },
    ],
    [
      'that her group can write',
      (place, _, pid) => {
        const path = place.write(join(place.directory, 'x.pid'), `${pid}\n`, undefined, 0o664);
        chownSync(path, 0, alice.gid);
        return path;
      },
    ],
    [
      'behind a link of hers',
      (place, home, pid) => {
        const path = place.write(join(place.directory, 'real.pid'), `${pid}\n`);
        symlinkSync(path, join(home, 'x.pid'));
        return join(home, 'x.pid');
      },
    ],
    [
      'behind a link of root’s to hers',
      (place, home, pid) => {
        const path = place.write(join(home, 'x.pid'), `${pid}\n`, alice);
        symlinkSync(path, join(place.directory, 'link.pid'));
        return join(place.directory, 'link.pid');
      },
    ],
    [
      'in a directory below hers',
      (place, home, pid) => {
        mkdirSync(join(home, 'run'));
        return place.write(join(home, 'run', 'x.pid'), `${pid}\n`);
      },
    ],
    [
      'that everybody can write',
      (place, _, pid) => place.write(join(place.directory, 'x.pid'), `${pid}\n`, undefined, 0o666),
    ],
  ];

  it.each(cases)('%s names no process of root’s, and none of a third user', async (_, make) => {
    for (const user of [undefined, bob]) {
      const place = await createPlace();
      const home = place.home(alice);
      place.write(place.configuration, '[supervisord]\n');
      const victim = await startVictim(place, user);
      const path = make(place, home, victim.pid);
      for (const words of [
        ['signal', 'TERM', `pidfile:${path}`],
        ['reload', `pidfile:${path}`, '--allow-downtime'],
        ['restart', `pidfile:${path}`],
      ]) {
        const { code, stdout, stderr } = await place.reloadctl(words);
        expect(code, stdout + stderr).not.toBe(0);
        expect(stdout + stderr).not.toMatch(/internal error/i);
      }
      expect(victim.output()).toBe('READY\n');
      expect(isAlive(victim)).toBe(true);
    }
  });

  it('of a user names a process of that user, and a FIFO is none', async () => {
    const place = await createPlace();
    const home = place.home(alice);
    place.write(place.configuration, '[supervisord]\n');
    const hers = await startVictim(place, alice);
    const path = place.write(join(home, 'x.pid'), `${hers.pid}\n`, alice);
    const sent = await place.reloadctl(['signal', 'USR1', `pidfile:${path}`]);
    expect(sent.code, sent.stdout + sent.stderr).toBe(0);
    await waitFor('the signal', () => hers.output().includes('GOT 10') || undefined);
    const fifo = join(home, 'fifo');
    execFileSync('mkfifo', [fifo], { uid: alice.uid, gid: alice.gid });
    const none = await place.reloadctl(['signal', 'USR1', `pidfile:${fifo}`]);
    expect(none.hasTimedOut).toBe(false);
    expect(none.code).not.toBe(0);
  });
});
