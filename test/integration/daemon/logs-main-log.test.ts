import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAutoLog, removeAutoLogs } from '../../../src/daemon/logs/auto-log.ts';
import { openMainLog, type MainLog } from '../../../src/daemon/logs/open-main-log.ts';
import { runCommand } from '../../rig/command.ts';
import { REPOSITORY } from '../../rig/place.ts';

let directory: string;
let path: string;
let log: MainLog | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reloadctl-test-'));
  path = join(directory, 'supervisord.log');
});
afterEach(async () => {
  await log?.close();
  log = undefined;
  rmSync(directory, { recursive: true });
});

const NOON = new Date(2026, 5, 7, 12, 0, 0, 42).getTime();

async function open(
  settings: { maxBytes?: number; loglevel?: 'info' | 'blather' } = {},
): Promise<MainLog> {
  log = await openMainLog({
    settings: {
      logfile: path,
      logfileMaxBytes: settings.maxBytes ?? 0,
      logfileBackups: 2,
      loglevel: settings.loglevel ?? 'info',
    },
    toStdout: false,
    os: { wallClock: () => NOON },
  });
  return log;
}

const read = (file: string): string => readFileSync(file, 'utf8');

const UNTIL_OVER = 'until [ -e $TMPDIR/over ]; do sleep 0.1; done';

const STDOUT_DAEMON = fileURLToPath(new URL('logs-stdout-daemon.ts', import.meta.url));

describe('the log of the daemon', () => {
  it('is appended to, line by line, down to its level', async () => {
    writeFileSync(path, 'before\n');
    const main = await open();
    main.log('info', 'one');
    main.log('debug', 'not this');
    main.log('critical', 'two\nlines');
    await main.flush();
    expect(read(path)).toBe(
      'before\n2026-06-07 12:00:00,042 INFO one\n2026-06-07 12:00:00,042 CRIT two\nlines\n',
    );
    expect([main.isLogged('debug'), main.isLogged('info')]).toEqual([false, true]);
  });

  it('is rotated', async () => {
    const main = await open({ maxBytes: 60 });
    for (const message of ['first', 'second', 'third', 'fourth', 'fifth'])
      main.log('info', message);
    await main.flush();
    const names = readdirSync(directory).sort();
    expect(names).toEqual(['supervisord.log', 'supervisord.log.1', 'supervisord.log.2']);
    const texts = names.map((name) => read(join(directory, name)).replaceAll(/^.* INFO /gm, ''));
    expect(texts).toEqual(['fifth\n', 'third\nfourth\n', 'first\nsecond\n']);
  });

  it('is opened anew, and cleared', async () => {
    const main = await open();
    main.log('info', 'one');
    await main.reopen();
    renameSync(path, `${path}.old`);
    main.log('info', 'two');
    await main.reopen();
    main.log('info', 'three');
    await main.flush();
    expect(read(`${path}.old`)).toMatch(/one\n.*two\n$/);
    expect(read(path)).toMatch(/^[^\n]*three\n$/);
    await main.clear();
    expect(read(path)).toBe('');
  });

  it('that cannot be opened is an error', async () => {
    path = join(directory, 'missing', 'supervisord.log');
    await expect(open()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['a pipe', '"$@" | cat'],
    ['a file', '"$@" > $TMPDIR/out && cat $TMPDIR/out'],
    ['a socket', 'exec "$@"'], // What a pipe of Node's is, and what the journal gives to services.
    ['somebody who does not read on', `("$@"; touch $TMPDIR/over) | (head -n 1; ${UNTIL_OVER})`],
  ])('goes to stdout, too, when that is %s', async (_, script) => {
    const daemon = [process.execPath, '--import', 'tsx', STDOUT_DAEMON, path];
    const result = await runCommand(['bash', '-o', 'pipefail', '-c', script, 'bash', ...daemon], {
      cwd: REPOSITORY,
      env: { ...process.env, TMPDIR: directory },
    });
    expect(result.code).toBe(0);
    expect(result.stdout.split('\n')[0]).toMatch(/ INFO line 1$/);
    expect(read(path).split('\n')).toHaveLength(20_001);
  });

  it.each([
    ['/dev/stdout', 1],
    ['/dev/fd/1', 1],
    ['/proc/self/fd/1', 1],
    ['/dev/stderr', 2],
    ['/dev/fd/2', 2],
  ])('may be %s where that is a socket', async (file, fd) => {
    const daemon = [process.execPath, '--import', 'tsx', STDOUT_DAEMON, file] as const;
    const { code, stdout, stderr } = await runCommand(daemon, { cwd: REPOSITORY });
    expect(code, stderr).toBe(0);
    // Beside the log it says everything on stdout.
    const lines = [stdout, stderr].map((text) => text.split('\n').length - 1);
    expect(lines).toEqual(fd === 1 ? [40_000, 0] : [20_000, 20_000]);
  });
});

describe('AUTO logs', () => {
  const make = (process: string, identifier: string): Promise<string> =>
    createAutoLog({ directory, process, channel: 'stderr', identifier });

  it('of the same identifier are removed at the start, but for those that are kept', async () => {
    const [old, kept, other] = await Promise.all([
      make('a', 'me'),
      make('b', 'me'),
      make('c', 'you'),
    ]);
    for (const file of [`${old}.1`, `${old}.10`, `${kept}.1`, `${old}.txt`])
      writeFileSync(file, '');
    writeFileSync(join(directory, 'precious.log'), '');
    symlinkSync('precious.log', join(directory, 'a-stdout---me-link.log'));
    expect(await removeAutoLogs({ directory, identifier: 'me', keep: [kept] })).toEqual([]);
    const left = readdirSync(directory).map((name) => join(directory, name));
    expect(left.sort()).toEqual(
      [kept, `${kept}.1`, other, `${old}.txt`, join(directory, 'precious.log')].sort(),
    );
  });

  it('in a directory that cannot be read are said to be left', async () => {
    const missing = join(directory, 'missing');
    expect(await removeAutoLogs({ directory: missing, identifier: 'me', keep: [] })).toEqual([
      expect.stringMatching(/^Could not clear childlog dir: ENOENT/),
    ]);
  });
});
