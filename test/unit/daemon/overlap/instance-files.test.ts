import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { err, ok } from '../../../../src/base/result.ts';
import {
  CONFIGURED_FILES,
  filesForSuccessor,
  publishControlSocket,
  publishPidFile,
  removeInstanceFiles,
  removePidFileOfZombie,
} from '../../../../src/daemon/overlap/instance-files.ts';
import { ourFiles } from '../../../../src/os/files.ts';
import type { Pid, Proc } from '../../../../src/os/proc.ts';

/** Ourselves, where nobody else may exchange anything. */
const WORLD = {
  os: {
    me: { pid: 1 as Pid, uid: 0, gid: 0 },
    files: () => ourFiles,
    pathWriters: (path: string) =>
      Promise.resolve({ exists: true, realPath: path, grants: [], unseen: undefined }),
    rightsOf: () => Promise.resolve('nobody' as const),
    userById: () => Promise.resolve(undefined),
  },
  rights: 'ours' as const,
};

function site() {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-files-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const at = (name: string): string => join(directory, name);
  const { files } = filesForSuccessor(
    { pidfile: at('g.pid'), controlSocket: at('g.ctl') },
    'reload-1',
  );
  return { at, files, names: () => readdirSync(directory).sort() };
}

describe('the files of a second instance', () => {
  it('stand beside the configured ones, and gunicorn is told', () => {
    const settings = { pidfile: '/run/g.pid', controlSocket: '/run/g.ctl' };
    expect(filesForSuccessor(settings, 'reload-1')).toEqual({
      files: {
        pidFile: { configured: '/run/g.pid', own: '/run/g.pid.reload-1' },
        controlSocket: { configured: '/run/g.ctl', own: '/run/g.ctl.reload-1' },
      },
      args: ['--pid', '/run/g.pid.reload-1', '--control-socket', '/run/g.ctl.reload-1'],
    });
  });

  it('are none where the settings have none, and gunicorn gets no options that it does not know', () => {
    const settings = { pidfile: undefined, controlSocket: undefined };
    expect(filesForSuccessor(settings, 'reload-1')).toEqual({ files: CONFIGURED_FILES, args: [] });
  });

  it('have no control socket where its name would be too long', () => {
    const settings = { pidfile: undefined, controlSocket: `/${'x'.repeat(100)}` };
    expect(filesForSuccessor(settings, 'reload-1')).toEqual({
      files: CONFIGURED_FILES,
      args: ['--no-control-socket'],
    });
  });
});

describe('the configured pid file', () => {
  it('is replaced in one step, and nothing else is left', async () => {
    const { at, files, names } = site();
    writeFileSync(at('g.pid'), '5\n');
    const before = statSync(at('g.pid')).ino;
    expect(await publishPidFile(WORLD, files, 77)).toEqual(ok(true));
    expect(readFileSync(at('g.pid'), 'utf8')).toBe('77\n');
    expect(statSync(at('g.pid')).ino).not.toBe(before);
    expect(names()).toEqual(['g.pid']);
  });

  it('is not written through a link that somebody has put in the way', async () => {
    const { at, files } = site();
    writeFileSync(at('victim'), 'precious');
    symlinkSync(at('victim'), at('g.pid.reload-1.new'));
    symlinkSync(at('victim'), at('g.pid'));
    expect(await publishPidFile(WORLD, files, 77)).toEqual(ok(true));
    expect(readFileSync(at('victim'), 'utf8')).toBe('precious');
    expect(readFileSync(at('g.pid'), 'utf8')).toBe('77\n');
  });

  it('that cannot be written is told', async () => {
    const { at, files } = site();
    mkdirSync(at('g.pid'));
    expect(await publishPidFile(WORLD, files, 77)).toEqual(
      err(
        `could not write pid file ${at('g.pid')}: something else is in its place, or the directory does not answer`,
      ),
    );
  });

  it.each([
    { state: 'Z', startTicks: 9, remains: false },
    { state: 'S', startTicks: 9, remains: true },
    { state: 'Z', startTicks: 8, remains: true },
    { state: undefined, startTicks: 9, remains: true },
  ])('of a process in state $state, started at $startTicks: remains $remains', async (row) => {
    const { at } = site();
    const ended = { pid: 50 as Pid, startTicks: 9 };
    writeFileSync(at('g.pid'), '50\n');
    const proc = { ...ended, state: row.state, startTicks: row.startTicks } as unknown as Proc;
    const os = {
      ...WORLD.os,
      process: () => Promise.resolve(row.state === undefined ? undefined : proc),
    };
    expect(await removePidFileOfZombie({ ...WORLD, os }, at('g.pid'), ended)).toEqual(ok(true));
    expect(existsSync(at('g.pid'))).toBe(row.remains);
  });

  it('of somebody else is left alone, whatever has ended', async () => {
    const { at } = site();
    const ended = { pid: 50 as Pid, startTicks: 9 };
    writeFileSync(at('g.pid'), '51\n');
    const os = {
      ...WORLD.os,
      process: () => Promise.resolve({ ...ended, state: 'Z' } as unknown as Proc),
    };
    await removePidFileOfZombie({ ...WORLD, os }, at('g.pid'), ended);
    expect(existsSync(at('g.pid'))).toBe(true);
    expect(await removePidFileOfZombie({ ...WORLD, os }, at('missing'), ended)).toEqual(ok(true));
  });
});

describe('the configured control socket', () => {
  it('becomes a link, also in the place of an earlier one', async () => {
    const { at, files } = site();
    symlinkSync('elsewhere', at('g.ctl'));
    expect(await publishControlSocket(WORLD, files)).toEqual(ok(true));
    expect(readlinkSync(at('g.ctl'))).toBe(at('g.ctl.reload-1'));
  });

  it('is left alone where it is somebody’s own', async () => {
    const { at, files } = site();
    writeFileSync(at('g.ctl'), '');
    expect(await publishControlSocket(WORLD, files)).toEqual(ok(true));
    expect(lstatSync(at('g.ctl')).isSymbolicLink()).toBe(false);
  });
});

describe('what an instance leaves behind', () => {
  it('goes with it, the configured names as well where they still mean it', async () => {
    const { at, files, names } = site();
    await publishPidFile(WORLD, files, 77);
    await publishControlSocket(WORLD, files);
    writeFileSync(at('g.pid.reload-1'), '77\n');
    const server = createServer().listen(at('g.ctl.reload-1'));
    onTestFinished(() => {
      server.close();
    });
    await once(server, 'listening');
    expect(await removeInstanceFiles(WORLD, files, 77)).toEqual(ok(true));
    expect(names()).toEqual([]);
  });

  it('leaves the configured names to whoever has them by now', async () => {
    const { at, files, names } = site();
    writeFileSync(at('g.pid'), '78\n');
    symlinkSync(at('g.ctl.reload-2'), at('g.ctl'));
    writeFileSync(at('g.pid.reload-1'), '77\n');
    expect(await removeInstanceFiles(WORLD, files, 77)).toEqual(ok(true));
    expect(names()).toEqual(['g.ctl', 'g.pid']);
  });

  it('is nothing for a first instance', async () => {
    const { at, names } = site();
    writeFileSync(at('g.pid'), '77\n');
    expect(await removeInstanceFiles(WORLD, CONFIGURED_FILES, 77)).toEqual(ok(true));
    expect(names()).toEqual(['g.pid']);
  });
});
