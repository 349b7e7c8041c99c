import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findOnPath } from '../../rig/on-path.ts';
import { childrenOf, readProcess } from '../../rig/processes.ts';
import type { User } from '../../rig/users.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { createPlace, type Place } from './support/place.ts';
import { describeWithAccounts } from './support/with-accounts.ts';

// Rule 3: a program's code runs as the program's process runs, and before that nothing of its choice takes effect.

/** Every command that looks at a program or makes its code run. */
const COMMANDS: ReadonlyArray<readonly string[]> = [
  ['plan', 'reload', 't'],
  ['doctor'],
  ['check', 't'],
  ['status', '--long'],
  ['reload', 't'],
  ['restart', 't'],
];

/** Those that send nothing. */
const LOOKING = COMMANDS.slice(0, 4);

/** An application that notes as whom it is loaded, and a configuration that does so too. */
function writeSite(
  place: Place,
  directory: string,
  owner: User | undefined,
  settings = '',
): { readonly loads: string } {
  const loads = place.write(join(directory, 'loads'), '', owner, 0o666);
  const note = `import os\nwith open(${JSON.stringify(loads)}, 'a') as f: f.write('%d %d\\n' % (os.getuid(), os.geteuid()))\n`;
  const socket = join(directory, 'web.sock');
  place.write(
    join(directory, 'gunicorn.conf.py'),
    `${settings}\n${note}bind = 'unix:${socket}'\nworkers = 1\n`,
    owner,
  );
  place.write(
    join(directory, 'wsgi.py'),
    `${note}def app(environ, start):\n    start('200 OK', [('Content-Length', '2')])\n    return [b'ok']\n`,
    owner,
  );
  return { loads };
}

/** As whom the code was loaded since the file was emptied, each once. */
function loadedAs(loads: string): readonly string[] {
  return [...new Set(readFileSync(loads, 'utf8').split('\n').filter(Boolean))];
}

/** The users of the files in a directory whose names begin so. */
function ownersOf(directory: string, prefix: string): readonly number[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith(prefix))
    .map((name) => statSync(join(directory, name)).uid);
}

async function waitForServer(socket: string): Promise<void> {
  await waitFor('the program to serve', () => existsSync(socket) || undefined, {
    ceilingMs: 20_000,
  });
}

