import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realFiles } from '../../../../src/config/text/files.ts';
import { loadConfiguration } from '../../../../src/config/load-configuration.ts';

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'reloadctl-files-'));
  mkdirSync(join(directory, 'sub'));
  writeFileSync(join(directory, 'utf8'), '\ufeffé');
  writeFileSync(join(directory, 'latin1'), Buffer.from([0x61, 0xe9]));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('reading', () => {
  test('keeps a byte order mark, which Python does not skip either', () => {
    expect(realFiles.readText(join(directory, 'utf8'))).toEqual({ ok: true, value: '\ufeffé' });
  });

  test.each([
    ['latin1', 'ERR_ENCODING_INVALID_ENCODED_DATA', 'it is not UTF-8 text'],
    ['none', 'ENOENT', 'ENOENT: no such file or directory'],
    ['sub', 'EISDIR', 'EISDIR: illegal operation on a directory'],
    ['utf8/x', 'ENOTDIR', 'ENOTDIR: not a directory'],
  ])('%s', (name, code, reason) => {
    expect(realFiles.readText(join(directory, name))).toEqual({
      ok: false,
      error: { code, reason },
    });
  });
});

test('looking', () => {
  const at = (name: string): string => join(directory, name);
  expect(['sub', 'utf8', 'none', 'utf8/x'].map((name) => realFiles.isDirectory(at(name)))).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(['sub', 'utf8', 'none', 'utf8/x'].map((name) => realFiles.exists(at(name)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(realFiles.list(directory).toSorted()).toEqual(['latin1', 'sub', 'utf8']);
  expect(realFiles.list(at('none'))).toEqual([]);
});

describe('loading from disk', () => {
  test('a configuration', () => {
    const file = join(directory, 's.conf');
    writeFileSync(file, '[supervisord]\n[program:a]\ncommand=%(ENV_X)s %(host_node_name)s\n');
    const configuration = loadConfiguration('s.conf', {
      cwd: directory,
      environment: { X: 'x' },
      hostname: 'box',
    });
    expect(configuration.file).toBe(file);
    expect(configuration.groups[0]?.programs[0]?.command).toBe('x box');
  });

  test.each([
    ['none', 'config-not-found', 'could not find config file none'],
    ['latin1', 'config-unreadable', 'could not read config file latin1: it is not UTF-8 text'],
    [
      'utf8',
      'config-invalid',
      "File contains no section headers. file: 'utf8', line: 1 '\\ufeffé' (utf8:1)",
    ],
  ])('%s is an error of one line', (name, code, message) => {
    expect(() => loadConfiguration(name, { cwd: directory })).toThrow(
      expect.objectContaining({ code, exitCode: 2, message }),
    );
  });
});
