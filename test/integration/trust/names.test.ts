// Rule 5: names can be squatted. Sockets without a file, names in shared directories and marks in an environment are whoever's came first.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { makeControlPlace } from '../../../src/commands/run/control-place.ts';
import { openStateDirectory } from '../../../src/os/state-files.ts';
import { NO_ACCOUNTS, testAccounts } from '../../rig/accounts.ts';
import { builtCli } from '../../rig/cli.ts';
import { isAlive, readProcess, signalProcess, type ProcessId } from '../../rig/processes.ts';
import type { User } from '../../rig/users.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { makeDaemonSite, type DaemonSite } from '../daemon/support/daemon-site.ts';
import { bundle, endChildren, startChild, type Bundle, type TestChild } from '../os-children.ts';

const accounts = testAccounts();
if (accounts === undefined) console.error(`skipped: names that others had first: ${NO_ACCOUNTS}`);
const nobody: User = { name: '', uid: -1, gid: -1 };
const { alice, bob } = accounts ?? { alice: nobody, bob: nobody };

/** Takes the lock of its first argument and stays. */
const CONTENDER = `
  import { createLinuxOs } from './src/os/linux/linux-os.ts';
  const attempt = await createLinuxOs().tryLock(process.argv[2] ?? '', 'reload web');
  console.log('READY' + JSON.stringify(attempt));
  setInterval(() => {}, 1000);
`;

