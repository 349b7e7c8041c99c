import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import type { RpcResult, Supervisor } from '../../../src/rpc/supervisor.ts';
import { pythonForTests } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { CREDENTIALS, type RealSupervisord } from '../rpc-supervisord.ts';
import { SERVERS, startOneOf } from './support/both-servers.ts';
import { callBody, post, RawConnection, rawRequest } from './support/raw-http.ts';

const PROGRAMS = `
[program:cat]
command=/bin/cat
startsecs=0
stdout_logfile=%(here)s/cat.log
[program:manual]
command=/bin/cat
autostart=false
stdout_logfile=%(here)s/manual.log
[program:slow]
command=/bin/cat
autostart=false
startsecs=3
[program:nolog]
command=/bin/cat
autostart=false
stdout_logfile=NONE
[program:sample]
command=/bin/cat
autostart=false
stdout_logfile=%(here)s/sample.log
[program:tailed]
command=/bin/cat
autostart=false
stdout_logfile=%(here)s/tailed.log
[group:pair]
programs=one,two
[program:one]
command=/bin/cat
startsecs=0
priority=2
[program:two]
command=/bin/cat
startsecs=0
priority=1
`;

const SAMPLE = 'héllo\n0123456789\n';

const python = await pythonForTests('newest');

/** What a call came to: its value, or its fault. */
function outcome(result: RpcResult<unknown>): unknown {
  if (result.ok) return result.value;
  const { error } = result;
  return error.kind === 'fault' ? `${error.code} ${error.text}` : error.kind;
}

