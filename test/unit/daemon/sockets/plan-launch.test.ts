import { describe, expect, it } from 'vitest';
import { err, ok } from '../../../../src/base/result.ts';
import type { FcgiSettings, Program } from '../../../../src/config/program.ts';
import { planLaunch } from '../../../../src/daemon/sockets/plan-launch.ts';
import type { CommandRequest, CommandResult, Os } from '../../../../src/os/os.ts';
import { sampleProgram } from '../process/sample-program.ts';

const ANSWER = {
  version: '23.0.0',
  workers: 3,
  threads: 1,
  workerClass: 'sync',
  timeout: 30,
  gracefulTimeout: 25,
  preloadApp: true,
  bind: ['127.0.0.1:8000'],
  pidfile: null,
  chdir: '/srv',
  daemon: false,
  reusePort: false,
  reload: false,
  maxRequests: 0,
  maxRequestsJitter: 0,
  configFile: null,
  controlSocket: null,
  errorLog: null,
  hooks: [],
  listening: {
    addresses: [{ host: '127.0.0.1', port: 8000 }],
    backlog: 2048,
    umask: 0o027,
    uid: 33,
    gid: 34,
  },
};

const GUNICORN = { file: '/venv/bin/gunicorn', argv: ['gunicorn', 'wsgi:app'] };
const SETTINGS = sampleProgram().settings;

interface Case {
  readonly program?: Partial<Program>;
  readonly command?: { readonly file: string; readonly argv: readonly [string, ...string[]] };
  readonly fcgi?: FcgiSettings;
  /** What gunicorn's settings are; a number is the exit code of a gunicorn that refuses them. */
  readonly answer?: Readonly<Record<string, unknown>> | number;
}

/** A plan on a machine where /venv/bin/gunicorn is what pip writes. */
async function plan({ program = {}, command, fcgi, answer = ANSWER }: Case) {
  const requests: CommandRequest[] = [];
  const run = (request: CommandRequest): Promise<CommandResult> => {
    requests.push(request);
    const mark = /print\('\\n([^']+)'/.exec(request.argv[2] ?? '')?.[1] ?? '';
    return Promise.resolve({
      end: 'exit',
      code: typeof answer === 'number' ? answer : 0,
      signal: undefined,
      stdout: `\n${mark}${JSON.stringify(answer)}\n`,
      stderr: '',
      error: undefined,
      elapsedMs: 1,
    } as CommandResult);
  };
  const readFile = (path: string) =>
    Promise.resolve(path === GUNICORN.file ? ok('#!/venv/bin/python3\n') : err('denied' as const));
  const os = {
    run,
    files: () => ({ readFile }),
    rightsOf: (user: object) => Promise.resolve(user),
    me: { uid: 0 },
  } as unknown as Os;
  const made = await planLaunch(os, {
    program: sampleProgram({ directory: '/srv', ...program }),
    command: command ?? { file: GUNICORN.file, argv: ['gunicorn', 'wsgi:app'] },
    env: { A: '1' },
    fcgi,
  });
  return { made, requests };
}

