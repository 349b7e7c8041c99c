import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProcId } from '../../src/os/proc.ts';
import { ordinaryUser } from '../rig/users.ts';
import { waitFor } from '../rig/wait-for.ts';
import { bundle, endChildren, os, startChild, valueOf } from './os-children.ts';

const SLEEPER = ['sh', '-c', 'echo READY; exec sleep 60'];
const nobody = ordinaryUser();

const PATH = { PATH: process.env.PATH ?? '/usr/bin:/bin' };

/** What a process with the same pid but another start looks like. */
function reused({ pid, startTicks }: ProcId): ProcId {
  return { pid, startTicks: startTicks + 1 };
}

afterEach(endChildren);

describe('processes', () => {
  it('lists this process as the kernel sees it', async () => {
    const me = (await os.processes()).find(({ pid }) => pid === process.pid);
    expect(me).toMatchObject({ pid: process.pid, ppid: process.ppid, uid: os.me.uid });
    const { startTicks, pgid, sid } = (await os.process(process.pid)) ?? {};
    expect(me).toMatchObject({ startTicks, pgid, sid });
    expect(me?.rssBytes).toBeGreaterThan(10_000_000);
    expect(me?.cpuSeconds).toBeGreaterThan(0);
  });

  it('lists a child with its group and session', async () => {
    const child = await startChild(SLEEPER, { detached: true });
    const { pid } = child.id;
    expect(await os.process(pid)).toMatchObject({ ppid: process.pid, pgid: pid, sid: pid });
  });

  it('lists a process that calls itself something nasty', async () => {
    const name = ') R 1 (\n';
    const program = `open('/proc/self/comm','w').write(${JSON.stringify(name)}); print('READY', flush=True); import time; time.sleep(60)`;
    const child = await startChild(['python3', '-c', program]);
    const proc = (await os.processes()).find(({ pid }) => pid === child.id.pid);
    expect(proc).toMatchObject({ comm: ') R 1 (\n', ppid: process.pid, uid: os.me.uid });
    expect(proc?.startTicks).toBe(child.id.startTicks);
  });

  it('shows a zombie with state Z', async () => {
    // The shell becomes a sleep, which never waits for the child of the shell.
    const parent = await startChild(['sh', '-c', 'sleep 0 & echo READY; exec sleep 60']);
    const zombie = await waitFor('a zombie', async () =>
      (await os.processes()).find(({ ppid, state }) => ppid === parent.id.pid && state === 'Z'),
    );
    expect(await os.process(zombie.pid)).toMatchObject({ state: 'Z', pid: zombie.pid });
    expect(await os.kill(zombie, 'SIGTERM')).toBe('gone');
    expect(await os.maySignal(zombie)).toBe(false);
    expect(await os.argv(zombie)).toEqual({ ok: false, error: 'gone' });
  });

  it('knows no process by the id of a thread', async () => {
    const program = `import threading, time; t = threading.Thread(target=time.sleep, args=(60,), daemon=True); t.start(); print('READY', t.native_id, flush=True); time.sleep(60)`;
    const child = await startChild(['python3', '-c', program], { ready: '\n' });
    const threadId = Number(/READY (\d+)/.exec(child.output())?.[1]);
    expect(threadId).not.toBe(child.id.pid);
    expect(await os.process(threadId)).toBeUndefined();
  });

  it.skipIf(nobody === undefined)(
    'names the user of a process that has changed it (needs root)',
    async () => {
      const program = `import os, time; os.setgid(${nobody?.gid}); os.setuid(${nobody?.uid}); print('READY', flush=True); time.sleep(60)`;
      const child = await startChild(['python3', '-c', program]);
      expect((await os.process(child.id.pid))?.uid).toBe(nobody?.uid);
    },
  );

  it.each([0, -1, 1.5, NaN, 2 ** 40])('knows no process %d', async (pid) => {
    expect(await os.process(pid)).toBeUndefined();
  });

  it('tells the start to some hundredths of a second', async () => {
    const before = Date.now();
    const child = await startChild(SLEEPER);
    const after = Date.now();
    const startedAt = await os.startedAt(child.id);
    expect(startedAt).toBeGreaterThan(before - 50);
    expect(startedAt).toBeLessThan(after + 50);
  });
});

