import { describe, expect, it } from 'vitest';
import type { CommandRequest, CommandResult, Os } from '../../../../src/os/os.ts';
import { parseSettings, readGunicornSettings } from '../../../../src/servers/gunicorn/settings.ts';

const ANSWER = {
  version: '23.0.0',
  workers: 3,
  threads: 1,
  workerClass: 'sync',
  timeout: 30,
  gracefulTimeout: 30,
  preloadApp: false,
  bind: ['127.0.0.1:8000'],
  pidfile: null,
  chdir: '/srv',
  daemon: false,
  reusePort: false,
  reload: false,
  maxRequests: 0,
  maxRequestsJitter: 0,
  configFile: '/srv/gunicorn.py',
  controlSocket: null,
  errorLog: null,
  hooks: ['on_exit'],
};

const parse = (changes: Readonly<Record<string, unknown>>): ReturnType<typeof parseSettings> =>
  parseSettings(JSON.stringify({ ...ANSWER, ...changes }));

describe('parseSettings', () => {
  it('takes what gunicorn answers, with undefined for none', () => {
    expect(parse({})).toEqual({
      ...ANSWER,
      pidfile: undefined,
      controlSocket: undefined,
      errorLog: undefined,
    });
  });

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[]'],
    ['nothing in it', '{}'],
  ])('is no answer: %s', (_name, json) => {
    expect(parseSettings(json)).toBeUndefined();
  });

  it.each([
    ['workers', '3'],
    ['workers', null],
    ['timeout', undefined],
    ['preloadApp', 1],
    ['daemon', null],
    ['version', 23],
    ['chdir', null],
    ['bind', '127.0.0.1:8000'],
    ['bind', [8000]],
    ['hooks', null],
    ['pidfile', false],
    ['configFile', undefined],
  ])('is no answer with %s = %j', (key, value) => {
    expect(parse({ [key]: value })).toBeUndefined();
  });
});

interface Run {
  readonly os: Os;
  readonly requests: CommandRequest[];
}

/** An operating system that can run one command only. */
function runs(result: Partial<CommandResult>): Run {
  const requests: CommandRequest[] = [];
  const run = (request: CommandRequest): Promise<CommandResult> => {
    requests.push(request);
    return Promise.resolve({
      end: 'exit',
      code: 0,
      signal: undefined,
      stdout: '',
      stderr: '',
      error: undefined,
      elapsedMs: 1,
      ...result,
    });
  };
  return { os: { run } as unknown as Os, requests };
}

const COMMAND = {
  python: '/venv/bin/python',
  launcher: ['/venv/bin/python', '/venv/bin/gunicorn'],
  args: ['-w', '3', 'wsgi:app'],
};

const CONTEXT = {
  cwd: '/srv',
  env: { PATH: '/usr/bin' },
  rights: { uid: 33, gid: 33, groups: [33], name: 'web' },
} as const;

/** What the program text prints before its answer, read off the text itself. */
async function findMark(): Promise<string> {
  const { os, requests } = runs({});
  await readGunicornSettings(os, COMMAND, CONTEXT);
  const mark = /print\('\\n([^']+)'/.exec(requests[0]?.argv[2] ?? '')?.[1];
  if (mark === undefined) throw new Error('the program text prints no mark');
  return mark;
}

describe('readGunicornSettings', () => {
  it("asks with the program's own interpreter, arguments, directory, environment and user", async () => {
    const { os, requests } = runs({});
    await readGunicornSettings(os, COMMAND, CONTEXT);
    expect(requests).toHaveLength(1);
    const [request] = requests;
    expect(request).toMatchObject(CONTEXT);
    expect(request?.argv[0]).toBe('/venv/bin/python');
    expect(request?.argv[1]).toBe('-c');
    expect(request?.argv.slice(3)).toEqual(COMMAND.args);
  });

  it('finds the answer among what a configuration file prints, the last one', async () => {
    const mark = await findMark();
    const { os } = runs({
      stdout: `hello\n${mark}{}\n${mark}${JSON.stringify(ANSWER)}\nbye\n`,
    });
    const settings = await readGunicornSettings(os, COMMAND, CONTEXT);
    expect(settings).toMatchObject({ ok: true, value: { workers: 3, hooks: ['on_exit'] } });
  });

  it.each([
    [
      'broken where gunicorn refuses them',
      { code: 1, stdout: '', stderr: 'Error: x\n' },
      { why: 'broken', output: 'Error: x\n' },
    ],
    [
      'broken where python dies of a signal',
      { end: 'signal', code: undefined, signal: 'SIGSEGV' },
      { why: 'broken', output: '' },
    ],
    ['late', { end: 'timeout', stdout: 'wait' }, { why: 'timeout', output: 'wait' }],
    [
      'not to be had where python is missing',
      { end: 'not-started', error: 'ENOENT' },
      { why: 'not-started', output: 'ENOENT' },
    ],
    ['unreadable without an answer', { stdout: 'x\n' }, { why: 'unreadable', output: 'x\n' }],
  ] as ReadonlyArray<readonly [string, Partial<CommandResult>, unknown]>)(
    'are %s',
    async (_name, result, error) => {
      const { os } = runs(result);
      expect(await readGunicornSettings(os, COMMAND, CONTEXT)).toEqual({ ok: false, error });
    },
  );
});
