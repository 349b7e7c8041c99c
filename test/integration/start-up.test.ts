import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderStatus } from '../../src/terminal/status-table.ts';
import { REPOSITORY } from '../rig/place.ts';
import { ordinaryUser } from '../rig/users.ts';
import { waitFor } from '../rig/wait-for.ts';
import type { ScriptedServer } from './rpc-scripted-server.ts';
import { NODE, record, run, serveRows } from './start-up.ts';

let place: string;
let dist: string;
let config: string;
let supervisor: ScriptedServer;

const ROWS = [{ name: 'web', state: 'RUNNING', description: 'pid 1, uptime 0:00:01' }];
const STATUS = `${renderStatus(ROWS).join('\n')}\n`;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'reloadctl-start-'));
  chmodSync(place, 0o755);
  dist = join(place, 'dist');
  supervisor = await serveRows(ROWS);
  await run([process.execPath, 'build.mjs', dist], { cwd: REPOSITORY });
  config = join(place, 'supervisord.conf');
  const sections = ['[supervisord]', '[supervisorctl]', `serverurl=${supervisor.url}`];
  writeFileSync(config, [...sections, '[program:web]', 'command=web', ''].join('\n'));
});

afterAll(async () => {
  await supervisor.close();
  await run(['chmod', '-R', 'u+w', place]);
  rmSync(place, { recursive: true, force: true });
});

describe('what is loaded', () => {
  it.each([['status'], ['--version'], ['--help']])('by %s is one file, compiled', async (word) => {
    const { files } = await record(dist, ['-c', config, word]);
    expect(files).toEqual({ 'main.js': 'compiled' });
  });

  it('by status is no module of Node that it has no use for', async () => {
    const { modules, stdout } = await record(dist, ['-c', config, 'status']);
    expect(stdout).toBe(STATUS);
    expect(modules).toEqual(expect.arrayContaining(['net', '_http_client']));
    const heavy = ['child_process', 'crypto', 'dns', 'https', 'readline', 'tls', 'worker_threads'];
    expect(modules.filter((name) => heavy.includes(name))).toEqual([]);
  });

  it('with the one file is no strategy, no renderer, and nothing of the process table', () => {
    const sources = sourcesIn('main.js');
    expect(sources).toEqual(expect.arrayContaining(['src/cli.ts', 'src/commands/status.ts']));
    // Who else can write the configuration is looked at before it is read, and users are looked up in it.
    const rights = ['find-stranger', 'helper-path', 'user-database'].map(
      (name) => `src/os/${name}.ts`,
    );
    const needed = ['src/reload/interruption.ts', 'src/os/signals.ts', ...rights];
    const others = sources.filter(
      (source) =>
        /^src\/(reload|policy|servers|daemon|os)\/|renderer|load-configuration/.test(source) &&
        !needed.includes(source),
    );
    expect(others).toEqual([]);
  });

  it('by an action is more, and compiled as well', async () => {
    const { files } = await record(dist, ['-c', config, 'plan', 'reload', 'web'], { code: 1 });
    expect(Object.keys(files).length).toBeGreaterThan(3);
    expect(new Set(Object.values(files))).toEqual(new Set(['compiled']));
  });
});

describe('compiled code', () => {
  it.each<[string, 'source' | 'rejected', (compiled: string) => void, string[]]>([
    [
      'is missing',
      'source',
      (compiled) => {
        rmSync(dirname(compiled), { recursive: true });
      },
      [],
    ],
    [
      'is for another Node',
      'source',
      (compiled) => {
        renameSync(compiled, `${compiled}0`);
      },
      [],
    ],
    [
      'is cut short',
      'rejected',
      (compiled) => {
        truncateSync(join(compiled, 'main.js'), 1000);
      },
      [],
    ],
    ['is for other flags of V8', 'rejected', () => undefined, ['--no-opt']],
  ])('that %s is done without', async (_, use, spoil, nodeOptions) => {
    const spoilt = mkdtempSync(join(place, 'spoilt-'));
    cpSync(dist, spoilt, { recursive: true });
    spoil(join(spoilt, 'compiled', NODE));
    const { files, stdout } = await record(spoilt, ['-c', config, 'status'], { nodeOptions });
    expect([files, stdout]).toEqual([{ 'main.js': use }, STATUS]);
  });

  it('does not tell where it was made', () => {
    const compiled = join(dist, 'compiled', NODE);
    const names = readdirSync(compiled);
    expect(names).toContain('main.js');
    for (const name of names) {
      const content = readFileSync(join(compiled, name));
      expect([place, REPOSITORY].filter((path) => content.includes(path))).toEqual([]);
    }
  });
});

