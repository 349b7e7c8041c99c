import { getEventListeners } from 'node:events';
import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSupervisor } from '../../src/rpc/client.ts';
import { decodeMethodCall } from '../../src/rpc/decode.ts';
import { encodeFault, encodeMethodResponse } from '../../src/rpc/encode.ts';
import type { CallOptions, RpcResult, Supervisor } from '../../src/rpc/supervisor.ts';
import { MAIN_LOG_PATH, processLogPath, tailLog } from '../../src/rpc/tail-log.ts';
import { REPOSITORY } from '../rig/place.ts';
import { waitFor } from '../rig/wait-for.ts';
import { httpAnswer, serveScript, type ScriptedServer } from './rpc-scripted-server.ts';

const cleanups: Array<() => void | Promise<void>> = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(...args: Parameters<typeof serveScript>): Promise<ScriptedServer> {
  const server = await serveScript(...args);
  cleanups.push(() => server.close());
  return server;
}

function client(
  url: string,
  credentials: { username?: string; password?: string } = {},
): Supervisor {
  const supervisor = createSupervisor({ url, ...credentials });
  cleanups.push(() => {
    supervisor.close();
  });
  return supervisor;
}

/** Answers every request with the same bytes. */
const always =
  (bytes: string | Uint8Array) =>
  (socket: Socket): void => {
    socket.write(bytes);
  };

const good = (value: unknown): Buffer => httpAnswer(encodeMethodResponse(value));

function failureOf<T>(result: RpcResult<T>): object {
  if (result.ok) throw new Error(`succeeded with ${JSON.stringify(result.value)}`);
  return result.error;
}

function methodOf(body: string): string {
  const call = decodeMethodCall(Buffer.from(body, 'latin1'));
  return call.ok ? call.value.method : call.error.reason;
}