describeWithAccounts('a program that chose a loader variable', ({ alice }) => {
  const reexec = (python: string, variables: Readonly<Record<string, string>>): string =>
    [
      'import os, sys',
      `wanted = ${JSON.stringify(variables)}`,
      "if sys.argv[0].endswith('/gunicorn') and not set(wanted.items()) <= set(os.environ.items()):",
      `    os.execve(${JSON.stringify(python)}, [${JSON.stringify(python)}, *sys.argv], {**os.environ, **wanted})`,
    ].join('\n');

  it.each(['by executing itself once more', 'in a wrapper script', 'in one that a shell starts'])(
    '%s has nothing executed as root with it',
    async (how) => {
      const place = await createPlace();
      const home = place.home(alice);
      const variables = { LD_DEBUG: 'libs', LD_DEBUG_OUTPUT: join(home, 'dbg') };
      const { gunicorn, python } = place.python.bin;
      const byItself = how.startsWith('by executing');
      writeSite(place, home, alice, byItself ? reexec(python, variables) : '');
      const start = place.write(
        join(home, 'start.sh'),
        `#!/bin/sh\nexport LD_DEBUG=libs LD_DEBUG_OUTPUT=${variables.LD_DEBUG_OUTPUT}\n${how.startsWith('in one') ? '' : 'exec '}${gunicorn} wsgi:app\n`,
        alice,
        0o755,
      );
      await place.supervise(
        `[program:t]\ncommand=${byItself ? `${gunicorn} wsgi:app` : start}\ndirectory=${home}\nuser=${alice.name}\nstopasgroup=true\nkillasgroup=true`,
      );
      await waitForServer(join(home, 'web.sock'));
      await waitFor('the variable to be in force', () => {
        return ownersOf(home, 'dbg.').length > 0 || undefined;
      });
      for (const words of byItself ? COMMANDS : LOOKING) {
        const { stdout, stderr } = await place.reloadctl(words);
        expect(stdout + stderr, words.join(' ')).not.toMatch(/internal error/i);
        expect(new Set(ownersOf(home, 'dbg.')), words.join(' ')).toEqual(new Set([alice.uid]));
      }
    },
  );

  it.skipIf(findOnPath('cc').length === 0)(
    'that loads a library of its own has it loaded as its user alone',
    async () => {
      const place = await createPlace();
      const home = place.home(alice);
      const source = place.write(
        join(home, 'e.c'),
        `#include <stdio.h>\n#include <unistd.h>\n__attribute__((constructor)) static void f(void) { char n[4096]; sprintf(n, "${home}/lib.%d", getpid()); FILE *o = fopen(n, "w"); if (o) fclose(o); }\n`,
      );
      const library = join(home, 'e.so');
      execFileSync('cc', ['-shared', '-fPIC', '-o', library, source]);
      const { gunicorn, python } = place.python.bin;
      writeSite(place, home, alice, reexec(python, { LD_PRELOAD: library }));
      await place.supervise(
        `[program:t]\ncommand=${gunicorn} wsgi:app\ndirectory=${home}\nuser=${alice.name}`,
      );
      await waitForServer(join(home, 'web.sock'));
      for (const words of [...LOOKING, ['reload', 't']]) {
        await place.reloadctl(words);
        expect(new Set(ownersOf(home, 'lib.')), words.join(' ')).toEqual(new Set([alice.uid]));
      }
    },
  );

  it('or an interpreter, a search path and a directory of its own, has them used as its user alone', async () => {
    const place = await createPlace();
    const home = place.home(alice);
    const ran = place.write(join(home, 'ran'), '', alice, 0o666);
    const bin = join(home, 'bin');
    mkdirSync(bin);
    // Everything that might stand in front of a command, noting who executes it.
    for (const name of ['setpriv', 'sh', 'env', 'nice', 'id', 'getent', 'true', 'mkfifo', 'cd']) {
      place.write(
        join(bin, name),
        `#!/bin/sh\n/usr/bin/id -u >> ${ran}\nexec /usr/bin/${name} "$@"\n`,
        alice,
        0o755,
      );
    }
    place.write(
      join(home, 'sitecustomize.py'),
      `import os\nwith open(${JSON.stringify(ran)}, 'a') as f: f.write('%d\\n' % os.getuid())\n`,
      alice,
    );
    writeSite(place, home, alice);
    const start = place.write(
      join(home, 'start.sh'),
      `#!/bin/sh\nexport PATH=${bin}:$PATH PYTHONPATH=${home} ENV=${home}/start.sh BASH_ENV=${home}/start.sh NODE_OPTIONS=--require=${home}/x.cjs\nexec ${place.python.bin.gunicorn} wsgi:app\n`,
      alice,
      0o755,
    );
    place.write(
      join(home, 'x.cjs'),
      `require('fs').appendFileSync(${JSON.stringify(ran)}, process.getuid() + '\\n');`,
      alice,
    );
    await place.supervise(
      `[program:t]\ncommand=${start}\ndirectory=${home}\nuser=${alice.name}\nstopasgroup=true\nkillasgroup=true`,
    );
    await waitForServer(join(home, 'web.sock'));
    for (const words of [...LOOKING, ['reload', 't']]) {
      await place.reloadctl(words);
      expect(loadedAs(ran), words.join(' ')).toEqual([String(alice.uid)]);
    }
  });
});

