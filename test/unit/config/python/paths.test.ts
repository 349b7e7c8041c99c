import { expect, test } from 'vitest';
import {
  directoryOf,
  expandUser,
  joinPaths,
  normalizePath,
} from '../../../../src/config/python/paths.ts';

const homes = {
  own: '/home/me/',
  of: (name: string) => (name === 'root' ? '/' : undefined),
};

test.each([
  ['~', '/home/me'],
  ['~/x', '/home/me/x'],
  ['~root', '/'],
  ['~root/x', '/x'],
  ['~nobody/x', '~nobody/x'],
  ['a/~', 'a/~'],
  ['', ''],
])('expandUser %j', (path, expanded) => {
  expect(expandUser(path, homes)).toBe(expanded);
});

test.each([
  ['s', '/cwd/s'],
  ['../s', '/s'],
  ['~/a/./b/../c', '/home/me/a/c'],
  ['/a//b/', '/a/b'],
])('normalizePath %j', (path, normal) => {
  expect(normalizePath(path, '/cwd', homes)).toBe(normal);
});

test.each([
  ['/a/b', '/a'],
  ['/a', '/'],
  ['a', ''],
  ['a/b', 'a'],
  ['/a/', '/a'],
  ['//x', '//'],
  ['/a//b', '/a'],
])('directoryOf %j', (path, directory) => {
  expect(directoryOf(path)).toBe(directory);
});

test.each([
  ['/a', 'b', '/a/b'],
  ['/a/', 'b', '/a/b'],
  ['/a', '/b', '/b'],
  ['', 'b', 'b'],
])('joinPaths %j %j', (directory, path, joined) => {
  expect(joinPaths(directory, path)).toBe(joined);
});
