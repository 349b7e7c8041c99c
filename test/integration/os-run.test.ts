import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSetpriv } from '../../src/os/command/launch.ts';
import type { CommandRequest, CommandResult } from '../../src/os/os.ts';
import type { ProcId } from '../../src/os/proc.ts';
import type { Rights } from '../../src/os/credentials.ts';
import { ordinaryUser, type User } from '../rig/users.ts';
import { waitFor } from '../rig/wait-for.ts';
import { os, untilSessionIsEmpty } from './os-children.ts';

const env = { PATH: process.env.PATH ?? '/usr/bin:/bin' };
const nobody = ordinaryUser();

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reloadctl-test-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function run(argv: readonly string[], rest: Partial<CommandRequest> = {}): Promise<CommandResult> {
  return os.run({
    argv,
    cwd: undefined,
    env,
    rights: 'ours',
    timeoutMs: 20_000,
    maxOutputBytes: 10_000,
    ...rest,
  });
}

const sh = (script: string, rest: Partial<CommandRequest> = {}): Promise<CommandResult> =>
  run(['sh', '-c', script], rest);

describe('run', () => {
  it('tells how a command ended and what it said', async () => {
    expect(await sh('echo out; echo err >&2; exit 3')).toMatchObject({
      end: 'exit',
      code: 3,
      signal: undefined,
      stdout: 'out\n',
      stderr: 'err\n',
      error: undefined,
    });
  });

  it.each([
    ['a command that reads', 'cat', 'a text\n'.repeat(50_000)],
    ['one that does not', 'exit 0', 'x'.repeat(1_000_000)],
  ])('hands a text to %s', async (_, script, stdin) => {
    const { end, code, stdout } = await sh(script, { stdin, maxOutputBytes: 1_000_000 });
    expect({ end, code }).toEqual({ end: 'exit', code: 0 });
    if (script === 'cat') expect(stdout).toBe(stdin);
  });

  it('tells the signal that ended a command', async () => {
    expect(await sh('kill -USR1 $$')).toMatchObject({ end: 'signal', signal: 'SIGUSR1' });
  });

  it('gives it the environment that was asked for, to the letter, and nothing else', async () => {
    const asked = { PATH: env.PATH, 'a.b-c': 'd=e\nf', PWD: '/nowhere', EMPTY: '' };
    const { stdout } = await run([process.execPath, '-p', 'JSON.stringify(process.env)'], {
      env: asked,
      umask: 0o77,
    });
    expect(JSON.parse(stdout)).toEqual(asked);
  });

  it('runs it in the directory, with the umask, without input, in a session of its own', async () => {
    const { stdout } = await sh('pwd; umask; cat; echo $$; ps -o pid=,pgid=,sid= -p $$', {
      cwd: directory,
      umask: 0o27,
    });
    const [pwd, umask, pid = '', ids = ''] = stdout.split('\n');
    expect([pwd, umask]).toEqual([directory, '0027']);
    expect(ids.trim().split(/\s+/)).toEqual([pid, pid, pid]);
    expect((await sh('umask')).stdout).not.toBe('0027\n');
  });

  it('takes no shell: words stay what they are', async () => {
    const { stdout } = await run(['printf', '%s\\n', '$HOME', 'a b', '*', '"']);
    expect(stdout).toBe('$HOME\na b\n*\n"\n');
  });

  it('keeps the last bytes of each stream', async () => {
    const { stdout, stderr } = await sh('seq 100000; seq 100000 200000 >&2', {
      maxOutputBytes: 14,
    });
    expect(stdout).toBe('99999\n100000\n'.padStart(14, '\n'));
    expect(stderr).toBe('199999\n200000\n');
  });

  it('gives it pipes: /dev/stdout and /dev/stderr can be opened', async () => {
    expect(await sh('echo one >/dev/stdout; echo two >>/dev/stderr')).toMatchObject({
      stdout: 'one\n',
      stderr: 'two\n',
    });
  });

  it('leaves nothing in the temporary directory and no descriptor', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    await sh('true');
    const before = descriptors();
    const previous = process.env.TMPDIR;
    process.env.TMPDIR = directory;
    try {
      for (let round = 0; round < 5; round += 1) await sh('echo x');
      await run(['/nonexistent']);
    } finally {
      if (previous === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = previous;
    }
    expect(readdirSync(directory)).toEqual([]);
    await waitFor('the descriptors', () => descriptors() <= before || undefined);
  });

  it.each([
    ['a command that is nowhere', ['nonexistent-command'], /^ENOENT: .*nonexistent-command$/],
    ['a file that is not there', ['/nonexistent/x'], /^ENOENT: .*: \/nonexistent\/x$/],
    ['a file that is not executable', ['/etc/passwd'], /^EACCES: .*: \/etc\/passwd$/],
  ])('does not start %s', async (_, argv, error) => {
    const result = await run(argv);
    expect(result).toMatchObject({ end: 'not-started', code: undefined });
    expect(result.error).toMatch(error);
  });

  it.each([
    ['missing', () => join(directory, 'none'), /^ENOENT: cannot enter the directory .*none$/],
    ['no directory', () => '/etc/passwd', /^ENOTDIR: not a directory: \/etc\/passwd$/],
  ])('does not start in a directory that is %s, and says so', async (_, cwd, error) => {
    const result = await run(['true'], { cwd: cwd() });
    expect(result.end).toBe('not-started');
    expect(result.error).toMatch(error);
  });

  it('tells who runs as soon as it runs', async () => {
    let started: ProcId | undefined;
    const { stdout } = await sh('echo $$', {
      onStart: ({ id }) => {
        started = id;
      },
    });
    expect(started?.pid).toBe(Number(stdout));
    expect(started?.startTicks).toBeGreaterThan(0);
  });
});