let contender: Bundle;
beforeAll(async () => {
  contender = await bundle(CONTENDER);
});
afterAll(() => {
  contender.remove();
});
const cleanups: Array<() => void> = [];
afterEach(async () => {
  await endChildren();
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Runs a command as a user to its end. */
function as(user: User, ...argv: readonly string[]): void {
  const [file = '', ...args] = argv;
  execFileSync(file, args, { uid: user.uid, gid: user.gid, cwd: '/', stdio: 'pipe' });
}

/** A process of a user that runs this text of JavaScript, which says READY. */
function run(user: User, script: string): Promise<TestChild> {
  return startChild([process.execPath, '-e', script], { uid: user.uid, gid: user.gid, cwd: '/' });
}

function contend(user: User | undefined, name: string, env = process.env): Promise<TestChild> {
  const who = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  return startChild([process.execPath, contender.file, name], { ...who, env, ready: '}' });
}

function outcomeOf(child: TestChild): { readonly ok: boolean; readonly holder?: unknown } {
  return JSON.parse(child.output().replace('READY', '')) as { readonly ok: boolean };
}

/** Listens on an abstract socket as reloadctl once did for a lock: the name has the full length. */
function squatAbstract(user: User, name: string): Promise<TestChild> {
  const plain = `reloadctl/${name}`;
  const isPlain = /^[\x21\x22\x24-\x7e]+$/.test(name) && plain.length <= 107;
  const hash = createHash('sha256').update(name).digest('hex');
  const full = (isPlain ? plain : `reloadctl#${hash}`).padEnd(107, '#');
  return listenAbstract(user, full);
}

function listenAbstract(user: User, name: string): Promise<TestChild> {
  const path = JSON.stringify(`\0${name}`);
  return run(
    user,
    `require('net').createServer((c) => c.on('error', () => {})).listen({ path: ${path} }, () => console.log('READY'))`,
  );
}

interface Shared {
  readonly site: DaemonSite;
  /** Where everybody may make names. */
  readonly directory: string;
  readonly pidfile: string;
  readonly logfile: string;
  readonly socket: string;
  start(...more: readonly string[]): ReturnType<DaemonSite['daemon']>;
  running(): ProcessId;
  stop(): Promise<void>;
  reloadctl(
    args: readonly string[],
    options?: { readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number },
  ): { readonly code: number | null; readonly text: string; readonly elapsedMs: number };
}

/** A daemon of root whose pid file, log and socket are in a directory like /tmp. */
async function makeShared(context: TestContext, programs: string): Promise<Shared> {
  const cli = await builtCli();
  const site = await makeDaemonSite(context, '');
  chmodSync(site.directory, 0o755);
  const directory = join(site.directory, 't');
  mkdirSync(directory);
  chmodSync(directory, 0o1777);
  const [pidfile, logfile, socket] = ['x.pid', 'x.log', 'x.sock'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  site.rewrite(
    `[unix_http_server]\nfile=${socket}\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n[supervisorctl]\nserverurl=unix://${socket}\n${programs}`,
  );
  const running = (): ProcessId => {
    const found = readProcess(Number(readFileSync(pidfile, 'utf8')));
    if (found === undefined) throw new Error('no daemon runs with the pid file');
    return found;
  };
  context.onTestFinished(() => {
    const encoded = pidfile.replaceAll('/', '%2F');
    rmSync(join('/run/reloadctl/daemons', encoded), { recursive: true, force: true });
  });
  return {
    site,
    directory,
    pidfile,
    logfile,
    socket,
    running,
    start: (...more) => site.daemon('--pidfile', pidfile, '--logfile', logfile, ...more),
    async stop() {
      const daemon = running();
      signalProcess(daemon, 'SIGTERM');
      await site.waitForEnd(daemon);
    },
    reloadctl(args, { env = {}, timeoutMs = 60_000 } = {}) {
      const began = performance.now();
      const argv = [cli, '-c', join(site.directory, 'supervisord.conf'), ...args];
      const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
        encoding: 'utf8',
        timeout: timeoutMs,
        env: {
          ...process.env,
          RELOADCTL_STATE_DIR: join(site.directory, 'state'),
          ...env,
        },
      });
      return { code: status, text: stdout + stderr, elapsedMs: performance.now() - began };
    },
  };
}

const SLEEPER = '[program:web]\ncommand=sleep 600\nstartsecs=0\n';

describe.skipIf(accounts === undefined)('a daemon of root whose names others had first', () => {
  const KINDS = {
    'a directory': (path: string) => {
      as(alice, 'mkdir', path);
    },
    'a file': (path: string) => {
      as(alice, 'sh', '-c', 'echo 1 > "$0"', path);
    },
    'a FIFO': (path: string) => {
      as(alice, 'mkfifo', path);
    },
    'a symlink to a file of root': (path: string) => {
      as(alice, 'ln', '-s', join(path, '../../victim'), path);
    },
    'a symlink to a directory of root': (path: string) => {
      as(alice, 'ln', '-s', join(path, '../../victims'), path);
    },
    'a symlink to nothing, in a directory of root': (path: string) => {
      as(alice, 'ln', '-s', join(path, '../../victims/new'), path);
    },
  } as const;

  test.for([
    ...Object.keys(KINDS).flatMap((kind) =>
      ['x.pid', 'x.pid.d', 'x.log', 'x.sock'].map((name) => ({ kind, name })),
    ),
  ])(
    'starts with $kind at $name, and touches nothing through it',
    async ({ kind, name }, context) => {
      const shared = await makeShared(context, SLEEPER);
      const victim = join(shared.site.directory, 'victim');
      const victims = join(shared.site.directory, 'victims');
      writeFileSync(victim, 'of root\n', { mode: 0o600 });
      mkdirSync(victims, { mode: 0o700 });
      const path = join(shared.directory, name);
      KINDS[kind as keyof typeof KINDS](path);
      const { ino } = lstatSync(path);

      const started = await shared.start();
      expect(started).toMatchObject({ code: 0 });
      expect(isAlive(shared.running())).toBe(true);
      expect(shared.reloadctl(['status']).text).toMatch(/web +RUNNING/);
      expect(readFileSync(shared.logfile, 'utf8')).toContain(`uid ${alice.uid}`);
      expect(readFileSync(victim, 'utf8')).toBe('of root\n');
      expect(statSync(victim)).toMatchObject({ uid: 0, mode: 0o100600 });
      expect(readdirSync(victims)).toEqual([]);
      // What alice has made is hers still, by one name or the other.
      const theirs = readdirSync(shared.directory).map((each) => join(shared.directory, each));
      expect(theirs.map((each) => lstatSync(each).ino)).toContain(ino);
      await shared.stop();
    },
  );

  test('starts with a living socket of somebody else at the place of its own', async (context) => {
    const shared = await makeShared(context, SLEEPER);
    const path = JSON.stringify(shared.socket);
    await run(
      alice,
      `require('net').createServer().listen({ path: ${path} }, () => console.log('READY'))`,
    );
    expect(await shared.start()).toMatchObject({ code: 0 });
    expect(shared.reloadctl(['status']).text).toMatch(/web +RUNNING/);
    await shared.stop();
  });

  test('does not overwrite what it may have been given a hard link to', async (context) => {
    const shared = await makeShared(context, SLEEPER);
    const victim = join(shared.site.directory, 'victim');
    writeFileSync(victim, 'of root\n');
    // As where fs.protected_hardlinks is 0.
    execFileSync('ln', [victim, shared.pidfile]);
    expect(await shared.start()).toMatchObject({ code: 0 });
    expect(readFileSync(victim, 'utf8')).toBe('of root\n');
    expect(isAlive(shared.running())).toBe(true);
    await shared.stop();
  });

  test('is found again by the next one and by --replace, although the name is free by then', async (context) => {
    const shared = await makeShared(context, SLEEPER);
    as(alice, 'mkdir', `${shared.pidfile}.d`);
    expect(await shared.start()).toMatchObject({ code: 0 });
    const program = await waitFor('the program', () => shared.site.programs()[0]);
    const first = shared.running();
    signalProcess(first, 'SIGKILL');
    await shared.site.waitForEnd(first);
    as(alice, 'rmdir', `${shared.pidfile}.d`);

    expect(await shared.start()).toMatchObject({ code: 0 });
    expect(shared.site.programs().map(({ pid }) => pid)).toEqual([program.pid]);
    expect(shared.reloadctl(['status']).text).toMatch(new RegExp(`RUNNING +pid ${program.pid},`));
    as(alice, 'mkdir', `${shared.pidfile}.d`);
    const second = shared.running();
    const replaced = shared.reloadctl(['daemon', '--replace', '--pidfile', shared.pidfile]);
    expect(replaced.text).toMatch(new RegExp(`replaced: pid ${second.pid} by pid \\d+`));
    expect(shared.site.programs().map(({ pid }) => pid)).toEqual([program.pid]);
    await shared.stop();
  });

  test('starts although somebody listens on the name of its lock', async (context) => {
    const shared = await makeShared(context, SLEEPER);
    await squatAbstract(alice, `daemon ${shared.pidfile}`);
    await contend(alice, `daemon ${shared.pidfile}`);
    expect(await shared.start()).toMatchObject({ code: 0 });
    // Of root's there is one still.
    const second = await shared.start();
    expect(second).toMatchObject({ code: 2 });
    expect(second.stderr).toContain(`A daemon with pid ${shared.running().pid} already runs`);
    await shared.stop();
  });

  test('runs no helper that lies in the directory in which it is started', async (context) => {
    const shared = await makeShared(context, `${SLEEPER}user=${alice.uid}\n`);
    const trap = join(shared.directory, 'trap');
    const sprung = join(shared.directory, 'sprung');
    as(alice, 'mkdir', trap);
    for (const name of ['getent', 'mkfifo', 'prlimit', 'setpriv']) {
      const file = join(trap, name);
      as(
        alice,
        'sh',
        '-c',
        `printf '#!/bin/sh\\necho %s >> ${sprung}\\nexit 1\\n' ${name} > "$0"; chmod 755 "$0"`,
        file,
      );
    }
    const cli = await builtCli();
    const argv = [cli, '-c', join(shared.site.directory, 'supervisord.conf'), 'daemon'];
    const more = ['--pidfile', shared.pidfile, '--logfile', shared.logfile];
    const env = {
      ...process.env,
      RELOADCTL_TEST_SITE: shared.site.directory,
      PATH: ':.:/usr/bin:/bin',
    };
    const { status } = spawnSync(process.execPath, [...argv, ...more], { cwd: trap, env });
    expect(existsSync(sprung)).toBe(false);
    expect(status).toBe(0);
    await shared.stop();
  });
});

describe.skipIf(accounts === undefined)('a lock that another user has', () => {
  const release = (user: User): void => {
    cleanups.push(() => {
      rmSync(`/tmp/reloadctl-${user.uid}`, { recursive: true, force: true });
    });
  };

  test('keeps root from nothing, and who it is is told by the kernel', async (context) => {
    const shared = await makeShared(context, SLEEPER);
    expect(await shared.start()).toMatchObject({ code: 0 });
    const key = `unix://${shared.socket} web:web`;
    release(alice);
    await squatAbstract(alice, key);
    const theirs = await contend(alice, key);
    expect(outcomeOf(theirs).ok).toBe(true);

    const stopped = shared.reloadctl(['--json', 'stop', 'web'], { timeoutMs: 20_000 });
    expect(stopped.code, stopped.text).toBe(0);
    const beside = stopped.text.split('\n').find((line) => line.includes('"event":"beside"'));
    expect(JSON.parse(beside ?? '{}')).toMatchObject({
      pid: theirs.id.pid,
      uid: alice.uid,
      user: alice.name,
      program: 'node',
      purpose: 'reload web',
    });
    await shared.stop();
  });

  test('is told of only where file and process are of one user', async (context) => {
    const shared = await makeShared(context, SLEEPER);
    expect(await shared.start()).toMatchObject({ code: 0 });
    const key = `unix://${shared.socket} web:web`;
    release(alice);
    const theirs = await contend(alice, key);
    const place = `/tmp/reloadctl-${alice.uid}`;
    const [file = ''] = readdirSync(place);
    const claim = JSON.parse(readFileSync(join(place, file), 'utf8')) as Record<string, unknown>;
    signalProcess(readProcess(theirs.id.pid) as ProcessId, 'SIGKILL');
    await theirs.exited;
    const victim = shared.running();
    const forged = JSON.stringify({ ...claim, pid: victim.pid, start: victim.startTicks });
    as(alice, 'sh', '-c', 'printf "%s\\n" "$1" > "$0"', join(place, file), forged);
    const stopped = shared.reloadctl(['--json', 'stop', 'web'], { timeoutMs: 20_000 });
    expect(stopped).toMatchObject({ code: 0 });
    expect(stopped.text).not.toContain('"beside"');
    await shared.stop();
  });

  test('of root is waited for so long as was said, and is named', async (context) => {
    const shared = await makeShared(context, SLEEPER);
    expect(await shared.start()).toMatchObject({ code: 0 });
    const key = `unix://${shared.socket} web:web`;
    const holder = await contend(undefined, key);
    const refused = shared.reloadctl(['stop', 'web', '--wait-limit', '1'], { timeoutMs: 20_000 });
    expect(refused.code, refused.text).toBe(13);
    expect(refused.elapsedMs).toBeGreaterThan(1000);
    expect(refused.text.replaceAll(/\s+/g, ' ')).toMatch(
      new RegExp(`reloadctl ${holder.id.pid} of root \\(reload web, since \\d\\d:\\d\\d:\\d\\d\\)`),
    );
    release(alice);
    expect(outcomeOf(await contend(alice, key))).toMatchObject({
      ok: false,
      holder: { pid: holder.id.pid, uid: 0, purpose: 'reload web' },
    });
    await shared.stop();
  });

  test('and the place for it keep nobody else of the same rank from working', async () => {
    const name = `test-${process.pid}-squatted`;
    const home = mkdtempSync(join(tmpdir(), 'reloadctl-test-'));
    chownSync(home, bob.uid, bob.gid);
    cleanups.push(() => {
      rmSync(home, { recursive: true });
    });
    release(bob);
    as(alice, 'mkdir', `/tmp/reloadctl-${bob.uid}`);
    const env = { ...process.env, RELOADCTL_STATE_DIR: join(home, 'state') };
    expect(outcomeOf(await contend(bob, name, env)).ok).toBe(true);
    expect(outcomeOf(await contend(bob, name, env)).ok).toBe(false);
    expect(readdirSync(join(home, 'state', 'locks'))).toHaveLength(1);
  });
});

describe.skipIf(accounts === undefined)('what a process says of itself', () => {
  test('does not make it a part of a program of somebody else', async (context) => {
    const shared = await makeShared(context, SLEEPER);
    expect(await shared.start()).toMatchObject({ code: 0 });
    const file = join(shared.directory, 'decoy.pid');
    const script = 'trap "" TERM; echo $$ > "$0.new"; mv "$0.new" "$0"; exec sleep 600';
    spawnSync('sh', ['-c', `setsid sh -c '${script}' ${file} >/dev/null 2>&1 &`], {
      uid: alice.uid,
      gid: alice.gid,
      cwd: '/',
      env: {
        PATH: process.env.PATH,
        RELOADCTL_TEST_SITE: shared.site.directory, // So that it is ended with the site.
        SUPERVISOR_PROCESS_NAME: 'web',
        SUPERVISOR_GROUP_NAME: 'web',
        SUPERVISOR_SERVER_URL: `unix://${shared.socket}`,
      },
    });
    const pid = await waitFor('the decoy', () =>
      existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined,
    );
    const decoy = readProcess(pid);
    const restarted = shared.reloadctl(['restart', 'web']);
    expect(restarted.code, restarted.text).toBe(0);
    expect(restarted.elapsedMs).toBeLessThan(9000);
    expect(decoy !== undefined && isAlive(decoy)).toBe(true);
    await shared.stop();
  });

  test('a line feed in the name of a socket makes no address taken', async (context) => {
    const shared = await makeShared(context, '');
    const path = join(shared.site.directory, 'a.sock');
    const line = `0: 2 0 10000 1 1 9 ${path}`;
    await listenAbstract(alice, `x\n${line}\n`);
    expect(readFileSync('/proc/net/unix', 'utf8').split('\n')).toContain(line);
    shared.site.rewrite(
      `[unix_http_server]\nfile=${shared.socket}\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n[supervisorctl]\nserverurl=unix://${shared.socket}\n[fcgi-program:app]\ncommand=sleep 600\nsocket=unix://${path}\nstartsecs=0\n`,
    );
    expect(await shared.start()).toMatchObject({ code: 0 });
    await waitFor(
      'the program to run',
      () => /app\S* +RUNNING/.test(shared.reloadctl(['status']).text) || undefined,
      { observe: () => shared.reloadctl(['status']).text, ceilingMs: 10_000 },
    );
    await shared.stop();
  });
});

describe.skipIf(accounts === undefined)('a directory for the state of root', () => {
  let base: string;
  const make = (): string => {
    base = mkdtempSync(join(tmpdir(), 'reloadctl-test-'));
    chmodSync(base, 0o1777);
    cleanups.push(() => {
      rmSync(base, { recursive: true });
    });
    return base;
  };
  const open = (path: string) => openStateDirectory({ uid: 0, env: { RELOADCTL_STATE_DIR: path } });

  test.for([
    ['that another user has made', (at: string) => ['mkdir', join(at, 's')], 's'],
    ['in a directory of another user', (at: string) => ['mkdir', join(at, 'd')], 'd/s'],
    [
      'behind a link of another user',
      (at: string) => ['ln', '-s', join(at, 'roots'), join(at, 'l')],
      'l/s',
    ],
  ] as const)('%s is not used, and nothing is made in it', async ([, argv, name]) => {
    const at = make();
    mkdirSync(join(at, 'roots'), { mode: 0o700 });
    as(alice, ...argv(at));
    const opened = await open(join(at, name));
    expect(opened).toMatchObject({ ok: false });
    expect(opened.ok ? '' : opened.error).toContain(String(alice.uid));
    expect(existsSync(join(at, name))).toBe(name === 's');
  });

  test('that lies in a directory of another user is not used, although it is root’s own', async () => {
    const at = make();
    as(alice, 'mkdir', join(at, 'd'));
    mkdirSync(join(at, 'd/s'), { mode: 0o700 });
    expect(await open(join(at, 'd/s'))).toMatchObject({ ok: false });
  });

  test('is none for the socket of a run either, where another user can put another one in its place', () => {
    const at = make();
    as(alice, 'mkdir', '-m', '777', join(at, 'd'));
    const place = makeControlPlace({ RUNTIME_DIRECTORY: join(at, 'd') });
    cleanups.unshift(() => place?.remove());
    expect(place?.socket.startsWith(at)).toBe(false);
    expect(readdirSync(join(at, 'd'))).toEqual([]);
  });
});