it('starts from its package alone, read only, through a link, in any directory', async () => {
  const stage = join(place, 'stage');
  const modules = join(place, 'lib', 'node_modules');
  const bin = join(place, 'bin', 'reloadctl');
  for (const directory of [stage, modules, dirname(bin)]) mkdirSync(directory, { recursive: true });
  cpSync(dist, join(stage, 'dist'), { recursive: true });
  cpSync(join(REPOSITORY, 'package.json'), join(stage, 'package.json'));
  await run(['npm', 'pack', '--pack-destination', place], { cwd: stage });
  const archive = readdirSync(place).find((name) => name.endsWith('.tgz')) ?? '';
  await run(['tar', '-xzf', join(place, archive), '-C', modules]);
  symlinkSync('../lib/node_modules/package/dist/cli.js', bin);
  await run(['chmod', '-R', 'a-w', modules]);
  const elsewhere = { cwd: '/', user: ordinaryUser() };
  const port = await serveRows(ROWS, 'tcp');
  try {
    expect((await run([bin, '-s', port.url, 'status'], elsewhere)).stdout).toBe(STATUS);
    const packed = await record(join(modules, 'package', 'dist'), ['-s', port.url, 'status']);
    expect(packed.files).toEqual({ 'main.js': 'compiled' });
  } finally {
    await port.close();
  }
});

describe('output', () => {
  const crowd = [
    ...Array.from({ length: 1_500 }, (_, index) => ({
      ...{ name: `p${index}`, state: 'RUNNING', description: `${'x'.repeat(900)} ${index}` },
    })),
    { name: 'last', state: 'STOPPED', description: 'Not started' },
  ];

  it.each<[string, (argv: readonly string[]) => readonly string[], number]>([
    ['a socket', (argv) => argv, 3],
    ['a pipe', (argv) => ['/bin/sh', '-c', '"$0" "$@" | cat', ...argv], 0],
  ])('to %s of a slow reader is complete', async (_, wrap, code) => {
    const server = await serveRows(crowd);
    try {
      const [file = '', ...rest] = wrap([process.execPath, join(dist, 'cli.js')]);
      const child = spawn(file, [...rest, '-s', server.url, 'status'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const closed = new Promise((resolve) => child.once('close', resolve));
      // It has the answer, so it writes, or waits for us.
      await waitFor('the request', () => (server.requests.length > 0 ? true : undefined));
      let text = '';
      for await (const piece of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
        text += piece;
        await sleep(5); // That is what makes us slow.
      }
      const expected = `${renderStatus(crowd).join('\n')}\n`;
      expect(expected.length).toBeGreaterThan(1_300_000);
      expect([text.length, text === expected, await closed]).toEqual([expected.length, true, code]);
    } finally {
      await server.close();
    }
  });
});

it('does not take it for success when there is nothing left to wait for', async () => {
  const deaf = join(place, 'deaf.cjs');
  // No answer comes, and no clock says so.
  writeFileSync(
    deaf,
    `require('node:http').request = () =>
       Object.assign(new (require('node:events'))(), { end() {}, destroy() {} });
     globalThis.setTimeout = () => undefined;`,
  );
  const argv = ['--require', deaf, join(dist, 'cli.js'), '-c', config, 'status'];
  const { stderr } = await run([process.execPath, ...argv], {}, 1);
  expect(stderr).toBe('reloadctl: Internal error: it ended before its work was done\n');
});

it('tells with RELOADCTL_DEBUG=1 the function, file and line of an error', async () => {
  const env = { ...process.env, RELOADCTL_DEBUG: '1' };
  const argv = [join(dist, 'cli.js'), '-c', join(place, 'missing'), 'status'];
  const { stderr } = await run([process.execPath, ...argv], { env }, 2);
  const [, line = ''] =
    /at findConfigFile \(reloadctl\/dist\/main\.js:(\d+):\d+\)/.exec(stderr) ?? [];
  const text = readFileSync(join(dist, 'main.js'), 'utf8').split('\n')[Number(line) - 1];
  expect(text).toContain('ReloadctlError(`could not find config file');
});

/** The sources of a file of the build, by the comments above its chunks. */
function sourcesIn(name: string): readonly string[] {
  const comments = readFileSync(join(dist, name), 'utf8').matchAll(/^(?:".*": )?\/\/ (.*)$/gm);
  return [...comments]
    .flatMap(([, words = '']) => words.split(' '))
    .filter((word) => /^src\/.*\.ts$/.test(word));
}
