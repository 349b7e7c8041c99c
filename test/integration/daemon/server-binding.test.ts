import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DaemonControl } from '../../../src/daemon/daemon.ts';
import { callBody, post, RawConnection, rawRequest } from './support/raw-http.ts';
import { serveControl, temporaryDirectory } from './support/serve-control.ts';

const CALL = post(callBody('supervisor.getVersion'));
const IN_USE = /^Another program is already listening on a port/;

/** Leaves a socket on which nobody listens. */
async function leaveStaleSocket(file: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${file}.old`, resolve));
  const { linkSync } = await import('node:fs');
  linkSync(`${file}.old`, file);
  await new Promise((resolve) => server.close(resolve));
}

describe.concurrent('a unix server', () => {
  it('appears with its mode, and leaves nothing behind', async (context) => {
    const directory = temporaryDirectory(context);
    const { file, servers, url, log } = await serveControl(
      context,
      directory,
      {},
      { chmod: 0o641 },
    );
    expect(lstatSync(file).mode & 0o777).toBe(0o641);
    expect(readdirSync(directory)).toEqual(['s.sock']);
    expect(log).toContain(
      "critical Server 'unix_http_server' running without any HTTP authentication checking",
    );
    servers.begin();
    expect((await rawRequest(url, CALL)).status).toBe(200);
    await servers.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('takes the place of a socket on which nobody listens', async (context) => {
    const directory = temporaryDirectory(context);
    const file = join(directory, 's.sock');
    await leaveStaleSocket(file);
    const { log, url, servers } = await serveControl(context, directory, {});
    servers.begin();
    expect(log).toContain(`warn Unlinking stale socket ${file}`);
    expect((await rawRequest(url, CALL)).status).toBe(200);
  });

  it('leaves a server that listens alone', async (context) => {
    const directory = temporaryDirectory(context);
    const first = await serveControl(context, directory, {});
    first.servers.begin();
    await expect(serveControl(context, directory, {})).rejects.toMatchObject({
      message: expect.stringMatching(IN_USE) as string,
      exitCode: 2,
    });
    expect((await rawRequest(first.url, CALL)).status).toBe(200);
    expect(readdirSync(directory)).toEqual(['s.sock']);
  });

  it("leaves somebody's file alone", async (context) => {
    const directory = temporaryDirectory(context);
    const file = join(directory, 's.sock');
    writeFileSync(file, 'precious');
    await expect(serveControl(context, directory, {})).rejects.toMatchObject({ exitCode: 2 });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('says where it could not be opened', async (context) => {
    const directory = temporaryDirectory(context);
    const file = join(directory, 'missing', 's.sock');
    await expect(serveControl(context, directory, {}, { file })).rejects.toMatchObject({
      message: expect.stringContaining(file) as string,
      exitCode: 2,
    });
  });

  it('does not take away a socket that another server has put in its place', async (context) => {
    const directory = temporaryDirectory(context);
    const first = await serveControl(context, directory, {});
    const { unlinkSync } = await import('node:fs');
    unlinkSync(first.file);
    const second = await serveControl(context, directory, {});
    second.servers.begin();
    await first.servers.close();
    expect(existsSync(second.file)).toBe(true);
    expect((await rawRequest(second.url, CALL)).status).toBe(200);
  });

  it('lets requests wait until it begins', async (context) => {
    const directory = temporaryDirectory(context);
    const { url, servers } = await serveControl(context, directory, {});
    const connection = new RawConnection(url);
    connection.write(CALL);
    await expect(
      Promise.race([connection.answer(), new Promise((resolve) => setImmediate(resolve, 'none'))]),
    ).resolves.toBe('none');
    servers.begin();
    connection.close();
    expect((await rawRequest(url, CALL)).status).toBe(200);
  });

  it('closes soon, whoever is connected, and ends log tails', async (context) => {
    const directory = temporaryDirectory(context);
    const mainLog = join(directory, 'main.log');
    writeFileSync(mainLog, 'line\n');
    const { url, servers } = await serveControl(context, directory, {
      mainLog: { path: mainLog } as DaemonControl['mainLog'],
    });
    servers.begin();
    const tail = new RawConnection(url);
    tail.write('GET /mainlogtail HTTP/1.1\r\n\r\n');
    await tail.waitForText('line\n');
    const idle = new RawConnection(url);
    idle.write(CALL);
    await idle.answer();
    const halfway = new RawConnection(url);
    halfway.write('POST /RPC2 HTTP/1.1\r\n');
    const began = performance.now();
    await servers.close();
    expect(performance.now() - began).toBeLessThan(3000);
    await Promise.all([tail, idle, halfway].map((each) => each.waitForClose()));
    expect(tail.received).toMatch(/\r\n0\r\n\r\n$/);
  });
});
