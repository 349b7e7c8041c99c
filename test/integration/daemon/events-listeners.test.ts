import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DaemonEvent } from '../../../src/daemon/events/daemon-event.ts';
import { createEventBus } from '../../../src/daemon/events/event-bus.ts';
import { createEventSerials } from '../../../src/daemon/events/event-serials.ts';
import { ListenerPool } from '../../../src/daemon/events/listener-pool.ts';
import { sampleProgram } from '../../fake/sample-program.ts';
import { superlanceForTests } from '../../rig/superlance.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { LogsFixture } from './logs-fixture.ts';

const superlance = await superlanceForTests();

let fixture: LogsFixture;
let listener: RunningListener | undefined;
beforeEach(() => {
  fixture = new LogsFixture();
});
afterEach(async () => {
  await listener?.end();
  listener = undefined;
  await fixture.end();
});

/** A pool of one real process, whose stdout is read as the daemon reads it. */
class RunningListener {
  readonly bus = createEventBus((error) => {
    throw error;
  });
  readonly warnings: string[] = [];
  readonly #argv: readonly [string, ...string[]];
  readonly #env: NodeJS.ProcessEnv;
  readonly #pool: ListenerPool;
  #child: ChildProcess | undefined;
  #ended = Promise.resolve();

  constructor(
    argv: readonly [string, ...string[]],
    events: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ) {
    this.#argv = argv;
    this.#env = {
      ...process.env,
      PYTHONUTF8: '1',
      SUPERVISOR_SERVER_URL: 'http://127.0.0.1:1',
      ...env,
    };
    const program = sampleProgram({ name: 'l', group: 'l', kind: 'eventlistener' });
    this.#pool = new ListenerPool({
      group: {
        name: 'l',
        priority: -1,
        programs: [program],
        eventlistener: {
          events,
          bufferSize: 10,
          resultHandler: 'supervisor.dispatchers:default_handler',
        },
        fcgi: undefined,
      },
      identifier: 'supervisor',
      serials: createEventSerials(),
      events: this.bus,
      logger: {
        log: (level, message) => {
          if (level !== 'debug') this.warnings.push(message);
        },
      },
      send: (_, data) => this.#child?.stdin?.write(data) !== undefined,
    });
  }

  /** Starts the process, again when it has ended. */
  async start(): Promise<void> {
    const output = await fixture.open(
      {},
      { changes: { name: 'l', group: 'l', kind: 'eventlistener' } },
    );
    output.onData = (chunk) => {
      this.#pool.receive('l', chunk);
    };
    const about = { processName: 'l', groupName: 'l' };
    this.bus.emit({ ...about, type: 'PROCESS_STATE_STARTING', fromState: 'STOPPED', tries: 0 });
    const stderr = openSync(join(fixture.directory, 'listener.err'), 'a');
    const child = spawn(this.#argv[0], this.#argv.slice(1), {
      stdio: ['pipe', output.writeFd, stderr],
      env: this.#env,
      cwd: fixture.directory,
    });
    closeSync(stderr);
    this.#child = child;
    const pid = child.pid ?? 0;
    this.#ended = once(child, 'exit').then(async () => {
      await output.close({ removeFifo: false });
      const exited = { ...about, pid, expected: false, fromState: 'RUNNING' } as const;
      this.bus.emit({ ...exited, type: 'PROCESS_STATE_EXITED' });
    });
    this.bus.emit({ ...about, type: 'PROCESS_STATE_RUNNING', fromState: 'STARTING', pid });
  }

  /** Resolves when the process has ended and the pool knows it. */
  untilEnded(): Promise<void> {
    return this.#ended;
  }

  async end(): Promise<void> {
    this.#pool.close();
    this.#child?.kill('SIGKILL');
    await this.untilEnded();
  }
}