describe.skipIf(python === undefined).each(SERVERS)('on the wire, %s', (name) => {
  let server: RealSupervisord;
  let supervisor: Supervisor;
  let url: string;

  beforeAll(async () => {
    if (python === undefined) return;
    server = await startOneOf(name, python, PROGRAMS.replace(/\[inet_http_server:sha\]\n.*\n/, ''));
    url = server.unixUrl;
    supervisor = createSupervisor({ url });
    writeFileSync(join(server.directory, 'sample.log'), SAMPLE);
    // Not every supervisor makes the log only when the program starts.
    rmSync(join(server.directory, 'manual.log'), { force: true });
    await waitFor('cat to run', async () => {
      const info = await supervisor.getProcessInfo('cat');
      return (info.ok && info.value.state === 'RUNNING') || undefined;
    });
  });
  afterAll(async () => {
    supervisor.close();
    await server.stop();
  });

  const call = async (method: string, ...params: unknown[]): Promise<unknown> =>
    outcome(await supervisor.call(method, params));

  it('has the methods of supervisord, under their names', async () => {
    const names = (await call('system.listMethods')) as string[];
    expect(names.filter((name) => !name.startsWith('reloadctl.'))).toHaveLength(41);
    expect(names).toEqual([...names].sort());
    expect(await call('supervisor.getVersion')).toBe('3.0');
    expect(await call('supervisor.getAPIVersion')).toBe('3.0');
    expect(await call('supervisor.getState')).toEqual({ statecode: 1, statename: 'RUNNING' });
    expect(await call('supervisor.getIdentification')).toBe('tést <&>');
    expect(await call('supervisor.getPID')).toBe(server.pid);
  });

  it.for([
    ['supervisor.startProcess', ['boolean', 'string', 'boolean']],
    ['supervisor.tailProcessLog', ['array', 'string', 'int', 'int']],
    ['supervisor.getAllProcessInfo', ['array']],
    ['system.multicall', ['array', 'array']],
    ['supervisor.nope', '4 SIGNATURE_UNSUPPORTED'],
  ] as const)('gives the signature of %s', async ([method, signature]) => {
    expect(await call('system.methodSignature', method)).toEqual(signature);
  });

  it.for([
    ['untyped', '<value>cat</value>', true],
    ['typed', '<value><string>cat</string></value>', true],
    [
      'true, which is false',
      '<value>slow</value></param><param><value><boolean>true</boolean></value>',
      true,
    ],
  ] as const)('takes parameters that are %s', async ([, param, isTaken]) => {
    const body = callBody('supervisor.startProcess', `<params><param>${param}</param></params>`);
    const began = performance.now();
    const { status, body: answer } = await rawRequest(url, post(body));
    expect(status).toBe(200);
    expect(answer.includes('ALREADY_STARTED: cat') || answer.includes('<boolean>1')).toBe(isTaken);
    expect(performance.now() - began).toBeLessThan(2500);
    await call('supervisor.stopProcess', 'slow');
  });

  it('takes calls without <params>, integers of either name, and any path that begins with /RPC2', async () => {
    const bare = await rawRequest(url, post(callBody('supervisor.getVersion', ''), '/RPC2xyz'));
    expect(bare.status).toBe(200);
    expect(bare.headers['content-type']).toBe('text/xml');
    expect(bare.body).toBe(
      "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><string>3.0</string></value>\n</param>\n</params>\n</methodResponse>\n",
    );
    for (const type of ['int', 'i4', 'double', 'string']) {
      const params = ['<string>sample</string>', `<${type}>7</${type}>`, '<int>3</int>']
        .map((value) => `<param><value>${value}</value></param>`)
        .join('');
      const { body } = await rawRequest(
        url,
        post(callBody('supervisor.readProcessLog', `<params>${params}</params>`)),
      );
      expect(body).toContain('<string>012</string>');
    }
  });

  it.for([
    ['a', [], '1 UNKNOWN_METHOD'],
    ['a.b.c', [], '1 UNKNOWN_METHOD'],
    ['supervisor._update', ['x'], '1 UNKNOWN_METHOD'],
    ['supervisor.getVersion', [1], '2 INCORRECT_PARAMETERS'],
    ['supervisor.startProcess', [], '2 INCORRECT_PARAMETERS'],
    ['supervisor.startProcess', ['nope'], '10 BAD_NAME: nope'],
    ['supervisor.startProcess', ['pair'], '10 BAD_NAME: pair'],
    ['supervisor.startProcess', ['nope:*'], '10 BAD_NAME: nope:*'],
    ['supervisor.startProcess', ['pair:one'], '60 ALREADY_STARTED: pair:one'],
    ['supervisor.startProcess', ['pair:*'], []],
    ['supervisor.stopProcess', ['manual'], '70 NOT_RUNNING: manual'],
    ['supervisor.stopProcess', ['manual:manual'], '70 NOT_RUNNING: manual:manual'],
    ['supervisor.stopProcessGroup', ['manual'], []],
    ['supervisor.signalProcess', ['manual', 'HUP'], '70 NOT_RUNNING: manual'],
    ['supervisor.signalProcess', ['cat', 'BOGUS'], '11 BAD_SIGNAL: BOGUS'],
    ['supervisor.signalProcess', ['cat', 'CONT'], true],
    [
      'supervisor.signalProcessGroup',
      ['pair', 'BOGUS'],
      [
        { name: 'two', group: 'pair', status: 11, description: 'BAD_SIGNAL: BOGUS' },
        { name: 'one', group: 'pair', status: 11, description: 'BAD_SIGNAL: BOGUS' },
      ],
    ],
    ['supervisor.getProcessInfo', ['pair:*'], '10 BAD_NAME: pair:*'],
    ['supervisor.clearProcessLogs', ['pair:*'], '10 BAD_NAME: pair:*'],
    ['supervisor.clearProcessLogs', ['nolog'], true],
    ['supervisor.sendProcessStdin', ['manual', 'x'], '70 NOT_RUNNING: manual'],
    ['supervisor.sendProcessStdin', ['cat', 5], '2 INCORRECT_PARAMETERS: 5'],
    ['supervisor.sendRemoteCommEvent', ['type', 'data'], true],
    ['supervisor.addProcessGroup', ['cat'], '90 ALREADY_ADDED: cat'],
    ['supervisor.addProcessGroup', ['nope'], '10 BAD_NAME: nope'],
    ['supervisor.removeProcessGroup', ['cat'], '91 STILL_RUNNING: cat'],
    ['supervisor.removeProcessGroup', ['nope'], '10 BAD_NAME: nope'],
    ['supervisor.reloadConfig', [], [[[], [], []]]],
    ['system.methodHelp', ['nope'], '4 SIGNATURE_UNSUPPORTED'],
  ] as const)('answers %s %j', async ([method, params, expected]) => {
    expect(await call(method, ...params)).toEqual(expected);
  });

  it('sends faults with HTTP status 200', async () => {
    const { status, body } = await rawRequest(url, post(callBody('nope')));
    expect(status).toBe(200);
    expect(body).toContain('<value><int>1</int></value>');
    expect(body).toContain('<value><string>UNKNOWN_METHOD</string></value>');
  });

  it.for([
    ['GET /RPC2', 'GET /RPC2 HTTP/1.1\r\n\r\n', 400],
    ['garbage in the body', post('garbage'), 400],
    ['no method name', post(callBody('')), 400],
    ['no length', 'POST /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n', 411],
    ['chunks', 'POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 411],
    ['an unknown page', 'GET /nope HTTP/1.1\r\n\r\n', 404],
    ['/logtail/nope', 'GET /logtail/nope HTTP/1.1\r\n\r\n', 404],
    ['a channel without a log', 'GET /logtail/nolog/stdout HTTP/1.1\r\n\r\n', 404],
    ['an unknown channel', 'GET /logtail/cat/nope HTTP/1.1\r\n\r\n', 404],
    ['a log that is not there', 'GET /logtail/manual HTTP/1.1\r\n\r\n', 404],
    ['a whole group', 'GET /logtail/pair:* HTTP/1.1\r\n\r\n', 404],
    ['POST to a log', 'POST /logtail/cat HTTP/1.1\r\nContent-Length: 0\r\n\r\n', 400],
  ] as const)('answers %s with its status', async ([, text, status]) => {
    const answer = await rawRequest(url, text);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('text/html');
  });

  it('takes requests in pieces, several on a connection, and one behind the other', async () => {
    const connection = new RawConnection(url);
    const request = post(callBody('supervisor.getVersion'));
    await connection.trickle(request);
    expect((await connection.answer()).status).toBe(200);
    connection.write(request + post(callBody('supervisor.getPID')));
    expect((await connection.answer()).body).toContain('3.0');
    expect((await connection.answer()).body).toContain(`<int>${server.pid}</int>`);
    expect(connection.isClosed).toBe(false);
    connection.write(post(callBody('supervisor.getPID'), '/RPC2', 'Connection: close\r\n'));
    expect((await connection.answer()).status).toBe(200);
    await connection.waitForClose();
  });

  it('answers others while a call waits', async () => {
    const other = createSupervisor({ url });
    const began = performance.now();
    const starting = other.startProcess('slow', true).then(outcome);
    await waitFor('slow to start', async () => {
      const info = await supervisor.getProcessInfo('slow');
      return (info.ok && info.value.state === 'STARTING') || undefined;
    });
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await starting).toBe(true);
    expect(performance.now() - began).toBeGreaterThan(3000);
    expect(await call('supervisor.stopProcess', 'slow')).toBe(true);
    other.close();
  });

  it('asks for a password on every path', async () => {
    const authorize = (text: string): string =>
      `Authorization: Basic ${Buffer.from(text).toString('base64')}\r\n`;
    const right = `${CREDENTIALS.username}:${CREDENTIALS.password}`;
    const body = callBody('supervisor.getVersion');
    for (const headers of [
      '',
      authorize(`${right}x`),
      authorize(`x${right}`),
      'Authorization: Bearer x\r\n',
    ]) {
      for (const request of [
        post(body, '/RPC2', headers),
        `GET /logtail/cat HTTP/1.1\r\n${headers}\r\n`,
        `GET /mainlogtail HTTP/1.1\r\n${headers}\r\n`,
        `GET /nope HTTP/1.1\r\n${headers}\r\n`,
      ]) {
        const answer = await rawRequest(server.inetUrl, request);
        expect(answer.status).toBe(401);
        expect(answer.headers['www-authenticate']).toBe('Basic realm="default"');
        expect(answer.headers.connection).toBe('close');
      }
    }
    const answer = await rawRequest(server.inetUrl, post(body, '/RPC2', authorize(right)));
    expect(answer.status).toBe(200);
  });

  it('calls several methods in one, and gives bare results', async () => {
    expect(
      await call('system.multicall', [
        { methodName: 'supervisor.getVersion', params: [] },
        { methodName: 'supervisor.getState' },
        { methodName: 'supervisor.stopProcess', params: ['manual'] },
        { methodName: 'nope', params: [] },
        { params: [] },
        { methodName: 'system.multicall', params: [[]] },
        { methodName: 'supervisor.startProcess', params: ['pair:one'] },
      ]),
    ).toEqual([
      '3.0',
      { statecode: 1, statename: 'RUNNING' },
      { faultCode: 70, faultString: 'NOT_RUNNING: manual' },
      { faultCode: 1, faultString: 'UNKNOWN_METHOD' },
      { faultCode: 2, faultString: 'INCORRECT_PARAMETERS: No methodName' },
      { faultCode: 2, faultString: 'INCORRECT_PARAMETERS: Recursive system.multicall forbidden' },
      { faultCode: 60, faultString: 'ALREADY_STARTED: pair:one' },
    ]);
  });

  it('carries markup and other scripts through a program and back', async () => {
    const text = 'a <b> & "ü" 漢字 🎉\n';
    expect(await call('supervisor.sendProcessStdin', 'cat', text)).toBe(true);
    await waitFor('cat to answer', async () =>
      (await call('supervisor.readProcessLog', 'cat', 0, 0)) === text ? true : undefined,
    );
  });

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
  ] as const)('reads %j, %j of a log in bytes', async ([offset, length, expected]) => {
    expect(await call('supervisor.readProcessStdoutLog', 'sample', offset, length)).toBe(expected);
  });

  it.for([
    [0, 5, ['6789\n', 18, true]],
    [0, 18, [SAMPLE, 18, false]],
    [10, 100, [SAMPLE, 18, false]],
    [18, 5, ['', 18, false]],
    [15, 3, ['89\n', 18, false]],
    [0, 0, ['', 18, true]],
  ] as const)('tails a log from %j with %j bytes', async ([offset, length, expected]) => {
    expect(await call('supervisor.tailProcessStdoutLog', 'sample', offset, length)).toEqual(
      expected,
    );
  });

  it('tells a log that is not configured from one that is not there', async () => {
    expect(await call('supervisor.readProcessLog', 'nolog', 0, 0)).toBe('20 NO_FILE');
    const path = join(server.directory, 'manual.log');
    expect(await call('supervisor.readProcessLog', 'manual', 0, 0)).toBe(`20 NO_FILE: ${path}`);
    expect(await call('supervisor.tailProcessLog', 'nolog', 0, 10)).toEqual(['', 0, false]);
    expect(await call('supervisor.tailProcessLog', 'manual', 0, 10)).toEqual(['', 0, false]);
    expect(await call('supervisor.readProcessLog', 'nope', 0, 0)).toBe('10 BAD_NAME: nope');
  });

  it('sends a log as it grows to a client that names no host', async () => {
    const path = join(server.directory, 'tailed.log');
    writeFileSync(path, `${'x'.repeat(2000)}END\n`);
    const connection = new RawConnection(url);
    await connection.trickle(
      'GET /logtail/tailed/stdout HTTP/1.1\r\nHost: \r\nAccept-Encoding: chunked\r\nAccept: */*\r\nUser-agent: Supervisor HTTP Client\r\n\r\n\r\n',
    );
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
      // supervisord's own message about it is text where it needs bytes: its answer stops there.
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

  it('decodes the names in paths, and sends the main log', async () => {
    const log = new RawConnection(url);
    log.write('GET /logtail/cat%3acat HTTP/1.1\r\n\r\n');
    await log.waitForText('200 OK');
    log.close();
    const main = new RawConnection(url);
    main.write('GET /mainlogtail HTTP/1.1\r\nHost: \r\n\r\n');
    await main.waitForText(' INFO ');
    main.close();
  });
});
