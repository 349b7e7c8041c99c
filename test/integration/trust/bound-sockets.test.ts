import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { bindSocket, type SocketRequest } from '../../../src/daemon/sockets/bind-socket.ts';
import { createOs } from '../../../src/os/create-os.ts';
import { openTestDaemon, valueOf } from '../daemon/support/open-daemon.ts';
import { socketSite } from '../daemon/support/socket-site.ts';
import { NO_ACCOUNTS, testAccounts } from '../../rig/accounts.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { User } from '../../rig/users.ts';
import { waitFor } from '../../rig/wait-for.ts';

const accounts = testAccounts();
if (accounts === undefined) console.error(`skipped: sockets that programs ask for: ${NO_ACCOUNTS}`);

type Finishing = Pick<TestContext, 'onTestFinished'>;

/** A directory that everybody can enter, with one that only root can and one of alice's. */
function place({ onTestFinished }: Finishing, alice: User) {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-trust-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  chmodSync(directory, 0o755);
  const make = (name: string, mode: number, owner?: User): string => {
    const path = join(directory, name);
    mkdirSync(path);
    chmodSync(path, mode);
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
    return path;
  };
  return { make, closed: make('closed', 0o700), home: make('home', 0o755, alice) };
}

/** A service of root's; `isDead`: its socket is left, and nobody listens. */
async function service(
  { onTestFinished }: Finishing,
  path: string,
  isDead = false,
): Promise<number> {
  const server: Server = createServer((connection) => connection.end('root'));
  if (isDead) {
    // Bound, and never listening: nobody can connect.
    valueOf(await bindSocket(await createOs(), request(path)));
  } else {
    server.listen(path);
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
    });
  }
  chmodSync(path, 0o600);
  return lstatSync(path).ino;
}