/** A listener with supervisor's own library: keeps what it is told in a file, and does as the data of REMOTE_COMMUNICATION says. */
const RECORDER = `
import json, os, sys
from supervisor import childutils
while True:
    headers, payload = childutils.listener.wait()
    with open('told', 'a') as told:
        told.write(json.dumps([headers, payload]) + '\\n')
    order = payload.split('\\n', 1)[-1]
    again = os.path.exists(order)
    open(order if order else 'none', 'w').close()
    if order == 'die' and not again:
        os._exit(1)
    if order == 'fail' and not again:
        childutils.listener.fail()
    elif order == 'junk':
        sys.stdout.write('junk\\n')
        sys.stdout.flush()
    else:
        childutils.listener.ok()
`;

/** What the recorder was told: [serial, pool serial, event, payload]. */
function told(): ReadonlyArray<readonly string[]> {
  const path = join(fixture.directory, 'told');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as [Record<string, string>, string])
    .map(([headers, payload]) => [
      headers.serial ?? '',
      headers.poolserial ?? '',
      headers.eventname ?? '',
      payload,
    ]);
}

const order = (data: string): DaemonEvent => ({
  type: 'REMOTE_COMMUNICATION',
  remoteType: 't',
  data,
});

describe.skipIf(superlance === undefined)("a listener with supervisor's own library", () => {
  const python = superlance?.python ?? '';
  const start = async (events: readonly string[]): Promise<RunningListener> => {
    const recorder = join(fixture.directory, 'recorder.py');
    writeFileSync(recorder, RECORDER);
    listener = new RunningListener([python, recorder], events);
    await listener.start();
    return listener;
  };
  const untilTold = (count: number): Promise<ReadonlyArray<readonly string[]>> =>
    waitFor(`${count} events`, () => (told().length >= count ? told() : undefined), {
      observe: told,
    });

  it('gets every event in order, with its characters', async () => {
    const { bus } = await start(['REMOTE_COMMUNICATION', 'TICK', 'PROCESS_LOG']);
    bus.emit(order('ab'));
    bus.emit(order('éé 😀'));
    bus.emit({ type: 'TICK_60', when: 120 });
    const data = Buffer.from('line\nline\n');
    bus.emit({ type: 'PROCESS_LOG_STDERR', processName: 'p', groupName: 'g', pid: 7, data });
    expect(await untilTold(4)).toEqual([
      ['0', '0', 'REMOTE_COMMUNICATION', 'type:t\nab'],
      ['1', '1', 'REMOTE_COMMUNICATION', 'type:t\néé 😀'],
      ['2', '2', 'TICK_60', 'when:120'],
      [
        '3',
        '3',
        'PROCESS_LOG_STDERR',
        'processname:p groupname:g pid:7 channel:stderr\nline\nline\n',
      ],
    ]);
    // What it says to us is in its log as well.
    await waitFor('its log', () => {
      const log = readFileSync(fixture.log, 'utf8');
      return log === `${'READY\nRESULT 2\nOK'.repeat(4)}READY\n` ? true : undefined;
    });
  });

  it('gets an event again that it has rejected, before the next one', async () => {
    const running = await start(['REMOTE_COMMUNICATION']);
    running.bus.emit(order('fail'));
    running.bus.emit(order('next'));
    expect(await untilTold(3)).toMatchObject([
      ['0', '0', expect.anything(), 'type:t\nfail'],
      ['0', '0', expect.anything(), 'type:t\nfail'],
      ['1', '1', expect.anything(), 'type:t\nnext'],
    ]);
    expect(running.warnings).toEqual(['l: event was rejected']);
  });

  it('gets the event again over which it died, when it is back', async () => {
    const running = await start(['REMOTE_COMMUNICATION']);
    running.bus.emit(order('die'));
    running.bus.emit(order('next'));
    await running.untilEnded();
    await running.start();
    expect((await untilTold(3)).map((each) => [each[0], each[3]])).toEqual([
      ['0', 'type:t\ndie'],
      ['0', 'type:t\ndie'],
      ['1', 'type:t\nnext'],
    ]);
  });

  it('gets nothing more when it breaks the protocol', async () => {
    const running = await start(['REMOTE_COMMUNICATION']);
    running.bus.emit(order('junk'));
    running.bus.emit(order('next'));
    await waitFor('the warning', () => (running.warnings.length === 2 ? true : undefined));
    expect(running.warnings[0]).toBe("l: bad result line: 'junk'");
    expect(told()).toHaveLength(1);
  });
});