describe('the sockets of a gunicorn', () => {
  it('are where its own settings say, with its backlog, umask and owner', async () => {
    const { made, requests } = await plan({});
    expect(made.sockets).toEqual([
      {
        address: { kind: 'tcp', host: '127.0.0.1', port: 8000 },
        backlog: 2048,
        mode: 0o750,
        owner: { uid: 33, gid: 34 },
        rights: 'ours',
      },
    ]);
    expect(made).toMatchObject({ reason: '', passing: 'listen-fds', isRequired: false });
    expect(made.gunicorn).toMatchObject({ gracefulTimeout: 25 });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ cwd: '/srv', env: { A: '1' }, rights: 'ours' });
    expect(requests[0]?.argv[0]).toBe('/venv/bin/python3');
    expect(requests[0]?.argv.at(-1)).toBe('wsgi:app');
  });

  it('are asked for as the user of the program', async () => {
    const user = { name: 'web', uid: 33, gid: 33 };
    const { requests } = await plan({ program: { user } });
    expect(requests[0]?.rights).toMatchObject(user);
  });

  it('may be several, and of both kinds', async () => {
    const addresses = [{ host: '::1', port: 1 }, { path: '/run/a.sock' }];
    const { made } = await plan({
      answer: { ...ANSWER, listening: { ...ANSWER.listening, addresses } },
    });
    expect(made.sockets.map(({ address }) => address)).toEqual([
      { kind: 'tcp', host: '::1', port: 1 },
      { kind: 'unix', path: '/run/a.sock' },
    ]);
  });

  it.each<[string, Case, string]>([
    ['daemon', { answer: { ...ANSWER, daemon: true } }, 'leaves its supervisor'],
    ['reuse_port', { answer: { ...ANSWER, reusePort: true } }, 'shares its port by itself'],
    [
      'a descriptor',
      {
        answer: {
          ...ANSWER,
          bind: ['fd://3'],
          listening: { ...ANSWER.listening, addresses: [{ fd: 3 }] },
        },
      },
      'its bind (fd://3) is nothing',
    ],
    [
      'an abstract name',
      { answer: { ...ANSWER, listening: { ...ANSWER.listening, addresses: [{ path: '\0a' }] } } },
      'is nothing that can',
    ],
    [
      'addresses that it does not tell',
      { answer: { ...ANSWER, listening: null } },
      'is nothing that can',
    ],
    ['settings that it refuses', { answer: 1 }, 'the settings of gunicorn are not known: broken'],
    [
      'another command',
      { command: { file: '/srv/run', argv: ['/srv/run'] } },
      'its command is not gunicorn itself, and no socket is configured',
    ],
    ['socket = off', { program: { settings: { ...SETTINGS, socket: false } } }, 'socket is off'],
    ['an event listener', { program: { kind: 'eventlistener' } }, 'it is an event listener'],
  ])('are not held: %s', async (_, given, reason) => {
    const { made } = await plan(given);
    expect(made.sockets).toEqual([]);
    expect(made.reason).toContain(reason);
    expect(made.isRequired).toBe(false);
  });

  it('are those of socket= where that is set; its settings are known all the same', async () => {
    const socket = [{ kind: 'tcp', host: '', port: 9 } as const];
    const { made } = await plan({ program: { settings: { ...SETTINGS, socket } } });
    expect(made.sockets).toMatchObject([{ address: socket[0], backlog: 4096, mode: 0o777 }]);
    expect(made).toMatchObject({ isRequired: true, gunicorn: { gracefulTimeout: 25 } });
  });

  it('are off with socket = off, and its graceful_timeout counts all the same', async () => {
    const { made } = await plan({ program: { settings: { ...SETTINGS, socket: false } } });
    expect(made.gunicorn).toMatchObject({ gracefulTimeout: 25 });
  });
});

describe('the sockets of other programs', () => {
  it('are those of socket=, and belong to the program’s user', async () => {
    const socket = [{ kind: 'unix', path: '/run/a.sock' } as const];
    const user = { name: 'web', uid: 33, gid: 34 };
    const { made, requests } = await plan({
      program: { settings: { ...SETTINGS, socket }, user },
      command: { file: '/srv/run', argv: ['/srv/run'] },
    });
    expect(made.sockets).toMatchObject([{ address: socket[0], owner: { uid: 33, gid: 34 } }]);
    expect(made).toMatchObject({ passing: 'listen-fds', isRequired: true, gunicorn: undefined });
    expect(requests).toEqual([]);
  });

  it.each([
    {
      fcgi: { socket: 'tcp://localhost:9000' },
      request: { address: { kind: 'tcp', host: 'localhost', port: 9000 }, backlog: 4096 },
    },
    {
      fcgi: { socket: 'unix:///run/f.sock', mode: 0o620, backlog: 5, owner: { uid: 33 } },
      request: {
        address: { kind: 'unix', path: '/run/f.sock' },
        backlog: 5,
        mode: 0o620,
        owner: { uid: 33, gid: -1 },
      },
    },
  ])('are the one of their FastCGI group, as stdin: $fcgi.socket', async ({ fcgi, request }) => {
    const { made } = await plan({
      program: { kind: 'fcgi-program' },
      fcgi: fcgi as unknown as FcgiSettings,
    });
    expect(made.sockets).toMatchObject([request]);
    expect(made).toMatchObject({ passing: 'stdin', isRequired: true });
  });
});
