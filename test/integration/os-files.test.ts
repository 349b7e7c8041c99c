import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { os } from './os-children.ts';

const files = os.files('ours');
let directory: string;
const at = (name: string): string => join(directory, name);
const gone = { ok: false, error: 'gone' };
const unsupported = { ok: false, error: 'unsupported' };

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'reloadctl-test-')));
  writeFileSync(at('file'), '0123456789');
  symlinkSync('file', at('link'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('files', () => {
  it('stat and lstat differ on a link', async () => {
    expect(await files.stat(at('link'))).toMatchObject({
      ok: true,
      value: { kind: 'file', size: 10 },
    });
    expect(await files.lstat(at('link'))).toMatchObject({ ok: true, value: { kind: 'symlink' } });
    expect(await files.stat(directory)).toMatchObject({ ok: true, value: { kind: 'directory' } });
    expect(await files.stat(at('none'))).toEqual(gone);
    expect(await files.stat(join(at('file'), 'below'))).toEqual(gone);
  });

  it('realpath resolves', async () => {
    expect(await files.realpath(at('link'))).toEqual({ ok: true, value: at('file') });
    expect(await files.realpath(at('none'))).toEqual(gone);
  });

  it.each([
    [0, 100, '0123456789'],
    [0, 4, '0123'],
    [8, 4, '89'],
    [20, 4, ''],
  ])('readFrom(%d, %d) is %j', async (offset, maxBytes, text) => {
    expect(await files.readFrom(at('link'), offset, maxBytes)).toEqual({ ok: true, value: text });
  });

  it('readFile never waits and reads files only', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', at('fifo')]);
    mkdirSync(at('dir'));
    expect(await files.readFile(at('file'), 3)).toEqual({ ok: true, value: '012' });
    expect(await files.readFile(at('fifo'), 100)).toEqual(unsupported);
    expect(await files.readFile(at('dir'), 100)).toEqual(unsupported);
    expect(await files.readFile('/dev/zero', 100)).toEqual(unsupported);
    expect(await files.readFile(at('none'), 100)).toEqual(gone);
    expect(await files.readFile('/proc/self/comm', 100)).toMatchObject({ ok: true });
  });

  it.skipIf(os.me.uid === 0)('says denied where it is (not for root)', async () => {
    chmodSync(at('file'), 0);
    expect(await files.readFile(at('file'), 100)).toEqual({ ok: false, error: 'denied' });
  });

  it('link, rename and unlink', async () => {
    expect(await files.link(at('file'), at('second'))).toEqual({ ok: true, value: true });
    expect(await files.link(at('file'), at('second'))).toEqual(unsupported);
    expect(await files.stat(at('second'))).toMatchObject({ value: { nlink: 2 } });
    expect(await files.rename(at('second'), at('third'))).toEqual({ ok: true, value: true });
    expect(await files.unlink(at('third'))).toEqual({ ok: true, value: true });
    expect(await files.unlink(at('third'))).toEqual(gone);
  });
});

describe('users', () => {
  it('are found by name and by number', async () => {
    const root = { name: 'root', uid: 0, gid: 0 };
    expect(await os.userByName('root')).toMatchObject(root);
    expect(await os.userById(0)).toMatchObject(root);
  });

  it.each(['', '0', 'no such user', '-x', '--help', 'a\nb', 'a\0b'])('%j is none', async (name) => {
    expect(await os.userByName(name)).toBeUndefined();
  });

  it('a number without an entry is none', async () => {
    expect(await os.userById(4_000_000_000)).toBeUndefined();
  });
});