describeWithAccounts('a program under numbers', () => {
  const NUMBER = 54_321;
  const GROUP = 54_400;

  const start = async (
    groups: string,
    settings = '',
  ): Promise<{ place: Place; loads: string; directory: string }> => {
    const place = await createPlace();
    const directory = join(place.directory, 'site');
    mkdirSync(directory);
    chownSync(directory, NUMBER, NUMBER);
    const { loads } = writeSite(place, directory, undefined, settings);
    await place.supervise(
      `[program:t]\ncommand=/usr/bin/setpriv --reuid ${NUMBER} --regid ${NUMBER} ${groups} ${place.python.bin.gunicorn} wsgi:app\ndirectory=${directory}`,
    );
    await waitForServer(join(directory, 'web.sock'));
    writeFileSync(loads, '');
    return { place, loads, directory };
  };

  it.each([
    ['without an entry in the user database', ''],
    ['while the directory service hangs', '#!/bin/sh\nexec sleep 600\n'],
    ['while the directory service is down', '#!/bin/sh\nexit 3\n'],
    [
      'while the directory service calls it root',
      "#!/bin/sh\necho 'root:x:54321:0:root:/root:/bin/sh'\n",
    ],
  ])('%s is loaded as that number', async (_, getent) => {
    const { place, loads } = await start('--clear-groups');
    const bin = join(place.directory, 'bin');
    mkdirSync(bin);
    if (getent !== '') place.write(join(bin, 'getent'), getent, undefined, 0o755);
    const env = {
      ...process.env,
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      RELOADCTL_STATE_DIR: join(place.directory, 'state'),
    };
    for (const words of [
      ['plan', 'reload', 't'],
      ['check', 't'],
    ]) {
      const { stdout, stderr } = await place.reloadctl(words, { env });
      expect(stdout + stderr, words.join(' ')).not.toMatch(/internal error/i);
      const seen = loadedAs(loads);
      expect(seen.length, `${words.join(' ')}: ${seen.join()}`).toBeLessThanOrEqual(1);
      for (const each of seen) expect(each, words.join(' ')).toBe(`${NUMBER} ${NUMBER}`);
    }
    expect(loadedAs(loads)).toEqual([`${NUMBER} ${NUMBER}`]);
  });

  it('has the supplementary groups of its process, and those alone', async () => {
    const { place, loads, directory } = await start(
      `--groups ${GROUP}`,
      "import os\nif os.path.exists('secret'): open('secret').read()",
    );
    const secret = place.write(join(directory, 'secret'), 'for the group', undefined, 0o640);
    chownSync(secret, 0, GROUP);
    const checked = await place.reloadctl(['check', 't']);
    expect(checked.code, checked.stdout + checked.stderr).toBe(0);
    expect(loadedAs(loads)).toEqual([`${NUMBER} ${NUMBER}`]);

    chownSync(secret, 0, 0);
    const refused = await place.reloadctl(['check', 't']);
    expect(refused.code, refused.stdout + refused.stderr).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(/Permission\s+denied/);
  });
});

