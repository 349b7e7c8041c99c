import { describe, expect, it } from 'vitest';
import { hasHeartbeat, isHeartbeatFile } from '../../../../src/servers/gunicorn/heartbeat.ts';

describe('isHeartbeatFile', () => {
  it.each([
    ['/tmp/wgunicorn-a1b2c3 (deleted)', true],
    ['/dev/shm/wgunicorn-x (deleted)', true],
    ['/wgunicorn-x (deleted)', true],
    // A worker_tmp_dir with a space.
    ['/var/my tmp/wgunicorn-_2d (deleted)', true],
    // Between mkstemp and unlink.
    ['/tmp/wgunicorn-a1b2c3', false],
    ['/tmp/notwgunicorn-a (deleted)', false],
    ['/tmp/wgunicorn-a/log (deleted)', false],
    ['/tmp/wgunicorn- (deleted)', false],
    ['socket:[1234]', false],
  ])('%s: %s', (target, expected) => {
    expect(isHeartbeatFile(target)).toBe(expected);
  });
});

const DAY_MS = 24 * 3600 * 1000;
const NOW = Date.UTC(2026, 0, 1);
const MADE = { mode: 0o100600, mtimeMs: NOW, ctimeMs: NOW };

describe('hasHeartbeat', () => {
  it.each([
    ['as mkstemp made it', MADE, false],
    ['as mkstemp made it, given to another user', { ...MADE, ctimeMs: NOW + 5 }, false],
    ['20.x, first beat', { ...MADE, mode: 0o100001 }, true],
    ['20.x, second beat', { ...MADE, mode: 0o100000 }, true],
    ['21 and later, after ten days of uptime', { ...MADE, mtimeMs: 10 * DAY_MS }, true],
    ['21 and later, right after the boot of the machine', { ...MADE, mtimeMs: 3000 }, true],
    ['21 and later, after twenty years of uptime', { ...MADE, mtimeMs: 20 * 365 * DAY_MS }, true],
    // A umask of the program changes the mode of an untouched file, never to 0 or 1.
    ['as mkstemp made it, with a umask of 0o277', { ...MADE, mode: 0o100400 }, false],
  ])('%s: %s', (_name, stat, expected) => {
    expect(hasHeartbeat(stat)).toBe(expected);
  });
});
