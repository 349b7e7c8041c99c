import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { os } from './os-children.ts';

let directory: string;
let server: Server;
let seen: string[];
const answers: Readonly<Record<string, RequestListener>> = {
  '/ok': (_, response) => response.end('fine ž'),
  '/503': (_, response) => response.writeHead(503).end('starting'),
  '/moved': (_, response) => response.writeHead(302, { location: '/ok' }).end(),
  '/large': (_, response) => response.end('x'.repeat(1_000_000)),
  '/silent': () => undefined,
  '/half': (_, response) => response.writeHead(200, { 'content-length': '10' }).write('half'),
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => response.destroy());
  },
  '/nonsense': (_, response) => response.socket?.end('\u001b[2Jno HTTP\r\n\r\n'),
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reloadctl-test-'));
  seen = [];
  server = createServer((request, response) => {
    seen.push(`${request.method ?? ''} ${request.headers.host ?? ''} ${request.url ?? ''}`);
    (answers[request.url ?? ''] ?? answers['/ok'])?.(request, response);
  });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

async function listen(path?: string): Promise<string> {
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  return path ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('httpPost', () => {
  it.each([
    ['/ok', { ok: true, status: 200, body: 'fine ž' }],
    ['/moved', { ok: true, status: 302, body: '' }],
    ['/silent', { ok: false, error: 'no answer within 300 ms' }],
  ])('sends JSON, and follows nothing: %s', async (path, probe) => {
    let body = '';
    let type: unknown;
    server.on('request', (request) => {
      type = request.headers['content-type'];
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
    });
    const url = await listen();
    const text = JSON.stringify({ text: 'ž' });
    expect(await os.httpPost(`${url}${path}`, text, probe.ok ? 5000 : 300)).toEqual(probe);
    expect(seen).toEqual([`POST ${new URL(url).host} ${path}`]);
    expect([type, body]).toEqual(['application/json', text]);
  });
});

describe('httpGet', () => {
  it.each([
    ['/ok', { ok: true, status: 200, body: 'fine ž' }],
    ['/503', { ok: true, status: 503, body: 'starting' }],
    ['/moved', { ok: true, status: 302, body: '' }],
    ['/large', { ok: true, status: 200, body: 'x'.repeat(64 * 1024) }],
    ['/silent', { ok: false, error: 'no answer within 300 ms' }],
    ['/half', { ok: false, error: 'status 200, but no end of the body within 300 ms' }],
    ['/cut', { ok: false, error: 'aborted' }],
    ['/nonsense', { ok: false, error: 'Parse Error: Expected HTTP/' }],
  ])('%s', async (path, probe) => {
    const limitMs = probe.ok ? 5000 : 300;
    const result = await os.httpGet(`${await listen()}${path}`, limitMs, 'ours');
    if (path === '/nonsense') expect(result).toMatchObject({ ok: false, isNobodyThere: true });
    else expect(result).toEqual(probe);
  });

  it('asks over a unix socket', async () => {
    const path = await listen(join(directory, 'app.sock'));
    expect(await os.httpGet(`unix:${path}:/ok?a=b`, 5000, 'ours')).toMatchObject({
      ok: true,
      status: 200,
    });
    expect(await os.httpGet(`unix:${path}`, 5000, 'ours')).toMatchObject({ ok: true, status: 200 });
    expect(seen).toEqual(['GET localhost /ok?a=b', 'GET localhost /']);
  });

  it.each(['tcp', 'unix'] as const)(
    'sends the host and the headers of its caller: %s',
    async (kind) => {
      const path = join(directory, 'app.sock');
      const url = await listen(kind === 'unix' ? path : undefined);
      let headers: unknown;
      server.on('request', (request) => (headers = request.headers));
      const asked = kind === 'unix' ? `unix:${url}:/ok` : `${url}/ok`;
      await os.httpGet(asked, 5000, 'ours', undefined, {
        host: 'www.example.org',
        headers: [
          { name: 'X-A', value: 'b' },
          { name: 'User-Agent', value: 'mine' },
        ],
      });
      expect(seen).toEqual(['GET www.example.org /ok']);
      expect(headers).toMatchObject({ 'x-a': 'b', 'user-agent': 'mine', accept: '*/*' });
    },
  );

  it('says what is wrong when nobody listens', async () => {
    const url = await listen();
    server.close();
    const port = new URL(url).port;
    expect(await os.httpGet(url, 5000, 'ours')).toEqual({
      ok: false,
      error: `connect ECONNREFUSED 127.0.0.1:${port}`,
      isNobodyThere: true,
    });
    expect(await os.httpGet(`http://localhost:${port}`, 5000, 'ours')).toMatchObject({
      ok: false,
      error: expect.stringContaining('ECONNREFUSED') as string,
      isNobodyThere: true,
    });
    expect(await os.httpGet('http://reloadctl.invalid/', 5000, 'ours')).toMatchObject({
      ok: false,
      isNobodyThere: true,
    });
    const silent = await listen(join(directory, 'app.sock'));
    expect(await os.httpGet(`unix:${silent}:/cut`, 5000, 'ours')).not.toHaveProperty(
      'isNobodyThere',
    );
    const path = join(directory, 'none.sock');
    expect(await os.httpGet(`unix:${path}`, 5000, 'ours')).toEqual({
      ok: false,
      error: `connect ENOENT ${path}`,
      isNobodyThere: true,
    });
  });

  it('is aborted, before and while it waits', async () => {
    const url = `${await listen()}/silent`;
    expect(await os.httpGet(url, 5000, 'ours', AbortSignal.abort())).toEqual({
      ok: false,
      error: 'aborted',
    });
    expect(await os.httpGet(url, 5000, 'ours', AbortSignal.timeout(50))).toEqual({
      ok: false,
      error: 'aborted',
    });
  });

  it('refuses what is no URL for it, on one line', async () => {
    const result = await os.httpGet('ftp://\u001b[2J\n', 5000, 'ours');
    expect(result).toEqual({
      ok: false,
      error: 'not a URL of http:, https: or unix:/path[:/uri]: ftp://\\x1b[2J\\x0a',
    });
  });
});
