import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { callBody, post, RawConnection, rawRequest } from './support/raw-http.ts';
import type { DaemonControl } from '../../../src/daemon/daemon.ts';
import { serveControl, temporaryDirectory } from './support/serve-control.ts';

const CALL = post(callBody('supervisor.getVersion'));

// Difference: Requests have limits.
describe.concurrent('a server under attack', () => {
  it.for([
    ['no HTTP', '\u0000\u0001\u0002 nonsense\r\n\r\n', [400]],
    ['a huge head', `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, [431]],
    ['a body that is too long', post(callBody('x'.repeat(1_100_000))), [413]],
    ['a length that is none', 'POST /RPC2 HTTP/1.1\r\nContent-Length: -1\r\n\r\n', [400]],
    [
      'two lengths',
      'POST /RPC2 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      [400],
    ],
    [
      'an entity bomb',
      post('<!DOCTYPE a [<!ENTITY b "c">]><methodCall><methodName>&b;</methodName></methodCall>'),
      [400],
    ],
    ['values nested deep', post(callBody('x', nested(10_000))), [400]],
    ['names of prototypes', post(callBody('__proto__')), [200]],
    ['a name that cannot be decoded', 'GET /logtail/%ff%zz HTTP/1.1\r\n\r\n', [404]],
    ['a path out of the tree', 'GET /logtail/../../etc/passwd HTTP/1.1\r\n\r\n', [404]],
    ['a bare /logtail', 'GET /logtail HTTP/1.1\r\n\r\n', [404]],
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', [undefined]],
    ['an upgrade', 'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', [404]],
  ] as const)('outlives %s', async ([, text, statuses], context) => {
    const directory = temporaryDirectory(context);
    const { url, servers } = await serveControl(
      context,
      directory,
      knowing({ member: () => undefined }),
    );
    servers.begin();
    const connection = new RawConnection(url);
    connection.write(text);
    const status = await waitFor('an answer or the end', async () =>
      connection.received.includes('\r\n\r\n')
        ? (await connection.answer()).status
        : connection.isClosed
          ? 'closed'
          : undefined,
    );
    connection.close();
    expect(statuses).toContain(status === 'closed' ? undefined : status);
    expect((await rawRequest(url, CALL)).body).toContain('3.0');
  });

  it('answers 500 for a bug of ours, logs it, and goes on', async (context) => {
    const directory = temporaryDirectory(context);
    const groups = {
      snapshots: () => {
        throw new Error('boom');
      },
    };
    const { url, servers, log } = await serveControl(context, directory, knowing(groups));
    servers.begin();
    const { status } = await rawRequest(url, post(callBody('supervisor.getAllProcessInfo')));
    expect(status).toBe(500);
    expect(
      log.some((line) => line.startsWith('error internal error') && line.includes('boom')),
    ).toBe(true);
    const params =
      '<params><param><value><array><data><value><struct><member><name>methodName</name><value>supervisor.getAllProcessInfo</value></member></struct></value></data></array></value></param></params>';
    const { body } = await rawRequest(url, post(callBody('system.multicall', params)));
    expect(body).toContain('FAILED: internal error');
    expect((await rawRequest(url, CALL)).status).toBe(200);
  });

  it('survives clients that go away in the middle', async (context) => {
    const directory = temporaryDirectory(context);
    const mainLog = join(directory, 'main.log');
    writeFileSync(mainLog, 'x'.repeat(5000));
    const settled = new Promise<never>(() => undefined);
    const { url, servers, log } = await serveControl(context, directory, {
      ...logged(mainLog),
      ...knowing({
        get: () => undefined,
        member: () => ({ start: () => ({ ok: true, value: { settled } }) }) as never,
      }),
    });
    servers.begin();
    const start = post(
      callBody('supervisor.startProcess', '<params><param><value>p</value></param></params>'),
    );
    for (const text of ['POST', CALL.slice(0, -20), start, 'GET /mainlogtail HTTP/1.1\r\n\r\n']) {
      for (let time = 0; time < 20; time += 1) {
        const connection = new RawConnection(url);
        connection.write(text);
        connection.close();
      }
    }
    expect((await rawRequest(url, CALL)).status).toBe(200);
    expect(log.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('lets nobody lock others out with many connections', { timeout: 60_000 }, async (context) => {
    const directory = temporaryDirectory(context);
    const { url, servers } = await serveControl(context, directory, {});
    servers.begin();
    const many = Array.from({ length: 400 }, () => new RawConnection(url));
    await waitFor('the oldest to be closed', () => many[0]?.isClosed);
    expect((await rawRequest(url, CALL)).status).toBe(200);
    await waitFor('the number to be bounded', () => {
      const open = many.filter(({ isClosed }) => !isClosed).length;
      return open <= 256 || undefined;
    });
    for (const each of many) each.close();
  });

  it('answers in order, and hangs up on who sends without end', async (context) => {
    const directory = temporaryDirectory(context);
    const { url, servers } = await serveControl(context, directory, { pid: process.pid });
    servers.begin();
    const polite = new RawConnection(url);
    const pid = post(callBody('supervisor.getPID'));
    polite.write((CALL + pid).repeat(30));
    for (let time = 0; time < 30; time += 1) {
      expect((await polite.answer()).body).toContain('<string>3.0<');
      expect((await polite.answer()).body).toContain(`<int>${process.pid}<`);
    }
    polite.close();
    const mainLog = join(directory, 'main.log');
    writeFileSync(mainLog, '');
    const file = join(directory, 't.sock');
    const other = await serveControl(context, directory, logged(mainLog), { file });
    other.servers.begin();
    const rude = new RawConnection(other.url);
    rude.write('GET /mainlogtail HTTP/1.1\r\n\r\n' + CALL.repeat(100));
    await rude.waitForClose();
    expect((await rawRequest(other.url, CALL)).status).toBe(200);
  });

  it('bounds what one request may ask for', async (context) => {
    const directory = temporaryDirectory(context);
    const mainLog = join(directory, 'main.log');
    writeFileSync(mainLog, 'x'.repeat(6_000_000));
    const { url, servers } = await serveControl(context, directory, logged(mainLog));
    servers.begin();
    const supervisor = createSupervisor({ url });
    const calls = Array.from({ length: 50 }, () => ({
      methodName: 'supervisor.readLog',
      params: [0, 0],
    }));
    const results = await supervisor.call('system.multicall', [calls]);
    supervisor.close();
    expect(results.ok && (results.value as unknown[]).map((each) => typeof each)).toEqual([
      ...Array.from({ length: 3 }, () => 'string'),
      ...Array.from({ length: 47 }, () => 'object'),
    ]);
  });

  it('hangs up on who does not finish the head', { timeout: 60_000 }, async (context) => {
    const directory = temporaryDirectory(context);
    const { url, servers } = await serveControl(context, directory, {});
    servers.begin();
    const slow = new RawConnection(url);
    slow.write('POST /RPC2 HTTP/1.1\r\nX: ');
    const silent = new RawConnection(url);
    await Promise.all([slow.waitForClose(40_000), silent.waitForClose(40_000)]);
  });
});

/** A daemon with nothing but these answers about its groups. */
const knowing = (groups: Partial<DaemonControl['groups']>): Partial<DaemonControl> => ({
  groups: groups as DaemonControl['groups'],
});

/** A daemon with nothing but this main log. */
const logged = (path: string): Partial<DaemonControl> => ({
  mainLog: { path } as DaemonControl['mainLog'],
});

function nested(depth: number): string {
  const value = '<value><array><data>'.repeat(depth) + '</data></array></value>'.repeat(depth);
  return `<params><param>${value}</param></params>`;
}
