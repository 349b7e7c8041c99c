import { connect, createServer, type Server, type Socket } from 'node:net';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import { builtCli } from '../../rig/cli.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { callBody, post, RawConnection, rawRequest } from '../daemon/support/raw-http.ts';
import { CREDENTIALS, startServer, type RealSupervisord } from '../rpc-supervisord.ts';

const MB = 1024 * 1024;
const basic = (username: string, password: string): string =>
  `Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}\r\n`;
const RIGHT = basic(CREDENTIALS.username, CREDENTIALS.password);
const WRONG = basic('mallory', 'guess');
const GET_PID = callBody('supervisor.getPID');
const RIGHT_CALL = post(GET_PID, '/RPC2', RIGHT);
const BODY_THAT_NEVER_COMES = 'Content-Length: 1000000\r\n\r\n';
const HEAD = 'POST /RPC2 HTTP/1.1\r\nHost: x\r\n';
const READ_LOG =
  '<params><param><value><string>talker</string></value></param><param><value><int>0</int></value></param><param><value><int>0</int></value></param></params>';

/** Rule 7: whoever connects, the right client gets its answers, and the daemon's memory stays bounded. */
describe('servers bound every stranger', { timeout: 120_000 }, () => {
  let daemon: RealSupervisord;

  beforeAll(async () => {
    daemon = await startServer(
      [process.execPath, await builtCli(), 'daemon', '-n'],
      dirname(process.execPath),
      '[program:talker]\ncommand=/bin/sleep 1000\nautostart=false\nstdout_logfile=%(here)s/talker.log\nstdout_logfile_maxbytes=0\n',
    );
    writeFileSync(join(daemon.directory, 'talker.log'), 'x'.repeat(16 * MB));
  });
  afterAll(() => daemon.stop());

  it.for([
    ['wrong passwords and bodies that never come', HEAD + WRONG + BODY_THAT_NEVER_COMES],
    ['no password and bodies that never come', HEAD + BODY_THAT_NEVER_COMES],
    ['heads that never end', `${HEAD}X: `],
    ['nothing at all', ''],
    [
      'wrong passwords and chunks that never end',
      `${HEAD}${WRONG}Transfer-Encoding: chunked\r\n\r\n5\r\nabc`,
    ],
    [
      'wrong passwords that wait to be told to go on',
      `${HEAD}${WRONG}Expect: 100-continue\r\n${BODY_THAT_NEVER_COMES}`,
    ],
    ['twenty requests at once with wrong passwords', post(GET_PID, '/RPC2', WRONG).repeat(20)],
  ] as const)(
    'answers the right client beside 300 connections with %s',
    async ([, text], context) => {
      const flood = openMany(context, daemon.inetUrl, 300, text);
      await flood.begun();
      // The daemon has taken them all in.
      for (let time = 0; time < 10; time += 1) await rawRequest(daemon.unixUrl, post(GET_PID));
      let answered = 0;
      for (let time = 0; time < 100; time += 1) {
        const answer = await askOnce(daemon.inetUrl, RIGHT_CALL);
        if (answer?.includes(`<int>${daemon.pid}<`) === true) answered += 1;
        if (time % 4 === 0) flood.refill();
      }
      expect(answered).toBe(100);
      // A connection that was let in earlier is not the one that has to go.
      expect((await rawRequest(daemon.unixUrl, post(GET_PID))).status).toBe(200);
    },
  );

  it('answers on the unix socket, which asks for no password, beside 400 connections of every kind', async (context) => {
    const floods = [
      '',
      HEAD,
      HEAD + BODY_THAT_NEVER_COMES,
      `${HEAD}${BODY_THAT_NEVER_COMES}abc`,
    ].map((text) => openMany(context, daemon.unixUrl, 100, text));
    for (const flood of floods) await flood.begun();
    for (let time = 0; time < 100; time += 1) {
      expect((await rawRequest(daemon.unixUrl, post(GET_PID))).status).toBe(200);
      for (const flood of floods) flood.refill();
    }
  });

  it('keeps a connection that was let in while strangers come in numbers', async (context) => {
    const kept = new RawConnection(daemon.inetUrl);
    context.onTestFinished(() => {
      kept.close();
    });
    kept.write(RIGHT_CALL);
    expect((await kept.answer()).status).toBe(200);
    for (let wave = 0; wave < 3; wave += 1) {
      await openMany(context, daemon.inetUrl, 300, HEAD).begun();
    }
    kept.write(RIGHT_CALL);
    expect((await kept.answer()).status).toBe(200);
  });

  it('says 401 before the body has come, and closes', async (context) => {
    const connection = new RawConnection(daemon.inetUrl);
    context.onTestFinished(() => {
      connection.close();
    });
    connection.write(HEAD + WRONG + BODY_THAT_NEVER_COMES);
    expect((await connection.answer()).status).toBe(401);
    await connection.waitForClose();
  });

  it('tells nobody to go on who is not let in, and who is', async (context) => {
    const ask = async (authorization: string): Promise<string> => {
      const connection = new RawConnection(daemon.inetUrl);
      context.onTestFinished(() => {
        connection.close();
      });
      const length = Buffer.byteLength(GET_PID);
      connection.write(
        `${HEAD}${authorization}Expect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`,
      );
      await connection.waitForText('HTTP/1.1 ');
      const first = connection.received.slice(0, 12);
      connection.write(GET_PID);
      return first;
    };
    expect(await ask(WRONG)).toBe('HTTP/1.1 401');
    expect(await ask(RIGHT)).toBe('HTTP/1.1 100');
  });

  it('bounds the memory for answers that nobody reads, and answers whoever reads', async (context) => {
    const before = rssOf(daemon.pid);
    const readLog = callBody('supervisor.readProcessStdoutLog', READ_LOG);
    const calls = openMany(context, daemon.inetUrl, 60, post(readLog, '/RPC2', RIGHT), false);
    await calls.begun();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, rssOf(daemon.pid))), 50);
    context.onTestFinished(() => {
      clearInterval(watch);
    });
    await waitFor(
      'those to be cut off that do not read',
      () => (most - before > 16 * MB && openFilesOf(daemon.pid) < 40) || undefined,
      { ceilingMs: 60_000, observe: () => `${openFilesOf(daemon.pid)} files are open` },
    );
    const reader = createSupervisor({ url: daemon.inetUrl, ...CREDENTIALS });
    context.onTestFinished(() => {
      reader.close();
    });
    const log = await reader.readProcessLog('talker', 'stdout', 0, 0);
    expect(log.ok && log.value.length).toBe(16 * MB);
    expect((most - before) / MB).toBeLessThan(500);
  });

  it('bounds answers in a row on one connection that is not read', async (context) => {
    const before = rssOf(daemon.pid);
    const readLog = callBody('supervisor.readProcessStdoutLog', READ_LOG);
    const flood = openMany(context, daemon.unixUrl, 1, post(readLog).repeat(50), false);
    await flood.begun();
    for (let time = 0; time < 20; time += 1) {
      expect((await rawRequest(daemon.unixUrl, post(GET_PID))).status).toBe(200);
    }
    expect((rssOf(daemon.pid) - before) / MB).toBeLessThan(300);
  });
});