describe('the end of a command that has to be ended', () => {
  it('is TERM when its time is over', async () => {
    const result = await sh('trap "echo got TERM; exit 5" TERM; echo READY; sleep 60 & wait', {
      timeoutMs: 300,
    });
    expect(result).toMatchObject({ end: 'timeout', code: 5, stdout: 'READY\ngot TERM\n' });
    expect(result.elapsedMs).toBeGreaterThanOrEqual(300);
    expect(result.elapsedMs).toBeLessThan(1300);
  });

  it('is KILL a second later when it ignores TERM, and so do its children', async () => {
    let session = 0;
    const stubborn = 'trap "" TERM; (while :; do sleep 0.1; done) & while :; do sleep 0.1; done';
    const result = await sh(stubborn, {
      timeoutMs: 200,
      onStart: ({ id }) => {
        session = id.pid;
      },
    });
    expect(result).toMatchObject({ end: 'timeout', signal: 'SIGKILL' });
    expect(result.elapsedMs).toBeGreaterThanOrEqual(1200);
    expect(result.elapsedMs).toBeLessThan(5000);
    await untilSessionIsEmpty(session);
  });

  it('comes with stop()', async () => {
    const result = await sh('sleep 60', {
      onStart: ({ stop }) => {
        stop();
      },
    });
    expect(result).toMatchObject({ end: 'stopped', signal: 'SIGTERM' });
  });

  it('comes with an abort', async () => {
    const controller = new AbortController();
    const result = await sh('sleep 60', {
      abort: controller.signal,
      onStart: () => {
        controller.abort();
      },
    });
    expect(result.end).toBe('aborted');
  });

  it('comes before the start when the abort did', async () => {
    const result = await sh('echo x', { abort: AbortSignal.abort() });
    expect(result).toMatchObject({ end: 'aborted', stdout: '', error: undefined });
  });

  it('does not wait for one that left the session, although it holds the pipes', async () => {
    const deserter = "setsid sh -c 'echo $$ >pid; exec sleep 60' &";
    const result = await sh(`${deserter} while [ ! -s pid ]; do sleep 0.01; done; echo done`, {
      cwd: directory,
    });
    expect(result).toMatchObject({ end: 'exit', code: 0, stdout: 'done\n' });
    expect(result.elapsedMs).toBeLessThan(5000);
    const left = await os.process(Number(readFileSync(join(directory, 'pid'), 'utf8')));
    expect(left?.state).toBe('S');
    if (left !== undefined) await os.kill(left, 'SIGKILL');
  });
});

describe('what a command leaves behind', () => {
  const OWN_GROUP = `python3 -c "import os, time; os.setpgid(0, 0); open('set', 'w'); time.sleep(60)"`;
  const UNTIL_SET = 'while [ ! -e set ]; do sleep 0.01; done';
  it.each([
    ['a child in its group', 'sleep 60 & echo done'],
    [
      'a child that ignores TERM',
      `(trap "" TERM; touch set; while :; do sleep 0.1; done) & ${UNTIL_SET}; echo done`,
    ],
    ['a child in another group of the session', `${OWN_GROUP} & ${UNTIL_SET}; echo done`],
    ['a grandchild that was adopted', '(sleep 60 & sleep 60 &); echo done'],
  ])('is ended: %s', async (_, script) => {
    let session = 0;
    const result = await sh(script, {
      cwd: directory,
      onStart: ({ id }) => {
        session = id.pid;
      },
    });
    expect(result).toMatchObject({ end: 'exit', code: 0 });
    expect(result.stdout).toContain('done\n');
    const left = (await os.processes()).filter(
      ({ sid, state }) => sid === session && state !== 'Z',
    );
    expect(left).toEqual([]);
  });
});