describe.skipIf(superlance === undefined)('superlance', () => {
  const about = { processName: 'app', groupName: 'apps' };
  const mail = (): string => join(fixture.directory, 'mail');
  const untilMailed = (): Promise<string> =>
    waitFor('a mail', () => {
      const text = existsSync(mail()) ? readFileSync(mail(), 'utf8') : '';
      return text === '' ? undefined : text;
    });

  it('crashmail mails unexpected exits only', async () => {
    const argv = [
      superlance?.crashmail ?? '',
      '-a',
      '-m',
      'me@example.org',
      '-s',
      `cat >> ${mail()}`,
    ] as const;
    listener = new RunningListener(argv, ['PROCESS_STATE']);
    await listener.start();
    const exited = { ...about, type: 'PROCESS_STATE_EXITED', fromState: 'RUNNING' } as const;
    listener.bus.emit({ ...exited, pid: 11, expected: true });
    listener.bus.emit({ ...exited, pid: 22, expected: false });
    const text = await untilMailed();
    expect(text).toMatch(/^To: me@example.org\nSubject: +app crashed at /);
    expect(text).toContain(
      'Process app in group apps exited unexpectedly (pid 22) from state RUNNING',
    );
    expect(text).not.toContain('pid 11');
    expect(listener.warnings).toEqual([]);
  });

  it('httpok restarts a program that does not answer', async () => {
    const calls: string[] = [];
    const server = await startRpc(calls);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const argv = [
        superlance?.httpok ?? '',
        '-p',
        'apps:app',
        '-t',
        '2',
        `${url}/health`,
      ] as const;
      listener = new RunningListener(argv, ['TICK_60'], { SUPERVISOR_SERVER_URL: url });
      await listener.start();
      listener.bus.emit({ type: 'TICK_60', when: 60 });
      await waitFor(
        'a restart',
        () => (calls.includes('supervisor.startProcess') ? true : undefined),
        {
          observe: () => calls,
        },
      );
      expect(calls).toContain('supervisor.stopProcess');
      await waitFor('its result', () =>
        readFileSync(fixture.log, 'utf8') === 'READY\nRESULT 2\nOKREADY\n' ? true : undefined,
      );
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

/** Speaks as much of supervisord's protocol as httpok asks for; /health is broken. */
async function startRpc(calls: string[]): Promise<Server> {
  const info = Object.entries({
    name: 'app',
    group: 'apps',
    state: 20,
    statename: 'RUNNING',
    pid: 22,
  })
    .map(([name, value]) => {
      const type = typeof value === 'number' ? 'int' : 'string';
      return `<member><name>${name}</name><value><${type}>${value}</${type}></value></member>`;
    })
    .join('');
  const processes = `<array><data><value><struct>${info}</struct></value></data></array>`;
  const server = createServer((request, response) => {
    if (request.url === '/health') {
      response.writeHead(500).end('broken');
      return;
    }
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const method = /<methodName>(.*?)<\/methodName>/.exec(body)?.[1] ?? '';
      calls.push(method);
      const value = method.endsWith('getAllProcessInfo') ? processes : '<boolean>1</boolean>';
      response
        .writeHead(200, { 'content-type': 'text/xml' })
        .end(
          `<?xml version="1.0"?><methodResponse><params><param><value>${value}</value></param></params></methodResponse>`,
        );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
