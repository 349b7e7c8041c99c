import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogFile } from '../../../src/daemon/logs/log-file.ts';
import { makeFifos } from '../../../src/daemon/spawn/make-fifos.ts';
import { listProcesses } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { ordinaryUser } from '../../rig/users.ts';
import { LogsFixture } from './logs-fixture.ts';

let fixture: LogsFixture;
beforeEach(() => {
  fixture = new LogsFixture();
});
afterEach(() => fixture.end());

const read = (path: string): string => readFileSync(path, 'utf8');

/** The names of the log and its backups. */
function logNames(): readonly string[] {
  return readdirSync(fixture.directory)
    .filter((name) => name.includes('.log'))
    .sort();
}

describe('the log of a program', () => {
  it('is appended to, and has everything when the end of the process was waited for', async () => {
    writeFileSync(fixture.log, 'before\n');
    const output = await fixture.open();
    await fixture.run(output, 'echo one; sleep 0.05; printf two');
    expect(read(fixture.log)).toBe('before\none\ntwo');
    expect(output.path).toBe(fixture.log);
  });

  it('gives children a pipe that /dev/stdout and /dev/stderr can be opened on', async () => {
    const output = await fixture.open();
    await fixture.run(output, 'exec 2>&1; echo out > /dev/stdout; echo err >> /dev/stderr');
    expect(read(fixture.log)).toBe('out\nerr\n');
  });

  it.skipIf(ordinaryUser() === undefined || process.getuid?.() !== 0)(
    'gives the pipe to the user of the program',
    async () => {
      const user = ordinaryUser();
      const output = await fixture.open({}, { changes: { user } });
      expect(statSync(fixture.fifo)).toMatchObject({ uid: user?.uid, gid: user?.gid });
      await fixture.run(
        output,
        `exec setpriv --reuid=${user?.uid ?? 0} sh -c 'echo x > /dev/stdout'`,
      );
      expect(read(fixture.log)).toBe('x\n');
    },
  );

  it('is rotated after a write that made it long enough, with as many backups as asked for', async () => {
    const output = await fixture.open({ maxBytes: 10, backups: 2 });
    for (const line of ['1234567', 'abcdefghijklmn', '7654321', 'short', 'xyzxyzxyzxyz', 'end']) {
      await fixture.run(output, `echo ${line}`);
    }
    expect(logNames()).toEqual(['app.log', 'app.log.1', 'app.log.2']);
    expect(read(fixture.log)).toBe('end\n');
    expect(read(`${fixture.log}.1`)).toBe('xyzxyzxyzxyz\n');
    expect(read(`${fixture.log}.2`)).toBe('7654321\nshort\n');
  });

  it('is emptied instead when there are to be no backups', async () => {
    const output = await fixture.open({ maxBytes: 10, backups: 0 });
    await fixture.run(output, 'echo 1234567890');
    expect(read(fixture.log)).toBe('');
    await fixture.run(output, 'echo more');
    expect([logNames(), read(fixture.log)]).toEqual([['app.log'], 'more\n']);
  });

  it('is not rotated with 0 bytes, nor when another program has emptied it', async () => {
    const endless = await fixture.open({ maxBytes: 0, backups: 3 });
    await fixture.run(endless, 'head -c 300000 /dev/zero');
    expect([logNames(), statSync(fixture.log).size]).toEqual([['app.log'], 300_000]);
    await endless.close({ removeFifo: false });

    writeFileSync(fixture.log, 'x'.repeat(99));
    const output = await fixture.open({ maxBytes: 100, backups: 3 });
    writeFileSync(fixture.log, '');
    await fixture.run(output, 'echo after');
    expect([logNames(), read(fixture.log)]).toEqual([['app.log'], 'after\n']);
  });

  it('named AUTO gets a new name and stays private, also after rotation', async () => {
    const output = await fixture.open({ target: { kind: 'auto' }, maxBytes: 5, backups: 1 });
    const [name = ''] = logNames();
    expect(name).toMatch(/^app-stdout---supervisor-[a-z0-9_]{8}\.log$/);
    expect(output.path).toBe(join(fixture.directory, name));
    await fixture.run(output, 'echo 12345');
    expect(logNames()).toEqual([name, `${name}.1`]);
    const modes = logNames().map((each) => statSync(join(fixture.directory, each)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
  });

  it('of a daemon before is gone on with', async () => {
    const inheritedLog = join(fixture.directory, 'app-stdout---supervisor-aaaaaaaa.log');
    writeFileSync(inheritedLog, 'before\n');
    const output = await fixture.open({ target: { kind: 'auto' } }, { inheritedLog });
    await fixture.run(output, 'echo after');
    expect([output.path, read(inheritedLog)]).toEqual([inheritedLog, 'before\nafter\n']);
  });

  it('can be absent', async () => {
    const output = await fixture.open({ target: { kind: 'none' } });
    await fixture.run(output, 'head -c 300000 /dev/zero');
    await output.reopen();
    await output.clear();
    expect([output.path, logNames()]).toEqual([undefined, []]);
  });

  it('that cannot be opened is an error at once, and leaves no descriptor behind', async () => {
    const descriptors = readdirSync('/proc/self/fd').length;
    const target = { kind: 'file', path: join(fixture.directory, 'missing', 'app.log') } as const;
    await expect(fixture.open({ target })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync('/proc/self/fd').length).toBe(descriptors);
  });

  it('is opened anew after it was moved, and removed and begun anew when it is cleared', async () => {
    const output = await fixture.open();
    await fixture.run(output, 'echo one');
    await fixture.run(output, `mv ${fixture.log} ${fixture.log}.old; echo two`);
    await output.reopen();
    await fixture.run(output, 'echo three');
    expect([read(`${fixture.log}.old`), read(fixture.log)]).toEqual(['one\ntwo\n', 'three\n']);
    const { ino } = statSync(fixture.log);
    await fixture.run(output, `ln ${fixture.log} ${fixture.directory}/kept`); // Its inode is not given to the next one.
    await output.clear();
    await fixture.run(output, 'echo four');
    expect(read(fixture.log)).toBe('four\n');
    expect(statSync(fixture.log).ino).not.toBe(ino);
  });

  it('on a full disk costs output but not the program, and that is said once', async () => {
    const output = await fixture.open({ target: { kind: 'file', path: '/dev/full' } });
    await fixture.run(output, 'head -c 300000 /dev/zero');
    expect(fixture.troubles).toEqual([
      expect.stringMatching(/\/dev\/full cannot be written: ENOSPC/),
    ]);
  });

  it('may be a pipe whose reader is slow', async () => {
    const pipe = join(fixture.directory, 'sink');
    expect(await makeFifos([pipe])).toEqual({ ok: true, value: true });
    const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const output = await fixture.open({ target: { kind: 'file', path: pipe }, maxBytes: 1000 });
    const ended = fixture.run(output, 'head -c 300000 /dev/zero');
    const buffer = Buffer.alloc(5000);
    let total = 0;
    await waitFor(
      'all bytes',
      () => {
        total += readSync(reader, buffer); // EAGAIN counts as not yet.
        return total === 300_000 ? true : undefined;
      },
      { everyMs: 2, observe: () => total },
    );
    await ended;
    closeSync(reader);
    expect(logNames()).toEqual([]);
    await output.clear();
    expect(statSync(pipe).isFIFO()).toBe(true);
  });
});

describe('a program that writes faster than the disk takes it', () => {
  const TOTAL = 200 * 1024 * 1024;
  const FILL = `head -c ${TOTAL} /dev/zero | tr '\\0' 'x'`;

  it('loses nothing of 200 MB, while little memory is used', async () => {
    const output = await fixture.open();
    const before = process.memoryUsage.rss();
    let peak = 0;
    output.onData = () => {
      peak = Math.max(peak, process.memoryUsage.rss());
    };
    await fixture.run(output, FILL);
    expect(statSync(fixture.log).size).toBe(TOTAL);
    expect(peak - before).toBeLessThan(100e6);
  });

  it('is slowed by a slow disk, which never has more than one piece to write', async () => {
    const disk = { bytes: 0, writing: 0, most: 0, largest: 0 };
    const slow: LogFile = {
      path: 'slow',
      async write(data) {
        disk.writing += 1;
        disk.most = Math.max(disk.most, disk.writing);
        disk.largest = Math.max(disk.largest, data.length);
        await sleep(1);
        disk.bytes += data.length;
        disk.writing -= 1;
      },
      reopen: () => Promise.resolve(),
      clear: () => Promise.resolve(),
      limit: () => undefined,
      close: () => Promise.resolve(),
    };
    const output = await fixture.open({}, {}, () => Promise.resolve(slow));
    const child = fixture.spawn(output, ['head', '-c', String(TOTAL), '/dev/zero']);
    const ahead: number[] = [];
    output.onData = () => {
      const written = writtenBy(child.pid ?? 0);
      if (written !== undefined) ahead.push(written - disk.bytes);
    };
    await once(child, 'exit');
    await output.flush();
    expect(disk).toEqual({ bytes: TOTAL, writing: 0, most: 1, largest: 65_536 });
    // What the pipe holds, what was read and is not written, and what the program is about to write.
    expect(Math.max(...ahead)).toBeLessThanOrEqual(3 * 65_536);
    expect(ahead.length).toBeGreaterThan(1000);
  });

  /** The bytes that a process has written so far; undefined when it has ended. */
  function writtenBy(pid: number): number | undefined {
    try {
      return Number(/wchar: (\d+)/.exec(read(`/proc/${pid}/io`))?.[1]);
    } catch {
      return undefined; // Nobody can read that of a process that has ended.
    }
  }
});

describe('when the daemon is killed', () => {
  const lines = (): readonly string[] =>
    existsSync(fixture.log) ? read(fixture.log).trimEnd().split('\n') : [];

  it('its programs write on, wait when nobody reads, and the next daemon finds all of it', async () => {
    const go = join(fixture.directory, 'go');
    const daemon = fixture.spawnDaemon(
      `seq 1 1000; until [ -e ${go} ]; do sleep 0.01; done; seq 1001 60000; exec sleep 600`,
    );
    await waitFor('the first lines', () => (lines().length === 1000 ? true : undefined));
    const program = Number(read(join(fixture.directory, 'pid')));
    try {
      daemon.kill('SIGKILL');
      await once(daemon, 'exit');
      writeFileSync(go, '');
      await waitFor('the program to wait for its full pipe', () =>
        listProcesses().find(({ ppid, argv, state }) => {
          return ppid === program && argv[0] === 'seq' && state === 'S';
        }),
      );
      expect(lines()).toHaveLength(1000);
      await fixture.open();
      await waitFor('the last line', () => (lines().at(-1) === '60000' ? true : undefined));
      expect(lines()).toEqual(Array.from({ length: 60_000 }, (_, index) => String(index + 1)));
    } finally {
      process.kill(program, 'SIGKILL');
    }
  });
});