describe('readings of a process', () => {
  it('are of that process', async () => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'reloadctl-test-')));
    try {
      const file = join(directory, 'open file');
      writeFileSync(file, 'x');
      const argv = ['sh', '-c', 'exec 3<"$1"; echo READY; exec sleep "$0"', '60', file];
      const child = await startChild(argv, { cwd: directory, env: { ...PATH, A_B: 'c=d\n' } });
      await waitFor('the exec', async () =>
        valueOf(await os.argv(child.id))[0] === 'sleep' ? true : undefined,
      );
      expect(valueOf(await os.argv(child.id))).toEqual(['sleep', '60']);
      expect(valueOf(await os.environment(child.id))).toMatchObject({ A_B: 'c=d\n' });
      expect(valueOf(await os.cwd(child.id))).toBe(directory);
      expect(valueOf(await os.executable(child.id))).toMatch(/\/(sleep|coreutils|busybox)$/);
      expect(valueOf(await os.openFiles(child.id))).toContainEqual({ fd: 3, target: file });
      rmSync(file);
      expect(valueOf(await os.openFiles(child.id))).toContainEqual({
        fd: 3,
        target: `${file} (deleted)`,
      });
      expect(valueOf(await os.openFileStat(child.id, 3))).toMatchObject({
        kind: 'file',
        size: 1,
        nlink: 0,
        uid: os.me.uid,
      });
      expect(await os.openFileStat(child.id, 99)).toEqual({ ok: false, error: 'gone' });
      expect(valueOf(await os.memoryOf(child.id))).toBeGreaterThan(0);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each([
    [
      'sh',
      ['sh', '-c', 'trap "" HUP; trap : TERM; echo READY; while :; do sleep 0.1; done'],
      ['SIGTERM'],
      ['SIGHUP'],
    ],
    [
      'node',
      [
        process.execPath,
        '-e',
        'process.on("SIGHUP", () => {}); process.on("SIGUSR2", () => {}); console.log("READY"); setInterval(() => {}, 1000)',
      ],
      ['SIGHUP', 'SIGUSR2'],
      ['SIGPIPE'],
    ],
    [
      'python',
      [
        'python3',
        '-c',
        'import signal, time; signal.signal(signal.SIGHUP, lambda *a: 0); signal.signal(signal.SIGWINCH, signal.SIG_IGN); print("READY", flush=True); time.sleep(60)',
      ],
      ['SIGHUP', 'SIGINT'],
      ['SIGWINCH'],
    ],
  ] as const)('tell the signals that %s catches and ignores', async (_, argv, caught, ignored) => {
    const child = await startChild(argv);
    const signals = valueOf(await os.signals(child.id));
    expect([...signals.caught]).toEqual(expect.arrayContaining([...caught]));
    expect([...signals.ignored]).toEqual(expect.arrayContaining([...ignored]));
    expect([...signals.caught]).not.toEqual(expect.arrayContaining([...ignored]));
  });

  it('tell the sockets that are waited for', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const me = await os.process(process.pid);
    if (me === undefined) throw new Error('this process is not listed');
    try {
      const listening = (await os.listeners()).map(({ inode }) => `socket:[${inode}]`);
      const polled = valueOf(await os.polledFiles(me));
      const files = valueOf(await os.openFiles(me)).filter(({ fd }) => polled.includes(fd));
      expect(files.filter(({ target }) => listening.includes(target))).toHaveLength(1);
    } finally {
      server.close();
    }
    expect(await os.polledFiles(reused(me))).toEqual({ ok: false, error: 'gone' });
  });

  it('tell the signals that are blocked', async () => {
    const program =
      'import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]); print("READY", flush=True); time.sleep(60)';
    const child = await startChild(['python3', '-c', program]);
    expect([...valueOf(await os.signals(child.id)).blocked]).toEqual(['SIGUSR1']);
  });

  it('are refused when the pid belongs to another process by now', async () => {
    const child = await startChild(SLEEPER);
    const other = reused(child.id);
    const gone = { ok: false, error: 'gone' };
    expect(await os.signals(other)).toEqual(gone);
    expect(await os.argv(other)).toEqual(gone);
    expect(await os.environment(other)).toEqual(gone);
    expect(await os.cwd(other)).toEqual(gone);
    expect(await os.executable(other)).toEqual(gone);
    expect(await os.openFiles(other)).toEqual(gone);
    expect(await os.openFileStat(other, 0)).toEqual(gone);
    expect(await os.memoryOf(other)).toEqual(gone);
    expect(await os.maySignal(other)).toBe(false);
  });

  it('are gone with the process', async () => {
    const child = await startChild(['sh', '-c', 'echo READY; read _ < /dev/null; sleep 0.2']);
    await child.exited;
    expect(await os.process(child.id.pid)).toBeUndefined();
    expect(await os.argv(child.id)).toEqual({ ok: false, error: 'gone' });
  });

  it.skipIf(nobody === undefined)(
    'are denied, not gone, for the process of another user (needs root to start one)',
    async () => {
      const child = await startChild(SLEEPER);
      const script = `
        import { createLinuxOs } from './src/os/linux/linux-os.ts';
        const os = createLinuxOs();
        const id = { pid: ${child.id.pid}, startTicks: ${child.id.startTicks} };
        const answers = [await os.cwd(id), await os.environment(id), await os.openFiles(id), await os.kill(id, 'SIGTERM'), await os.maySignal(id), (await os.argv(id)).ok, (await os.memoryOf(id)).ok, (await os.process(id.pid))?.uid];
        console.log('READY' + JSON.stringify(answers));`;
      const reader = await bundle(script);
      try {
        const asked = await startChild([process.execPath, reader.file], {
          uid: nobody?.uid,
          gid: nobody?.gid,
          ready: '\n',
        });
        const denied = { ok: false, error: 'denied' };
        expect(JSON.parse(asked.output().replace('READY', ''))).toEqual([
          denied,
          denied,
          denied,
          'denied',
          false,
          true,
          true,
          0,
        ]);
      } finally {
        reader.remove();
      }
    },
  );
});