/** And who answers us is a stranger too. */
describe('an answer of a supervisor is bounded', { timeout: 60_000 }, () => {
  const LONG = '<value><array><data>'.repeat(100_000);
  it.for([
    [
      'without end',
      (socket: Socket) => {
        endless(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(65_536));
      },
    ],
    [
      'with a head without end',
      (socket: Socket) => {
        endless(socket, 'HTTP/1.1 200 OK\r\n', 'X: y\r\n'.repeat(1000));
      },
    ],
    [
      'nested deep',
      (socket: Socket) => {
        whole(socket, `<methodResponse><params><param>${LONG}`);
      },
    ],
    [
      'full of entities',
      (socket: Socket) => {
        whole(socket, '<!DOCTYPE a [<!ENTITY b "c">]><methodResponse>&b;</methodResponse>');
      },
    ],
    [
      'that is one comment',
      (socket: Socket) => {
        whole(socket, `<!--${' -'.repeat(5 * MB)}`);
      },
    ],
  ] as const)('%s', async ([, serve], context) => {
    const url = await listenAs(context, serve);
    const supervisor = createSupervisor({ url });
    context.onTestFinished(() => {
      supervisor.close();
    });
    const before = process.memoryUsage().rss;
    const answer = await supervisor.getAllProcessInfo({ timeoutMs: 20_000 });
    expect(answer.ok).toBe(false);
    expect((process.memoryUsage().rss - before) / MB).toBeLessThan(400);
  });
});

interface Flood {
  begun(): Promise<void>;
  /** Opens again what the server has closed. */
  refill(): void;
}

/** Connections that say `text` and, unless `reads`, take nothing of what is answered. */
function openMany(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  url: string,
  count: number,
  text: string,
  reads = true,
): Flood {
  const sockets = new Set<Socket>();
  const open = (): Socket => {
    const { hostname, port } = new URL(url);
    const socket = url.startsWith('unix://')
      ? connect(url.slice('unix://'.length))
      : connect(Number(port), hostname);
    sockets.add(socket);
    socket.on('error', () => undefined); // The server hangs up on some.
    socket.on('close', () => sockets.delete(socket));
    if (reads) socket.resume();
    socket.write(text, 'latin1');
    return socket;
  };
  const first = Array.from({ length: count }, open);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return {
    begun: async () => {
      await waitFor(
        'every connection to have been tried',
        () => first.every((socket) => !socket.connecting) || undefined,
      );
    },
    refill: () => {
      while (sockets.size < count) open();
    },
  };
}

/** The answer, or undefined when the server hangs up or says nothing within two seconds. */
function askOnce(url: string, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const finish = (answer: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(finish, 2000, undefined);
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      if (received.includes('</methodResponse>')) finish(received);
    });
    socket.on('error', () => {
      finish(undefined);
    });
    socket.on('close', () => {
      finish(undefined);
    });
    socket.write(text, 'latin1');
  });
}

function openFilesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

async function listenAs(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  serve: (socket: Socket) => void,
): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => {
      socket.destroy();
    });
    socket.once('data', () => {
      serve(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

function endless(socket: Socket, head: string, piece: string): void {
  socket.write(head);
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

function whole(socket: Socket, body: string): void {
  socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}
