import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { classifyError, HttpClient } from '../../../rig/load/client.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\nX-Version: v1\r\nContent-Length: 2\r\n\r\nok';

/** A server on loopback that gives each request, counted over all connections, to `answer`. */
async function serve(answer: (socket: Socket, request: number) => void): Promise<string> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // The client may hang up first.
    socket.on('data', () => {
      requests += 1;
      answer(socket, requests);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function neverStale(): void {
  throw new Error('it was not stale');
}

test.for([
  { name: 'a complete answer', sends: ANSWER, outcome: { kind: 'ok', version: 'v1' } },
  {
    name: 'a server error',
    sends: 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n',
    outcome: { kind: 'status5xx', detail: 'status 502' },
  },
  {
    name: 'a client error',
    sends: 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
    outcome: { kind: 'status4xx', detail: 'status 404' },
  },
  {
    name: 'an answer that is cut off',
    sends: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok',
    outcome: { kind: 'reset' },
  },
  { name: 'no answer at all', sends: '', outcome: { kind: 'reset' } },
  { name: 'no HTTP', sends: 'hello\r\n\r\n', outcome: { kind: 'reset' } },
])('$name', async ({ sends, outcome }) => {
  const url = await serve((socket) => socket.end(sends));
  const seen = await new HttpClient({ url }, false).get('/', 5000, neverStale);
  expect(seen).toMatchObject(outcome);
});

test('an answer that does not end in time', async () => {
  const url = await serve((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'),
  );
  const seen = await new HttpClient({ url }, false).get('/', 50, () => undefined);
  expect(seen.kind).toBe('timeout');
});

test('nobody listens', async () => {
  const client = new HttpClient({ url: 'http://localhost', socketPath: '/nowhere.sock' }, false);
  expect((await client.get('/', 5000, () => undefined)).kind).toBe('refused');
});

test('a kept connection that was closed without a byte is stale: the request goes out again', async () => {
  // The second request comes on the kept connection, the third is the retry.
  const url = await serve((socket, request) => {
    if (request === 2) socket.destroy();
    else socket.write(ANSWER);
  });
  const client = new HttpClient({ url }, true);
  let stale = 0;
  const onStale = (): void => void (stale += 1);
  expect((await client.get('/', 5000, onStale)).kind).toBe('ok');
  expect((await client.get('/', 5000, onStale)).kind).toBe('ok');
  expect(stale).toBe(1);
});

test('a kept connection that ends inside an answer is a failure', async () => {
  const url = await serve((socket, request) => {
    if (request === 1) socket.write(ANSWER);
    else socket.end('HTTP/1.1 200');
  });
  const client = new HttpClient({ url }, true);
  await client.get('/', 5000, () => undefined);
  expect((await client.get('/', 5000, neverStale)).kind).toBe('reset');
});

test('only loopback', () => {
  expect(() => new HttpClient({ url: 'http://192.0.2.1' }, false)).toThrow(/loopback/);
});

test.for([
  { code: 'ECONNREFUSED', kind: 'refused' },
  { code: 'EAGAIN', kind: 'refused' },
  { code: 'EPIPE', kind: 'reset' },
  { code: 'HPE_INVALID_CONSTANT', kind: 'reset' },
  { code: 'EMFILE', kind: 'other' },
])('$code counts as $kind', ({ code, kind }) => {
  expect(classifyError(Object.assign(new Error(code), { code }))).toEqual({ kind, detail: code });
});