describe('another user', () => {
  it.skipIf(nobody === undefined)('is a matter of root: the command runs as the user', async () => {
    if (nobody === undefined) return;
    const { stdout } = await sh('id -u; id -g; umask; echo x >/dev/stdout', {
      rights: asRights(nobody),
      umask: 0o77,
    });
    expect(stdout).toBe(`${nobody.uid}\n${nobody.gid}\n0077\nx\n`);
  });

  it.skipIf(nobody === undefined || findSetpriv() === undefined)(
    'has its supplementary groups (needs root and setpriv)',
    async () => {
      const user = await userWithGroups();
      const { stdout } = await run(['id', '-G'], { rights: await os.rightsOf(user) });
      const { stdout: expected } = await run(['id', '-G', user.name]);
      const sorted = (text: string): string[] => text.trim().split(' ').sort();
      expect(sorted(stdout)).toEqual(sorted(expected));
      expect(sorted(stdout)).not.toContain('0');
    },
  );

  it.skipIf(nobody === undefined || findSetpriv() === undefined)(
    'may have no name: then it has no supplementary groups (needs root and setpriv)',
    async () => {
      const user = { uid: 54321, gid: 54321, name: 'nobody-of-that-name' };
      expect((await sh('id -u; id -G', { rights: await os.rightsOf(user) })).stdout).toBe(
        '54321\n54321\n',
      );
    },
  );

  it.skipIf(nobody === undefined)('does not hide that the command cannot be run', async () => {
    const result = await run(['nonexistent-command'], { rights: asRights(nobody) });
    expect(result.end).toBe('not-started');
    expect(result.error).toContain('nonexistent-command');
  });

  it.skipIf(os.me.uid === 0)('is refused to anybody but root', async () => {
    const result = await run(['true'], {
      rights: { uid: 0, gid: 0, groups: [], name: 'root' },
    });
    expect(result.end).toBe('not-started');
  });

  it('that we are already needs no permission', async () => {
    const { uid, gid } = os.me;
    const { stdout } = await run(['id', '-G'], {
      rights: await os.rightsOf({ uid, gid, name: 'us' }),
    });
    expect(stdout).toBe((await run(['id', '-G'])).stdout);
  });
});

describe('listenOn', () => {
  const SERVER = `
import os, socket, sys
assert os.environ['LISTEN_PID'] == str(os.getpid()), 'LISTEN_PID'
assert os.environ['LISTEN_FDS'] == '1', 'LISTEN_FDS'
server = socket.socket(fileno=3)
server.setblocking(True)
assert server.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1, 'listening'
connection, _ = server.accept()
connection.sendall(server.getsockname().encode())
connection.close()
print(dict(os.environ).get('PWD'), os.environ['SECRET'])
`;

  it('hands over a listening socket that answers from the first moment, and removes it', async () => {
    // A python3 that is a script (pyenv) changes the environment before it becomes Python.
    const python = (await run(['python3', '-c', 'import sys; print(sys.executable)'])).stdout;
    const path = join(directory, 'app.sock');
    const answers: string[] = [];
    const modes: number[] = [];
    const result = await run([python.trim(), '-c', SERVER], {
      env: { ...env, SECRET: 'a"b$c', PWD: '/nowhere' },
      listenOn: path,
      onStart: () => {
        modes.push(statSync(path).mode & 0o7777);
        connect(path).on('data', (data) => answers.push(data.toString()));
      },
    });
    expect(result).toMatchObject({ end: 'exit', code: 0, stderr: '' });
    expect(result.stdout).toBe('/nowhere a"b$c\n');
    expect(answers).toEqual([path]);
    expect(modes).toEqual([0o600]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it.skipIf(nobody === undefined)('belongs to the user of the command (needs root)', async () => {
    const path = join(directory, 'app.sock');
    let owner: number | undefined;
    const result = await sh('echo $LISTEN_PID $$; id -u', {
      rights: asRights(nobody),
      listenOn: path,
      onStart: () => {
        owner = statSync(path).uid;
      },
    });
    expect(owner).toBe(nobody?.uid);
    expect(result.stdout).toMatch(/^(\d+) \1\n\d+\n$/);
  });

  it('does not take the place of something that is there', async () => {
    const path = join(directory, 'app.sock');
    writeFileSync(path, 'x');
    const result = await run(['true'], { listenOn: path });
    expect(result).toMatchObject({
      end: 'not-started',
      error: expect.stringContaining('EADDRINUSE') as string,
    });
    expect(readdirSync(directory)).toEqual(['app.sock']);
  });

  it('removes the socket of a command that cannot be run', async () => {
    const path = join(directory, 'app.sock');
    const result = await run(['nonexistent-command'], { listenOn: path });
    expect(result.end).toBe('not-started');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leaves a socket alone that the command has put there itself', async () => {
    const path = join(directory, 'app.sock');
    await sh('rm "$1"; echo mine >"$1"'.replaceAll('$1', path), { listenOn: path });
    expect(existsSync(path)).toBe(true);
  });

  it('refuses a path that is too long for a socket', async () => {
    const result = await run(['true'], { listenOn: join(directory, 'x'.repeat(100)) });
    expect(result.error).toMatch(/^ENAMETOOLONG/);
  });
});

function asRights(user: User | undefined): Rights {
  if (user === undefined) throw new Error('no user to become');
  return { ...user, groups: [user.gid] };
}

/** A user with more than one group, or else any: the comparison holds for every user. */
async function userWithGroups(): Promise<{ uid: number; gid: number; name: string }> {
  for (const name of ['postgres', 'www-data', 'nobody']) {
    const user = await os.userByName(name);
    const groups = user === undefined ? '' : (await run(['id', '-G', name])).stdout;
    if (user !== undefined && groups.trim().includes(' ')) return user;
  }
  const fallback = await os.userByName('nobody');
  if (fallback === undefined) throw new Error('no user to become');
  return fallback;
}