describe('listeners', () => {
  it('shows what this process listens on, TCP of both families and unix', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'reloadctl-test-'));
    const path = join(directory, 'a b.sock');
    const servers = [createServer(), createServer(), createServer()] as const;
    const [tcp, tcp6, unix] = servers;
    try {
      tcp.listen(0, '127.0.0.1');
      tcp6.listen(0, '::1');
      unix.listen(path);
      await Promise.all(servers.map((server) => once(server, 'listening')));
      const port = (server: Server): number => (server.address() as AddressInfo).port;
      const addresses = (await os.listeners()).map(({ address }) => address);
      expect(addresses).toContain(`127.0.0.1:${port(tcp)}`);
      expect(addresses).toContain(`[::1]:${port(tcp6)}`);
      expect(addresses).toContain(`unix:${path}`);
    } finally {
      servers.forEach((server) => server.close());
      rmSync(directory, { recursive: true });
    }
  });
});

describe('memoryAvailable', () => {
  it('is not more than the machine has', async () => {
    const me = await os.process(process.pid);
    const available = await os.memoryAvailable(me);
    expect(available).toBeGreaterThan(0);
    expect(available).toBeLessThan(totalmem());
  });
});

describe('start-up', () => {
  it('reads processes without loading what only commands, HTTP and locks need', async () => {
    const program = await bundle(`
      import { createOs } from './src/os/create-os.ts';
      const os = await createOs();
      const me = await os.process(process.pid);
      await os.processes(); await os.signals(me); await os.argv(me); await os.memoryOf(me); await os.memoryAvailable(me);
      await os.listeners(); await os.kill({ pid: 2 ** 30, startTicks: 1 }, 'SIGTERM'); await os.startedAt(me); await os.userById(0);
      console.log('READY' + JSON.stringify(process.moduleLoadList.filter((name) => /^NativeModule (net|http|https|tls|child_process|crypto)$/.test(name))));`);
    try {
      const child = await startChild([process.execPath, program.file], { ready: '\n' });
      await child.exited;
      expect(child.output()).toBe('READY[]\n');
    } finally {
      program.remove();
    }
  });
});
