import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import type { Supervisor } from '../../../src/rpc/supervisor.ts';
import { pythonForTests } from '../../rig/python.ts';
import type { RealSupervisord } from '../rpc-supervisord.ts';
import { SERVERS, startOneOf } from '../daemon/support/both-servers.ts';
import { RawConnection, rawRequest } from '../daemon/support/raw-http.ts';
import { outcomeOf } from './support/conformance-site.ts';

/** Programs whose logs the tests write themselves. */
const PROGRAMS =
  ['sample', 'tailed', 'short', 'manual']
    .map(
      (name) =>
        `[program:${name}]\ncommand=/bin/cat\nautostart=false\nstdout_logfile=%(here)s/${name}.log\n`,
    )
    .join('') +
  '[program:nolog]\ncommand=/bin/cat\nautostart=false\nstdout_logfile=NONE\n' +
  '[group:pair]\nprograms=one\n[program:one]\ncommand=/bin/cat\nautostart=false\n';

const SAMPLE = 'héllo\n0123456789\n';

const python = await pythonForTests('newest');

describe.skipIf(python === undefined).each(SERVERS)('access to logs, %s', (name) => {
  let server: RealSupervisord;
  let supervisor: Supervisor;
  let url: string;

  beforeAll(async () => {
    if (python === undefined) return;
    server = await startOneOf(name, python, PROGRAMS, { 'sample.log': SAMPLE });
    url = server.unixUrl;
    supervisor = createSupervisor({ url });
    // Not every supervisor makes the log only when the program starts.
    rmSync(join(server.directory, 'manual.log'), { force: true });
  });
  afterAll(async () => {
    supervisor.close();
    await server.stop();
  });

  const call = async (method: string, ...params: unknown[]): Promise<unknown> =>
    outcomeOf(await supervisor.call(method, params));

  it.for([
    [0, 5, 'héll'],
    [-5, 0, '6789\n'],
    [-5, 5, '3 BAD_ARGUMENTS'],
    [0, -1, '3 BAD_ARGUMENTS'],
    [0, 0, SAMPLE],
    [7, 0, '0123456789\n'],
    [18, 0, ''],
    [100, 10, ''],
    [-100, 0, SAMPLE],
    [8, 1000, '123456789\n'],
  ] as const)('check 24: %j, %j of a log, in bytes', async ([offset, length, expected]) => {
    expect(await call('supervisor.readProcessStdoutLog', 'sample', offset, length)).toBe(expected);
  });

  it.for([
    [0, 5, ['6789\n', 18, true]],
    [0, 18, [SAMPLE, 18, false]],
    [10, 100, [SAMPLE, 18, false]],
    [18, 5, ['', 18, false]],
    [15, 3, ['89\n', 18, false]],
    [0, 0, ['', 18, true]],
  ] as const)(
    'check 25: the end of a log from %j with %j bytes',
    async ([offset, length, expected]) => {
      expect(await call('supervisor.tailProcessStdoutLog', 'sample', offset, length)).toEqual(
        expected,
      );
    },
  );

  it('check 26: NO_FILE for no log, with the path for one that is not there', async () => {
    expect(await call('supervisor.readProcessLog', 'nolog', 0, 0)).toBe('20 NO_FILE');
    const path = join(server.directory, 'manual.log');
    expect(await call('supervisor.readProcessLog', 'manual', 0, 0)).toBe(`20 NO_FILE: ${path}`);
    expect(await call('supervisor.tailProcessLog', 'nolog', 0, 10)).toEqual(['', 0, false]);
    expect(await call('supervisor.tailProcessLog', 'manual', 0, 10)).toEqual(['', 0, false]);
    expect(await call('supervisor.readProcessLog', 'nope', 0, 0)).toBe('10 BAD_NAME: nope');
  });

  /** As supervisorctl asks: `Host` is there and empty. */
  const HEAD =
    'Host: \r\nAccept-Encoding: chunked\r\nAccept: */*\r\nUser-agent: Supervisor HTTP Client\r\n\r\n\r\n';

  it('check 19: tail -f with an empty Host, byte by byte', async () => {
    for (const host of [HEAD, '\r\n']) {
      const connection = new RawConnection(url);
      await connection.trickle(`GET /logtail/sample/stdout HTTP/1.1\r\n${host}`);
      await connection.waitForText('0123456789\n');
      expect(connection.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      connection.close();
    }
  });

  it('check 20: a log in chunks as it grows, from 1024 bytes before its end, also when it is truncated or rotated', async () => {
    const path = join(server.directory, 'tailed.log');
    writeFileSync(path, `${'x'.repeat(2000)}END\n`);
    const connection = new RawConnection(url);
    connection.write(`GET /logtail/tailed/stdout HTTP/1.1\r\n${HEAD}`);
    await connection.waitForText('END\n');
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(connection.received).toMatch(/\r\nTransfer-Encoding: chunked\r\n/);
    expect(connection.received).toMatch(/\r\nContent-Type: text\/plain;charset=utf-8\r\n/);
    expect(connection.received).toMatch(
      /\r\nLast-Modified: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n/,
    );
    expect(connection.received).toMatch(/\r\nX-Accel-Buffering: no\r\n/);
    expect(/x{10,}/.exec(connection.received)?.[0]).toHaveLength(1024 - 'END\n'.length);
    appendFileSync(path, 'more\n');
    await connection.waitForText('more\n');
    if (name !== 'supervisord') {
      // Difference: A log that is truncated is followed on. supervisord's own message about it is text where it needs bytes.
      truncateSync(path, 0);
      await connection.waitForText('==> File truncated <==\n');
      appendFileSync(path, 'again\n');
      await connection.waitForText('again\n');
    }
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'another file\n');
    await connection.waitForText('another file\n');
    expect(connection.isClosed).toBe(false);
    connection.close();
  });

  it('check 20: a log of just less than 1024 bytes as a whole', async () => {
    const text = `${'y'.repeat(1022)}\n`;
    writeFileSync(join(server.directory, 'short.log'), text);
    const connection = new RawConnection(url);
    connection.write(`GET /logtail/short HTTP/1.1\r\n${HEAD}`);
    await connection.waitForText(text);
    connection.close();
  });

  it.for([
    ['an unknown program', 'GET /logtail/nope', 404],
    ['a channel without a log', 'GET /logtail/nolog/stdout', 404],
    ['an unknown channel', 'GET /logtail/sample/nope', 404],
    ['a log that is not there', 'GET /logtail/manual', 404],
    ['a whole group', 'GET /logtail/pair:*', 404],
    ['POST to a log', 'POST /logtail/sample', 400],
  ] as const)('check 21: %s', async ([, line, status]) => {
    const answer = await rawRequest(url, `${line} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('text/html');
  });

  it('check 21: names in paths are decoded, and the main log is there as well', async () => {
    const log = new RawConnection(url);
    log.write('GET /logtail/sample%3asample HTTP/1.1\r\n\r\n');
    await log.waitForText('200 OK');
    log.close();
    const main = new RawConnection(url);
    main.write('GET /mainlogtail HTTP/1.1\r\nHost: \r\n\r\n');
    await main.waitForText(' INFO ');
    main.close();
  });
});