const mayUnshare = ((): boolean => {
  try {
    execFileSync('unshare', ['-U', '-r', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // The kernel, or a container, does not permit it.
  }
})();

describeWithAccounts('a program whose ids cannot be taken', ({ alice }) => {
  /** Looks at it with every command, and expects that it was not loaded, and why. */
  const expectNotAsked = async (place: Place, loads: string, why?: RegExp): Promise<void> => {
    writeFileSync(loads, '');
    for (const words of LOOKING) {
      const { stdout, stderr } = await place.reloadctl(words);
      const said = (stdout + stderr).replaceAll(/\s+/g, ' ');
      expect(loadedAs(loads), `${words.join(' ')}: ${said}`).toEqual([]);
      if (words[0] === 'plan' && why !== undefined) expect(said).toMatch(why);
    }
  };

  it.skipIf(!mayUnshare).each(['-U --map-current-user', '-U -r', '-U -r -m'])(
    'since it is in a user namespace of its own (unshare %s; needs a kernel that permits it) is not asked',
    async (options) => {
      const place = await createPlace();
      const home = place.home(alice);
      const { loads } = writeSite(place, home, alice);
      await place.supervise(
        `[program:t]\ncommand=unshare ${options} ${place.python.bin.gunicorn} wsgi:app\ndirectory=${home}\nuser=${alice.name}`,
      );
      await waitForServer(join(home, 'web.sock'));
      await expectNotAsked(place, loads, /user namespace/);
    },
  );

  it('since they differ from each other is not asked', async () => {
    const place = await createPlace();
    const home = place.home(alice);
    const { loads } = writeSite(place, home, alice);
    const { gunicorn, python } = place.python.bin;
    const start = place.write(
      join(place.directory, 'mixed.py'),
      `import os, sys\nos.setresuid(${alice.uid}, 0, 0)\nos.execv(${JSON.stringify(python)}, [${JSON.stringify(python)}, ${JSON.stringify(gunicorn)}, 'wsgi:app'])\n`,
    );
    await place.supervise(`[program:t]\ncommand=${python} ${start}\ndirectory=${home}`);
    await waitForServer(join(home, 'web.sock'));
    await expectNotAsked(place, loads, /user ids differ/);
  });

  it.skipIf(findOnPath('cc').length === 0)(
    'since a set-user-ID program has taken root’s, with an environment and arguments of hers, is not asked',
    async () => {
      const place = await createPlace();
      const home = place.home(alice);
      const { loads } = writeSite(place, home, alice);
      const source = place.write(
        join(place.directory, 's.c'),
        '#include <signal.h>\n#include <unistd.h>\n#include <stdio.h>\nstatic void f(int n) {}\nint main(void) { int s[] = {SIGHUP, SIGUSR2, SIGTTIN, SIGTTOU, SIGWINCH}; for (int i = 0; i < 5; i++) signal(s[i], f); if (setgid(0) || setuid(0)) return 1; for (;;) pause(); }\n',
      );
      const tool = join(place.directory, 'tool');
      execFileSync('cc', ['-o', tool, source]);
      chmodSync(tool, 0o4755);
      const { gunicorn, python } = place.python.bin;
      const start = place.write(
        join(home, 'start.py'),
        `import os\nos.execv(${JSON.stringify(tool)}, [${JSON.stringify(python)}, ${JSON.stringify(gunicorn)}, '-c', ${JSON.stringify(join(home, 'gunicorn.conf.py'))}, 'wsgi:app'])\n`,
        alice,
      );
      const supervisor = await place.supervise(
        `[program:t]\ncommand=${python} ${start}\ndirectory=${home}\nuser=${alice.name}`,
      );
      await waitFor('the tool to have taken the ids', () => {
        const [child] = childrenOf(supervisor.pid);
        if (child === undefined || readProcess(child.pid)?.comm !== 'tool') return undefined;
        return /^Uid:\t0\t0\t0\t0$/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8'))
          ? true
          : undefined;
      });
      await expectNotAsked(place, loads);
    },
  );
});

describeWithAccounts('a server that is no gunicorn', ({ alice }) => {
  it.each([
    ['nginx', 'nginx: master process BINARY'],
    ['haproxy', 'BINARY -W'],
    ['uwsgi', 'BINARY --master'],
    ['redis-server', 'BINARY'],
    ['caddy', 'BINARY run'],
  ])('%s, whose binary its user chose, is asked as that user', async (name, title) => {
    const place = await createPlace();
    const home = place.home(alice);
    const ran = place.write(join(home, 'ran'), '', alice, 0o666);
    const binary = join(home, name);
    copyFileSync(realpathSync(place.python.bin.python), binary);
    chownSync(binary, alice.uid, alice.gid);
    chmodSync(binary, 0o755);
    // Once it runs, something else lies at its name.
    const server = place.write(
      join(home, 'server.py'),
      [
        'import os, signal, sys, time',
        'for s in (1, 3, 10, 12, 15, 28, 21, 22): signal.signal(s, lambda n, f: os._exit(0) if n == 15 else None)',
        `os.unlink(${JSON.stringify(binary)})`,
        `open(${JSON.stringify(binary)}, 'w').write('#!/bin/sh\\n/usr/bin/id -u >> ${ran}\\necho ${name}/1.2.3\\n')`,
        `os.chmod(${JSON.stringify(binary)}, 0o755)`,
        `open(${JSON.stringify(join(home, 'ready'))}, 'w').close()`,
        'while True: time.sleep(60)',
      ].join('\n'),
      alice,
    );
    const words = title.replace('BINARY', binary).split(/(?!^) (?=-|run)/);
    const start = place.write(
      join(home, 'start.py'),
      `import os\nos.execv(${JSON.stringify(binary)}, ${JSON.stringify([words[0], server, ...words.slice(1)])})\n`,
      alice,
    );
    await place.supervise(
      `[program:t]\ncommand=${place.python.bin.python} ${start}\ndirectory=${home}\nuser=${alice.name}`,
    );
    await waitForServer(join(home, 'ready'));
    for (const command of LOOKING) {
      await place.reloadctl(command);
      for (const each of loadedAs(ran)) expect(each, command.join(' ')).toBe(String(alice.uid));
    }
    if (name === 'nginx') expect(loadedAs(ran)).toEqual([String(alice.uid)]);
  });
});

describeWithAccounts('an ordinary user who looks at the program of another', ({ alice, bob }) => {
  it('does not execute its code as himself, under a supervisor of root', async () => {
    const place = await createPlace();
    const home = place.home(alice);
    const { loads } = writeSite(place, home, alice);
    await place.supervise(
      `[program:t]\ncommand=${place.python.bin.gunicorn} wsgi:app\ndirectory=${home}\nuser=${alice.name}\n\n[program:off]\ncommand=${place.python.bin.gunicorn} wsgi:app\nautostart=false\ndirectory=${home}\nuser=${alice.name}`.replace(
        'autostart=false\n',
        '',
      ),
    );
    await waitForServer(join(home, 'web.sock'));
    chmodSync(join(place.directory, 'supervisor.sock'), 0o777);
    writeFileSync(loads, '');
    await expectNothingAs(place, place.configuration, home, loads);
  });

  it('nor from a configuration that is hers, running or not', async () => {
    const place = await createPlace();
    const home = place.home(alice);
    const { loads } = writeSite(place, home, alice);
    const configuration = place.write(
      join(home, 'supervisord.conf'),
      `[supervisord]\n[supervisorctl]\nserverurl=unix://${home}/nothing.sock\n[program:t]\ncommand=${place.python.bin.gunicorn} wsgi:app\ndirectory=${home}\n[program:here]\ncommand=${place.python.bin.gunicorn} wsgi:app\n`,
      alice,
    );
    await expectNothingAs(place, configuration, home, loads);
  });

  it('and root does not execute what lies in the directory where it stands', async () => {
    const place = await createPlace();
    const home = place.home(alice);
    const { loads } = writeSite(place, home, alice);
    place.write(
      place.configuration,
      `[supervisord]\n[supervisorctl]\nserverurl=unix://${place.directory}/nothing.sock\n[program:here]\ncommand=${place.python.bin.gunicorn} wsgi:app\n`,
    );
    await place.reloadctl(['doctor', '--offline'], { cwd: home });
    expect(loadedAs(loads)).toEqual([]);
  });

  it('and root does not execute a command that she wrote into an included file', async () => {
    const place = await createPlace();
    const home = place.home(alice);
    const { loads } = writeSite(place, home, alice);
    const included = place.write(
      join(home, 'more.ini'),
      `[program:t]\ncommand=${place.python.bin.gunicorn} wsgi:app\ndirectory=${home}\n[program:b]\ncommand=${place.python.bin.gunicorn} wsgi:app\ndirectory=${home}\nuser=${bob.name}\n`,
      alice,
    );
    place.write(
      place.configuration,
      `[supervisord]\n[supervisorctl]\nserverurl=unix://${place.directory}/nothing.sock\n[include]\nfiles=${included}\n`,
    );
    await place.reloadctl(['doctor', '--offline']);
    expect(loadedAs(loads)).toEqual([]);
  });

  async function expectNothingAs(
    place: Place,
    configuration: string,
    cwd: string,
    loads: string,
  ): Promise<void> {
    const env = { ...process.env, RELOADCTL_STATE_DIR: '' };
    for (const words of [...LOOKING, ['doctor', '--offline'], ['check', 'here']]) {
      const { stdout, stderr } = await place.reloadctl(['-c', configuration, ...words], {
        user: bob,
        cwd,
        env,
      });
      expect(stdout + stderr, words.join(' ')).not.toMatch(/internal error/i);
      const seen = loadedAs(loads);
      expect(seen, `${words.join(' ')}: ${stdout}${stderr}`).not.toContain(`${bob.uid} ${bob.uid}`);
      expect(seen, words.join(' ')).toEqual([]);
    }
  }
});
