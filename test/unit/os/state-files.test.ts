import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileNameOf, openStateDirectory } from '../../../src/os/state-files.ts';
import type { StateDirectory } from '../../../src/os/state-files.ts';
import { chooseStateDirectory, prepareDirectory } from '../../../src/os/state-place.ts';

const uid = process.getuid?.() ?? 0;
let base: string;
let place: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'reloadctl-test-'));
  place = join(base, 'deep', 'state');
});
afterEach(() => {
  rmSync(base, { recursive: true });
});

async function open(): Promise<StateDirectory> {
  const opened = await openStateDirectory({ uid, env: { RELOADCTL_STATE_DIR: place } });
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

describe('chooseStateDirectory', () => {
  it.each([
    ['root', { uid: 0, env: {} }, '/var/lib/reloadctl'],
    ['root, XDG or not', { uid: 0, env: { XDG_STATE_HOME: '/x' } }, '/var/lib/reloadctl'],
    ['root, told', { uid: 0, env: { RELOADCTL_STATE_DIR: '/x/../y' } }, '/y'],
    ['a user', { uid: 5, env: {}, home: '/home/u' }, '/home/u/.local/state/reloadctl'],
    ['a user with XDG', { uid: 5, env: { XDG_STATE_HOME: '/x' } }, '/x/reloadctl'],
    ['a user, told', { uid: 5, env: { RELOADCTL_STATE_DIR: '/x' } }, '/x'],
    [
      'a user with relative paths, which count for nothing',
      { uid: 5, env: { XDG_STATE_HOME: 'x', RELOADCTL_STATE_DIR: './y' }, home: '/h' },
      '/h/.local/state/reloadctl',
    ],
  ])('%s', (_, owner, path) => {
    expect(chooseStateDirectory(owner)).toBe(path);
  });
});

describe('prepareDirectory', () => {
  it('makes a directory that is closed to others', () => {
    expect(prepareDirectory(place, uid)).toEqual({ ok: true, value: place });
    expect(statSync(place).mode & 0o7777).toBe(0o700);
  });

  it('follows a symlink of our own', () => {
    mkdirSync(join(base, 'real'), { mode: 0o700 });
    symlinkSync('real', join(base, 'link'));
    expect(prepareDirectory(join(base, 'link'), uid)).toEqual({
      ok: true,
      value: join(base, 'real'),
    });
  });

  it.each([
    ['the group may write', 0o770],
    ['everybody may write', 0o707],
  ])('refuses one where %s', (_, mode) => {
    mkdirSync(place, { recursive: true });
    chmodSync(place, mode);
    expect(prepareDirectory(place, uid)).toMatchObject({
      ok: false,
      error: expect.stringContaining(`mode 0${mode.toString(8)}`) as string,
    });
  });

  it('refuses one in a directory where everybody may put another in its place', () => {
    mkdirSync(place, { recursive: true, mode: 0o700 });
    chmodSync(join(base, 'deep'), 0o777);
    expect(prepareDirectory(place, uid)).toMatchObject({
      ok: false,
      error: expect.stringContaining(join(base, 'deep')) as string,
    });
    chmodSync(join(base, 'deep'), 0o1777);
    expect(prepareDirectory(place, uid).ok).toBe(true);
  });

  it('refuses one of somebody else', () => {
    mkdirSync(place, { recursive: true, mode: 0o700 });
    expect(prepareDirectory(place, uid + 1)).toMatchObject({
      ok: false,
      error: expect.stringContaining(`belongs to uid ${uid}`) as string,
    });
  });

  it('says what is in the way', () => {
    writeFileSync(join(base, 'deep'), '');
    expect(prepareDirectory(place, uid)).toEqual({
      ok: false,
      error: `the state directory ${place} cannot be used: ENOTDIR`,
    });
  });
});

describe('StateDirectory', () => {
  it('reads what was written last, and nothing before and after', async () => {
    const state = await open();
    expect(await state.read('a/b')).toBeUndefined();
    expect(await state.write('a/b', 'one')).toEqual({ ok: true, value: true });
    await state.write('a/b', 'two ž');
    expect(await state.read('a/b')).toBe('two ž');
    expect(await state.remove('a/b')).toEqual({ ok: true, value: true });
    expect(await state.remove('a/b')).toEqual({ ok: true, value: true });
    expect(await state.read('a/b')).toBeUndefined();
  });

  it('writes files that only the owner may read, whatever the umask', async () => {
    const state = await open();
    const previous = process.umask(0);
    try {
      await state.write('a', 'x');
      await state.appendLine('b', 'x', 100);
    } finally {
      process.umask(previous);
    }
    const modes = readdirSync(state.path).map((name) => statSync(join(place, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
  });

  it('appends lines, closes one that a crash cut short, and takes a line feed out', async () => {
    const state = await open();
    writeFileSync(join(place, 'log'), '{"a":1}\n{"half":');
    await state.appendLine('log', '{"b":\n2}', 1000);
    await state.appendLine('log', '{"c":3}', 1000);
    expect(await state.read('log')).toBe('{"a":1}\n{"half":\n{"b": 2}\n{"c":3}\n');
  });

  it('keeps the newest lines within the bound', async () => {
    const state = await open();
    for (let line = 10; line < 40; line += 1) await state.appendLine('log', `line ${line}`, 80);
    const older = (await state.read('log.1')) ?? '';
    const newer = (await state.read('log')) ?? '';
    expect(Buffer.byteLength(older)).toBeLessThanOrEqual(80);
    expect(Buffer.byteLength(newer)).toBeLessThanOrEqual(80);
    const lines = `${older}${newer}`.trimEnd().split('\n');
    expect(lines.at(-1)).toBe('line 39');
    expect(lines.length).toBeGreaterThanOrEqual(10);
    expect(lines).toEqual(lines.map((_, index) => `line ${40 - lines.length + index}`));
  });

  it('does not mix the lines of concurrent writers', async () => {
    const state = await open();
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index} ${'x'.repeat(500)}`);
    await Promise.all(lines.map((line) => state.appendLine('log', line, 1_000_000)));
    const read = (await state.read('log'))?.trimEnd().split('\n') ?? [];
    expect(read.sort()).toEqual([...lines].sort());
  });

  it('refuses a text that it would not read again', async () => {
    const state = await open();
    expect(await state.write('a', 'x'.repeat(4 * 1024 * 1024 + 1))).toEqual({
      ok: false,
      error: 'could not write a in the state directory: EFBIG',
    });
    expect(readdirSync(place)).toEqual([]);
  });

  it('follows no symlink in the place of a file', async () => {
    const state = await open();
    writeFileSync(join(base, 'target'), 'secret');
    symlinkSync(join(base, 'target'), join(place, 'a'));
    symlinkSync(join(base, 'target'), join(place, 'b'));
    expect(await state.read('a')).toBeUndefined();
    expect((await state.appendLine('b', 'x', 100)).ok).toBe(false);
    await state.write('a', 'x');
    expect(lstatSync(join(place, 'a')).isFile()).toBe(true);
    expect(existsSync(join(base, 'target'))).toBe(true);
  });

  it('tidies what a killed writer left, and not what is being written', async () => {
    await open();
    writeFileSync(join(place, '.tmp-old'), '');
    writeFileSync(join(place, '.tmp-new'), '');
    const twoHoursAgo = Date.now() / 1000 - 7200;
    utimesSync(join(place, '.tmp-old'), twoHoursAgo, twoHoursAgo);
    await open();
    expect(readdirSync(place)).toEqual(['.tmp-new']);
  });
});

describe('fileNameOf', () => {
  it.each([
    ['history', 'history'],
    ['web:usercenter', 'web%3Ausercenter'],
    ['../etc/passwd', '%2E.%2Fetc%2Fpasswd'],
    ['..', '%2E.'],
    ['.tmp-x', '%2Etmp-x'],
    ['ž', '%C5%BE'],
    ['', '%%e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ])('%j is %j', (name, file) => {
    expect(fileNameOf(name)).toBe(file);
  });

  it('is one plain name for any text, and another one for any other', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (one, other) => {
        expect(fileNameOf(one)).toMatch(/^[A-Za-z0-9_%-][A-Za-z0-9_.%-]{0,199}$/);
        expect(fileNameOf(one) === fileNameOf(other)).toBe(one === other);
      }),
    );
  });
});