describe('a request', () => {
  it('is what supervisord asks for', async () => {
    const server = await serve(always(good(true)));
    const supervisor = client(server.url, { username: 'u', password: 'pä' });
    await supervisor.sendProcessStdin('a', 'é');
    const { head, body } = server.requests[0] ?? { head: '', body: '' };
    expect(head).toMatch(/^POST \/RPC2 HTTP\/1\.1\r\n/);
    expect(head).toMatch(/\r\nHost: localhost\r\n/);
    expect(head).toMatch(/\r\nContent-Type: text\/xml\r\n/);
    expect(head).toContain(`\r\nContent-Length: ${body.length}\r\n`);
    expect(head).toContain(`\r\nAuthorization: Basic ${Buffer.from('u:pä').toString('base64')}`);
    expect(head).not.toMatch(/transfer-encoding|expect:/i);
    expect(decodeMethodCall(Buffer.from(body, 'latin1'))).toEqual({
      ok: true,
      value: { method: 'supervisor.sendProcessStdin', params: ['a', 'é'] },
    });
  });

  it('uses one connection for calls that only read, and one each for calls that act', async () => {
    const server = await serve((socket, { body }) =>
      socket.write(good(methodOf(body).endsWith('getPID') ? 7 : true)),
    );
    const supervisor = client(server.url);
    await supervisor.getPid();
    await supervisor.startProcess('a', true);
    await supervisor.getPid();
    await supervisor.stopProcess('a', true);
    await supervisor.getPid();
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 1, 0, 2, 0]);
  });

  it('that was kept does not keep the process alive', async () => {
    const server = await serve(always(good(7)));
    const source = `
      import { createSupervisor } from './src/rpc/client.ts';
      const result = await createSupervisor({ url: ${JSON.stringify(server.url)} }).getPid();
      process.stdout.write(JSON.stringify(result));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', source],
      { cwd: REPOSITORY, timeout: 30_000 },
    );
    expect(JSON.parse(stdout)).toEqual({ ok: true, value: 7 });
  });
});

describe('a server that does not speak XML-RPC', () => {
  const deep = `<methodResponse><params><param>${'<value><array><data>'.repeat(100_000)}`;
  it.each<[string, string | Uint8Array, RegExp]>([
    ['garbage', '\x00\x01\x1b[2J\r\n\r\n', /^the reply to supervisor\.getPID is not HTTP \(HPE_/],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', /is not HTTP/],
    ['HTML', httpAnswer('<html><body>hello</body></html>'), /is not XML-RPC: <html> where/],
    ['nothing', httpAnswer(''), /is not XML-RPC: the document is empty/],
    ['bytes', httpAnswer(Buffer.from([0xff, 0x1b, 0x00])), /is not XML-RPC: text outside/],
    ['a DTD', httpAnswer('<!DOCTYPE x [<!ENTITY a "b">]>'), /entity definitions are not accepted/],
    ['100,000 arrays in each other', httpAnswer(deep), /nested more than 32 deep/],
    [
      'another shape',
      good('7'),
      /^unexpected reply to supervisor\.getPID: .* "7" instead of a whole number/,
    ],
    ['an unknown length', httpAnswer('x', 'Transfer-Encoding: chunked\r\n'), /is not HTTP/],
    [
      'a megabyte of headers',
      `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1 << 20)}`,
      /HPE_HEADER_OVERFLOW/,
    ],
    [
      '404',
      'HTTP/1.1 404 Not\x1b[2JFound\r\nContent-Length: 0\r\n\r\n',
      /^HTTP status 404 Not\\x1b\[2JFound$/,
    ],
    [
      'a redirection',
      'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n',
      /^HTTP status 302 Found$/,
    ],
    ['an error page without end', 'HTTP/1.1 500 \r\n\r\nxxx', /^HTTP status 500$/],
  ])('sends %s', async (_, bytes, detail) => {
    const server = await serve(always(bytes));
    const failure = failureOf(await client(server.url).getPid());
    expect(failure).toMatchObject({ kind: 'protocol', url: server.url });
    expect((failure as { detail: string }).detail).toMatch(detail);
    expect((failure as { detail: string }).detail).toMatch(/^[^\p{Cc}]{1,400}$/u);
  });

  it.each<[string, string, RegExp]>([
    [
      'with its length',
      'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<methodResponse><params>',
      /connection was lost before the reply to supervisor\.getPID was complete/,
    ],
    [
      'in a chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<methodResponse>',
      /connection was lost/,
    ],
    [
      'without its length',
      'HTTP/1.1 200 OK\r\n\r\n<methodResponse><params>',
      /the document ends inside <params>/,
    ],
    ['in the headers', 'HTTP/1.1 200 OK\r\nContent-', /connection was lost|is not HTTP/],
    ['before it began', '', /connection was lost/],
  ])('stops in the middle of an answer %s', async (_, bytes, detail) => {
    const server = await serve((socket) => socket.end(bytes));
    const failure = failureOf(await client(server.url).getPid());
    expect(failure).toMatchObject({ kind: 'protocol' });
    expect((failure as { detail: string }).detail).toMatch(detail);
    expect(server.requests).toHaveLength(1);
  });

  it('sends an answer without end: no more than the limit is read, and the connection is closed', async () => {
    const chunk = Buffer.alloc(1 << 20, 'x');
    let sent = 0;
    const server = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n<methodResponse><params><param><value>');
      const pump = (): void => {
        while (socket.writable && socket.write(chunk)) sent += chunk.length;
        sent += chunk.length;
      };
      socket.on('drain', pump);
      pump();
    });
    expect(failureOf(await client(server.url).readLog(0, 0))).toMatchObject({
      kind: 'protocol',
      detail: 'the reply to supervisor.readLog is larger than 33554432 bytes',
    });
    await waitFor('the connection to close', () => server.open.size === 0 || undefined);
    expect(sent).toBeLessThan(40 * (1 << 20));
  });
});

describe('a status', () => {
  it.each([401, 500])('%d ends the connection, since its page is not read', async (status) => {
    const server = await serve(always(`HTTP/1.1 ${status} x\r\nContent-Length: 9\r\n\r\nxxx`));
    expect((await client(server.url).getPid()).ok).toBe(false);
    await waitFor('the connection to close', () => server.open.size === 0 || undefined);
  });

  it('401 is unauthorized, and the password is nowhere in it', async () => {
    const server = await serve(always('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'));
    const supervisor = client(server.url, { username: 'u', password: 's3cret' });
    expect(failureOf(await supervisor.getPid())).toEqual({ kind: 'unauthorized', url: server.url });
    expect(JSON.stringify(supervisor)).not.toMatch(/s3cret|czNjcmV0/);
  });

  it('500 for a log comes with its likely reason', async () => {
    const server = await serve(
      always('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n'),
    );
    const supervisor = client(server.url);
    const reason = /not UTF-8, or was cut inside a character$/;
    expect(failureOf(await supervisor.readProcessLog('a', 'stdout', 0, 0))).toMatchObject({
      detail: expect.stringMatching(reason) as string,
    });
    expect(failureOf(await supervisor.getPid())).toMatchObject({
      detail: 'HTTP status 500 Internal Server Error',
    });
  });
});

describe('time', () => {
  const slow: ReadonlyArray<[string, (socket: Socket) => void]> = [
    ['says nothing', () => undefined],
    ['sends headers byte by byte', trickle('HTTP/1.1 200 OK\r\n', 'X-Y: z\r\n')],
    ['sends a body byte by byte', trickle('HTTP/1.1 200 OK\r\n\r\n<methodResponse>', ' ')],
    ['sends interim answers only', trickle('', 'HTTP/1.1 102 Processing\r\n\r\n')],
  ];
  it.each(slow)('ends a call to a server that %s', async (_, answer) => {
    const server = await serve(answer);
    const startedAt = performance.now();
    const result = await client(server.url).getPid({ timeoutMs: 200 });
    expect(failureOf(result)).toEqual({
      ...{ kind: 'timeout', url: server.url, method: 'supervisor.getPID', ms: 200 },
    });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(195);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    await waitFor('the connection to close', () => server.open.size === 0 || undefined);
  });

  it('is 10 s for a call, and hours for one that waits for a process', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const sockets: Socket[] = [];
    const server = await serve((socket) => sockets.push(socket));
    const supervisor = client(server.url);
    const reading = supervisor.getPid();
    const waiting = supervisor.startProcess('a', true);
    const notWaiting = supervisor.startProcess('a', false);
    while (sockets.length < 3) await nextTurn();
    vi.advanceTimersByTime(9_999);
    expect(await Promise.race([reading, notWaiting, nextTurn('pending')])).toBe('pending');
    vi.advanceTimersByTime(1);
    expect(failureOf(await reading)).toMatchObject({ kind: 'timeout', ms: 10_000 });
    expect(failureOf(await notWaiting)).toMatchObject({ kind: 'timeout', ms: 10_000 });
    vi.advanceTimersByTime(3_600_000);
    for (const socket of sockets) socket.write(good(true));
    expect(await waiting).toEqual({ ok: true, value: true });
  });

  it('given by the caller counts for calls that wait, too', async () => {
    const server = await serve(() => undefined);
    const result = await client(server.url).stopAllProcesses(true, { timeoutMs: 50 });
    expect(failureOf(result)).toMatchObject({ kind: 'timeout', ms: 50 });
  });
});

describe('the caller', () => {
  it('may end a call while the server is silent', async () => {
    const abort = new AbortController();
    const server = await serve(() => {
      abort.abort();
    });
    const result = await client(server.url).startProcess('a', true, { abort: abort.signal });
    expect(failureOf(result)).toEqual({ kind: 'aborted' });
    await waitFor('the connection to close', () => server.open.size === 0 || undefined);
  });

  it('may end a call in the middle of its answer', async () => {
    const abort = new AbortController();
    const server = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n<methodResponse>', () => {
        setImmediate(() => {
          abort.abort();
        });
      });
    });
    expect(failureOf(await client(server.url).getPid({ abort: abort.signal }))).toEqual({
      kind: 'aborted',
    });
  });

  it('may have ended it before it began: nothing is sent', async () => {
    const server = await serve(always(good(7)));
    const options: CallOptions = { abort: AbortSignal.abort() };
    expect(failureOf(await client(server.url).startProcess('a', true, options))).toEqual({
      kind: 'aborted',
    });
    expect(server.requests).toEqual([]);
  });

  it('finds its signal without our listeners afterwards', async () => {
    const server = await serve(always(good(7)));
    const { signal } = new AbortController();
    const supervisor = client(server.url);
    for (let call = 0; call < 3; call += 1) await supervisor.getPid({ abort: signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe.each(['unix', 'tcp'] as const)(
  'a kept %s connection that the server has closed',
  (transport) => {
    /** FIN, and over TCP RST, which is what a client sees of a server that has died. */
    const hangUp = (socket: Socket): void => {
      if (transport === 'tcp') socket.resetAndDestroy();
      else socket.destroy();
    };

    /** Closes a connection as soon as it brings a second request. */
    const closesOnReuse = (): ((socket: Socket) => void) => {
      const seen = new Set<Socket>();
      return (socket) => {
        if (seen.has(socket)) hangUp(socket);
        else {
          seen.add(socket);
          socket.write(good(7));
        }
      };
    };

    it('is replaced once, for a call that only reads', async () => {
      const server = await serve(closesOnReuse(), transport);
      const supervisor = client(server.url);
      expect(await supervisor.getPid()).toEqual({ ok: true, value: 7 });
      expect(await supervisor.getPid()).toEqual({ ok: true, value: 7 });
      expect(server.requests.map(({ connection }) => connection)).toEqual([0, 0, 1]);
    });

    it('is not replaced twice', async () => {
      const server = await serve((socket, _, index) => {
        if (index === 0) socket.write(good(7));
        else hangUp(socket);
      }, transport);
      const supervisor = client(server.url);
      await supervisor.getPid();
      expect(failureOf(await supervisor.getPid())).toMatchObject({ kind: 'protocol' });
      expect(server.requests.map(({ connection }) => connection)).toEqual([0, 0, 1]);
    });

    it('is not replaced once an answer has begun', async () => {
      const server = await serve((socket, _, index) => {
        if (index === 0) socket.write(good(7));
        else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx');
      }, transport);
      const supervisor = client(server.url);
      await supervisor.getPid();
      expect(failureOf(await supervisor.getPid())).toMatchObject({ kind: 'protocol' });
      expect(server.requests).toHaveLength(2);
    });

    it.each<[string, (supervisor: Supervisor) => Promise<RpcResult<unknown>>]>([
      ['startProcess', (s) => s.startProcess('a', true)],
      ['stopProcess', (s) => s.stopProcess('a', true)],
      ['signalProcess', (s) => s.signalProcess('a', 'HUP')],
      ['sendProcessStdin', (s) => s.sendProcessStdin('a', 'x')],
      ['shutdown', (s) => s.shutdown()],
      ['a call of any other method', (s) => s.call('other.method', [])],
    ])('never makes %s go out twice', async (_, act) => {
      const server = await serve((socket, { body }) => {
        if (methodOf(body).endsWith('getPID')) socket.write(good(7));
        else hangUp(socket);
      }, transport);
      const supervisor = client(server.url);
      await supervisor.getPid();
      expect(failureOf(await act(supervisor))).toMatchObject({ kind: 'protocol' });
      expect(server.requests).toHaveLength(2);
    });
  },
);

describe('an answer to startProcess for a whole group', () => {
  const member = (name: string, status: number, description: string): object => ({
    ...{ name, group: 'g', status, description },
  });
  it.each<[string, unknown, object]>([
    ['of nobody is a success', [], { ok: true, value: true }],
    ['in which all are well', [member('a', 80, 'OK')], { ok: true, value: true }],
    [
      'in which one failed is its fault',
      [member('a', 80, 'OK'), member('b', 50, 'SPAWN_ERROR')],
      {
        ok: false,
        error: { kind: 'fault', code: 50, name: 'SPAWN_ERROR', text: 'SPAWN_ERROR (g:b)' },
      },
    ],
  ])('%s', async (_, value, expected) => {
    const server = await serve(always(good(value)));
    expect(await client(server.url).startProcess('g:*', true)).toEqual(expected);
  });
});

it('a fault that supervisord does not define has no name', async () => {
  const server = await serve(always(httpAnswer(encodeFault(777, 'odd'))));
  expect(failureOf(await client(server.url).getPid())).toEqual({
    ...{ kind: 'fault', code: 777, name: undefined, text: 'odd' },
  });
});

describe('tailLog', () => {
  const stream = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

  it('asks for the log on a connection that is not to be closed, since supervisord holds back otherwise', async () => {
    const server = await serve((socket) => socket.end(`${stream}1\r\nx\r\n0\r\n\r\n`));
    const abort = new AbortController().signal;
    const options = { url: server.url, username: 'u', password: 'p' };
    expect(
      await tailLog(options, processLogPath('g:a b/ü', 'stderr'), () => undefined, abort),
    ).toEqual({
      ...{ ok: true, value: 'ended' },
    });
    const head = server.requests[0]?.head;
    expect(head).toMatch(/^GET \/logtail\/g%3Aa%20b%2F%C3%BC\/stderr HTTP\/1\.1\r\n/);
    expect(head).toMatch(/\r\nConnection: keep-alive/i);
    expect(head).toMatch(/\r\nAuthorization: Basic dTpw/);
  });

  it('hands over bytes as they come', async () => {
    const server = await serve((socket) =>
      socket.end(Buffer.from(`${stream}3\r\na\xe9\x1b\r\n2\r\nbc\r\n0\r\n\r\n`, 'latin1')),
    );
    const seen: Buffer[] = [];
    const abort = new AbortController().signal;
    await tailLog({ url: server.url }, MAIN_LOG_PATH, (chunk) => void seen.push(chunk), abort);
    expect(Buffer.concat(seen).toString('latin1')).toBe('a\xe9\x1bbc');
  });

  it('reads no further while the last piece is being dealt with', async () => {
    let sent = 0;
    const server = await serve((socket) => {
      socket.write(stream);
      const chunk = Buffer.concat([
        Buffer.from('100000\r\n'),
        Buffer.alloc(1 << 20, 'x'),
        Buffer.from('\r\n'),
      ]);
      const pump = (): void => {
        do sent += chunk.length;
        while (socket.write(chunk));
      };
      socket.on('drain', pump);
      pump();
    });
    const abort = new AbortController();
    let pieces = 0;
    let resume: (() => void) | undefined;
    const tailing = tailLog(
      { url: server.url },
      MAIN_LOG_PATH,
      () => {
        pieces += 1;
        return new Promise((resolve) => {
          resume = resolve;
        });
      },
      abort.signal,
    );
    await waitFor('the first piece', () => pieces === 1 || undefined);
    let before = -1;
    await waitFor(
      'the server to be held up',
      () => {
        const isStill = sent === before;
        before = sent;
        return isStill || undefined;
      },
      { everyMs: 100 },
    );
    expect(pieces).toBe(1);
    expect(sent).toBeLessThan(16 * (1 << 20));
    abort.abort();
    resume?.();
    expect(failureOf(await tailing)).toEqual({ kind: 'aborted' });
    await waitFor('the connection to close', () => server.open.size === 0 || undefined);
  });

  it('goes on beyond the time for its headers, and ends with its caller', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let socket: Socket | undefined;
    const server = await serve((each) => {
      socket = each;
      each.write(`${stream}1\r\na\r\n`);
    });
    const abort = new AbortController();
    const seen: string[] = [];
    const tailing = tailLog(
      { url: server.url },
      MAIN_LOG_PATH,
      (chunk) => void seen.push(chunk.toString()),
      abort.signal,
    );
    while (seen.length < 1) await nextTurn();
    vi.advanceTimersByTime(3_600_000);
    socket?.write('1\r\nb\r\n');
    while (seen.length < 2) await nextTurn();
    abort.abort();
    expect(seen).toEqual(['a', 'b']);
    expect(failureOf(await tailing)).toEqual({ kind: 'aborted' });
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it.each<[string, string, object]>([
    [
      '404',
      'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
      { kind: 'protocol', status: 404, detail: 'HTTP status 404 Not Found' },
    ],
    ['401', 'HTTP/1.1 401 Unauthorized\r\n\r\n', { kind: 'unauthorized' }],
    [
      'a stream that is cut',
      `${stream}5\r\nab`,
      {
        kind: 'protocol',
        detail: 'the connection was lost before the reply to /mainlogtail was complete',
      },
    ],
    ['no HTTP', 'hello\r\n\r\n', { kind: 'protocol' }],
  ])('fails with %s', async (_, bytes, failure) => {
    const server = await serve((socket) => socket.end(bytes));
    const result = await tailLog(
      { url: server.url },
      MAIN_LOG_PATH,
      () => undefined,
      new AbortController().signal,
    );
    expect(failureOf(result)).toMatchObject(failure);
  });

  it('passes on what its consumer throws, and closes the connection', async () => {
    const server = await serve(always(`${stream}1\r\na\r\n`));
    const broken = new Error('EPIPE');
    await expect(
      tailLog(
        { url: server.url },
        MAIN_LOG_PATH,
        () => Promise.reject(broken),
        new AbortController().signal,
      ),
    ).rejects.toBe(broken);
    await waitFor('the connection to close', () => server.open.size === 0 || undefined);
  });
});

/** Sends `start` and then `more` for ever, one character every few milliseconds. */
function trickle(start: string, more: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(start);
    let at = 0;
    const timer = setInterval(() => {
      socket.write(more[at % more.length] ?? '');
      at += 1;
    }, 5);
    socket.on('close', () => {
      clearInterval(timer);
    });
  };
}