function request(path: string, more: Partial<SocketRequest> = {}): SocketRequest {
  return {
    address: { kind: 'unix', path },
    backlog: 8,
    mode: 0o777,
    owner: undefined,
    rights: 'ours',
    ...more,
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

async function freeLowPort(): Promise<number> {
  for (let port = 1000; port > 900; port -= 1) if (!(await answers(port))) return port;
  throw new Error('no free port below 1024');
}

describe.skipIf(accounts === undefined)(`a gunicorn of another user (${NO_ACCOUNTS})`, () => {
  const alice = accounts?.alice ?? { name: '', uid: 0, gid: 0 };

  async function begin(bind: string, context: TestContext) {
    const site = await siteForTest(
      { mailer: false, supervisor: 'reloadctl', user: alice, gunicornOptions: { bind } },
      'answering',
      context,
    );
    const daemon = socketSite(site);
    const state = await daemon.waitForState(
      'a reason',
      ({ socketReason }) => socketReason !== '' && !socketReason.includes('not started'),
    );
    return { site, daemon, reason: state.socketReason };
  }

  it('does not get a socket in the place of a service of root, through a link of its own', async (context) => {
    const { closed, home } = place(context, alice);
    const inode = await service(context, join(closed, 'live.sock'));
    symlinkSync(closed, join(home, 'lnk'));
    const { reason } = await begin(`unix:${home}/lnk/live.sock`, context);
    expect(reason).toMatch(/could not listen on .*EACCES/);
    expect(lstatSync(join(closed, 'live.sock')).ino).toBe(inode);
  });

  it('does not get a port that only root may have', async (context) => {
    const port = await freeLowPort();
    const { reason } = await begin(`127.0.0.1:${port}`, context);
    expect(reason).toContain(`127.0.0.1:${port}: EACCES`);
    expect(await answers(port)).toBe(false);
  });

  it('does not get a socket in a directory that it cannot write', async (context) => {
    const { make } = place(context, alice);
    const path = join(make('others', 0o755), 'web.sock');
    expect((await begin(`unix:${path}`, context)).reason).toContain('EACCES');
    expect(existsSync(path)).toBe(false);
  });
});

describe.skipIf(accounts === undefined)(`binding a unix socket as root (${NO_ACCOUNTS})`, () => {
  const alice = accounts?.alice ?? { name: '', uid: 0, gid: 0 };
  const bob = accounts?.bob ?? alice;
  const asAlice = { ...alice, groups: [alice.gid] };

  it('for a user: has owner, mode and connections, and its name goes with it', async (context) => {
    const { home } = place(context, alice);
    const path = join(home, 'web.sock');
    const os = await createOs();
    const bound = valueOf(await bindSocket(os, request(path, { mode: 0o750, rights: asAlice })));
    const { uid, gid, mode } = lstatSync(path);
    expect({ uid, gid, mode: mode & 0o777 }).toEqual({
      uid: alice.uid,
      gid: alice.gid,
      mode: 0o750,
    });
    await bound.close();
    expect(existsSync(path)).toBe(false);
  });

  it('for a user: the name stays when it is another’s by then', async (context) => {
    const { home } = place(context, alice);
    const path = join(home, 'web.sock');
    const os = await createOs();
    const bound = valueOf(await bindSocket(os, request(path, { rights: asAlice })));
    rmSync(path);
    const inode = await service(context, path);
    await bound.close();
    expect(lstatSync(path).ino).toBe(inode);
  });

  it('for a user: not in the place of a dead socket of another user', async (context) => {
    const { make } = place(context, alice);
    const path = join(make('tmp', 0o1777), 'web.sock');
    const os = await createOs();
    valueOf(await bindSocket(os, request(path, { owner: bob })));
    const inode = lstatSync(path).ino;
    const bound = await bindSocket(os, request(path, { rights: asAlice }));
    expect(bound.ok).toBe(false);
    expect(lstatSync(path).ino).toBe(inode);
  });

  it('that the administrator names is not bound through a link of another user', async (context) => {
    const { closed, home } = place(context, alice);
    const inode = await service(context, join(closed, 'dead.sock'), true);
    symlinkSync(closed, join(home, 'lnk'));
    const bound = await bindSocket(await createOs(), request(`${home}/lnk/dead.sock`));
    expect(bound.ok).toBe(false);
    expect(lstatSync(join(closed, 'dead.sock')).ino).toBe(inode);
  });

  it('that the administrator names has the owner that he names, also in a directory of another user', async (context) => {
    const { home } = place(context, alice);
    mkdirSync(join(home, 'run'));
    chownSync(join(home, 'run'), alice.uid, alice.gid);
    const path = join(home, 'run/web.sock');
    const owner = { uid: alice.uid, gid: bob.gid };
    const bound = valueOf(
      await bindSocket(await createOs(), request(path, { owner, mode: 0o770 })),
    );
    const { uid, gid, mode } = lstatSync(path);
    expect({ uid, gid, mode: mode & 0o777 }).toEqual({ ...owner, mode: 0o770 });
    await bound.close();
    expect(existsSync(path)).toBe(false);
  });

  it('a forged line of /proc/net/unix keeps nobody from a free address', async (context) => {
    const { make } = place(context, alice);
    const path = join(make('run', 0o755), 'web.sock');
    // Node cannot make a name without a file of any bytes.
    const script = `import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(b"\\0x\\n0: 2 0 00010000 1 1 9 " + sys.argv[1].encode()); s.listen(1)
print("ready", flush=True); time.sleep(60)`;
    const forger = spawn('python3', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    context.onTestFinished(() => {
      forger.kill('SIGKILL');
    });
    await once(forger.stdout, 'data');
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sleep 60\nstdout_logfile=NONE\nstderr_logfile=NONE\n[reloadctl:p]\nsocket=unix:${path}\n`,
    );
    await waitFor('it to run', () => test.stateOf('p') === 'RUNNING' || undefined, {
      observe: () => test.daemon.groups.member('p', 'p')?.process.snapshot,
    });
    expect(lstatSync(path).isSocket()).toBe(true);
  });
});
