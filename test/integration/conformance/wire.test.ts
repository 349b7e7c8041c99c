import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import type { Supervisor } from '../../../src/rpc/supervisor.ts';
import { pythonForTests } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { CREDENTIALS, type RealSupervisord } from '../rpc-supervisord.ts';
import { SERVERS, startOneOf } from '../daemon/support/both-servers.ts';
import { callBody, post, RawConnection, rawRequest } from '../daemon/support/raw-http.ts';
import { outcomeOf } from './support/conformance-site.ts';

/** {@link CREDENTIALS} as a server keeps them that does not keep the password: sha1 of 'pass:wörd'. */
const HASHED = `
[unix_http_server:hashed]
file=%(here)s/hashed.sock
username=ünser
password={SHA}34c7d32dfe24aa5e31f7c3cc565d7aa2ba868a7d
`;

/** Nothing that takes long comes to an end by itself. */
const PROGRAMS = `
${HASHED}
[program:cat]
command=/bin/cat
startsecs=0
stdout_logfile=%(here)s/cat.log
[program:manual]
command=/bin/cat
autostart=false
[program:slow]
command=/bin/cat
autostart=false
startsecs=600
[program:sample]
command=/bin/cat
autostart=false
stdout_logfile=%(here)s/sample.log
[program:nolog]
command=/bin/cat
autostart=false
stdout_logfile=NONE
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

const python = await pythonForTests('newest');

describe.skipIf(python === undefined).each(SERVERS)('on the wire, %s', (name) => {
  let server: RealSupervisord;
  let supervisor: Supervisor;
  let url: string;

  beforeAll(async () => {
    if (python === undefined) return;
    server = await startOneOf(name, python, PROGRAMS, { 'sample.log': '0123456789\n' });
    url = server.unixUrl;
    supervisor = createSupervisor({ url });
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
    outcomeOf(await supervisor.call(method, params));

  it('check 2: the methods of supervisord, under their names', async () => {
    const names = (await call('system.listMethods')) as string[];
    expect(names.filter((each) => /^(supervisor|system)\./.test(each))).toHaveLength(41);
    // Difference: There are more methods, in a namespace of their own.
    const others = names.filter((each) => !/^(supervisor|system|reloadctl)\./.test(each));
    expect(others).toEqual([]);
    expect(names.some((each) => each.startsWith('reloadctl.'))).toBe(name !== 'supervisord');
    expect(names).toEqual([...names].sort());
  });

  it('check 1: the version of the API, and who answers', async () => {
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
  ] as const)('check 2: the signature of %s', async ([method, signature]) => {
    expect(await call('system.methodSignature', method)).toEqual(signature);
  });

  it.for([
    ['check 3: untyped parameters', '<value>cat</value>'],
    ['check 3: typed parameters', '<value><string>cat</string></value>'],
    [
      'check 5: the boolean "true" is false',
      '<value>slow</value></param><param><value><boolean>true</boolean></value>',
    ],
  ] as const)('%s', async ([, param]) => {
    const body = callBody('supervisor.startProcess', `<params><param>${param}</param></params>`);
    const { status, body: answer } = await rawRequest(url, post(body));
    expect(status).toBe(200);
    // cat runs, and slow would take ten minutes for an answer if it were waited for.
    expect(answer).toContain(param.includes('cat') ? 'ALREADY_STARTED: cat' : '<boolean>1');
    await call('supervisor.stopProcess', 'slow');
  });

  it.for([
    ['check 4: missing params', '/RPC2'],
    ['check 13: any path that begins with /RPC2', '/RPC2xyz'],
  ])('%s', async ([, path]) => {
    const bare = await rawRequest(url, post(callBody('supervisor.getVersion', ''), path));
    expect(bare.status).toBe(200);
    expect(bare.headers['content-type']).toBe('text/xml');
    expect(bare.body).toBe(
      "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><string>3.0</string></value>\n</param>\n</params>\n</methodResponse>\n",
    );
  });

  it('check 6: i4 and int are the same, and even doubles and strings are integers', async () => {
    for (const type of ['int', 'i4', 'double', 'string']) {
      const params = ['<string>sample</string>', `<${type}>7</${type}>`, '<int>3</int>']
        .map((value) => `<param><value>${value}</value></param>`)
        .join('');
      const { body } = await rawRequest(
        url,
        post(callBody('supervisor.readProcessLog', `<params>${params}</params>`)),
      );
      expect(body).toContain('<string>789</string>');
    }
  });

  it.for([
    ['check 7: no namespace', 'a', [], '1 UNKNOWN_METHOD'],
    ['check 7: too many names', 'a.b.c', [], '1 UNKNOWN_METHOD'],
    ['check 7: what is private', 'supervisor._x', [], '1 UNKNOWN_METHOD'],
    ['check 7: what is there, but private', 'supervisor._update', ['x'], '1 UNKNOWN_METHOD'],
    ['check 8: too many', 'supervisor.getVersion', [1], '2 INCORRECT_PARAMETERS'],
    ['check 8: too few', 'supervisor.startProcess', [], '2 INCORRECT_PARAMETERS'],
  ] as const)('%s: %s %j', async ([, method, params, expected]) => {
    expect(await call(method, ...params)).toBe(expected);
  });

  it.for([
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

  it('check 9: a fault has HTTP status 200', async () => {
    const { status, body } = await rawRequest(url, post(callBody('nope')));
    expect(status).toBe(200);
    expect(body).toContain('<value><int>1</int></value>');
    expect(body).toContain('<value><string>UNKNOWN_METHOD</string></value>');
  });

  it.for([
    ['check 10: GET /RPC2', 'GET /RPC2 HTTP/1.1\r\n\r\n', 400],
    ['check 11: garbage in the body', post('garbage'), 400],
    ['check 11: no method name', post(callBody('')), 400],
    ['check 12: no length', 'POST /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n', 411],
    ['check 12: chunks', 'POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 411],
    ['an unknown page', 'GET /nope HTTP/1.1\r\n\r\n', 404],
  ] as const)('%s has its status', async ([, text, status]) => {
    const answer = await rawRequest(url, text);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('text/html');
  });

  it('check 16: head and body in pieces', async () => {
    const connection = new RawConnection(url);
    const request = post(callBody('supervisor.getVersion'));
    await connection.trickle(request);
    expect((await connection.answer()).status).toBe(200);
    const middle = request.indexOf('<?xml');
    connection.write(request.slice(0, middle));
    await connection.trickle(request.slice(middle));
    expect((await connection.answer()).body).toContain('3.0');
    connection.close();
  });

  it('check 17: several calls on a connection, also one behind the other', async () => {
    const connection = new RawConnection(url);
    const request = post(callBody('supervisor.getVersion'));
    connection.write(request);
    expect((await connection.answer()).status).toBe(200);
    connection.write(request + post(callBody('supervisor.getPID')));
    expect((await connection.answer()).body).toContain('3.0');
    expect((await connection.answer()).body).toContain(`<int>${server.pid}</int>`);
    expect(connection.isClosed).toBe(false);
    connection.write(post(callBody('supervisor.getPID'), '/RPC2', 'Connection: close\r\n'));
    expect((await connection.answer()).status).toBe(200);
    await connection.waitForClose();
  });

  it('check 18: a call that waits keeps nobody else waiting', async () => {
    const other = createSupervisor({ url });
    let isAnswered = false;
    const starting = other.startProcess('slow', true).then((result) => {
      isAnswered = true;
      return outcomeOf(result);
    });
    await waitFor('slow to start', async () => {
      const info = await supervisor.getProcessInfo('slow');
      return (info.ok && info.value.state === 'STARTING') || undefined;
    });
    expect(isAnswered).toBe(false);
    expect(await call('supervisor.stopProcess', 'slow')).toBe(true);
    expect(await starting).toBe('40 ABNORMAL_TERMINATION: slow');
    other.close();
  });

  const authorize = (text: string): string =>
    `Authorization: Basic ${Buffer.from(text).toString('base64')}\r\n`;
  const right = `${CREDENTIALS.username}:${CREDENTIALS.password}`;

  it.for([
    ['check 14: 401 with its header on every path', 'clear'],
    ['check 15: the same for a {SHA} password', 'hashed'],
  ] as const)('%s', async ([, kind]) => {
    const guarded = kind === 'clear' ? server.inetUrl : `unix://${server.directory}/hashed.sock`;
    const body = callBody('supervisor.getVersion');
    for (const headers of [
      '',
      authorize(`${right}x`),
      authorize(`x${right}`),
      // The hash itself is no password.
      authorize(`${CREDENTIALS.username}:{SHA}34c7d32dfe24aa5e31f7c3cc565d7aa2ba868a7d`),
      'Authorization: Bearer x\r\n',
    ]) {
      for (const request of [
        post(body, '/RPC2', headers),
        `GET /logtail/cat HTTP/1.1\r\n${headers}\r\n`,
        `GET /mainlogtail HTTP/1.1\r\n${headers}\r\n`,
        `GET /nope HTTP/1.1\r\n${headers}\r\n`,
      ]) {
        const answer = await rawRequest(guarded, request);
        expect(answer.status).toBe(401);
        expect(answer.headers['www-authenticate']).toBe('Basic realm="default"');
        expect(answer.headers.connection).toBe('close');
      }
    }
    const answer = await rawRequest(guarded, post(body, '/RPC2', authorize(right)));
    expect(answer.status).toBe(200);
  });

  it('check 22: multicall gives bare results in order, faults among them', async () => {
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

  it('check 23: markup and other scripts go through a program and back', async () => {
    const text = 'a <b> & "ü" 漢字 🎉\n';
    expect(await call('supervisor.sendProcessStdin', 'cat', text)).toBe(true);
    await waitFor('cat to answer', async () =>
      (await call('supervisor.readProcessLog', 'cat', 0, 0)) === text ? true : undefined,
    );
  });
});
