import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import { findOnPath } from '../../rig/on-path.ts';
import { pythonForTests } from '../../rig/python.ts';
import { javaForTests } from '../../rig/servers/java.ts';
import { waitFor } from '../../rig/wait-for.ts';
import type { RealSupervisord } from '../rpc-supervisord.ts';
import { SERVERS, startOneOf } from './support/both-servers.ts';
import { makeDaemonSite } from './support/daemon-site.ts';

const python = await pythonForTests('newest');
const interpreter = python?.bin.python ?? '';

/** Writes 40 lines to its stdout by asyncio, the later ones once there is a file `go`. */
const ASYNC_WRITER = `
import asyncio, os, sys
async def main(go):
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout)
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    for number in range(40):
        while number >= 20 and not os.path.exists(go):
            await asyncio.sleep(0.01)
        writer.write(b'line %d\\n' % number)
        await writer.drain()
        await asyncio.sleep(0.001)
    while True:
        await asyncio.sleep(60)
asyncio.run(main(sys.argv[1]))
`;

/** Repeats the lines of its stdin, which it reads by asyncio, and says when that ends. */
const ASYNC_READER = `
import asyncio, sys
async def main():
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while line := await reader.readline():
        print('got', line.decode().strip(), flush=True)
    print('the end', flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
`;

/** An event listener whose two directions are streams of asyncio. */
const ASYNC_LISTENER = `
import asyncio, sys
async def main(told):
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout)
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    while True:
        writer.write(b'READY\\n')
        await writer.drain()
        line = (await reader.readline()).decode()
        header = dict(pair.split(':', 1) for pair in line.split() if ':' in pair)
        payload = await reader.readexactly(int(header['len']))
        with open(told, 'ab') as file:
            file.write(payload.split(b'\\n', 1)[1] + b'\\n')
        writer.write(b'RESULT 2\\nOK')
        await writer.drain()
asyncio.run(main(sys.argv[1]))
`;

/** How often stdout seemed readable, which is how older tails and others find that nobody reads it any more, and what the descriptors are open for. */
const LOOKER = `
import fcntl, os, select, time
readable = 0
for number in range(50):
    os.write(1, b'.')
    readable += len(select.select([1], [], [], 0)[0])
modes = {os.O_RDONLY: 'r', os.O_WRONLY: 'w', os.O_RDWR: 'rw'}
opened = [modes[fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE] for fd in (0, 1, 2)]
os.write(1, ('\\n%d %s\\n' % (readable, opened)).encode())
time.sleep(600)
`;

/** Closes whatever it does not know, as daemons do, and goes on. */
const CLOSER = `
import os, sys
os.closerange(3, 4096)
for line in sys.stdin:
    print('got', line.strip(), flush=True)
`;

const NODE = `
for (let number = 0; number < 3000; number += 1) process.stdout.write('line ' + number + '\\n');
process.stdin.on('data', (data) => process.stdout.write('got ' + data));
process.stdin.on('end', () => process.stdout.write('the end\\n'));
`;

const GO = `package main
import ("bufio"; "fmt"; "os")
func main() {
	for number := 0; number < 3000; number++ { fmt.Println("line", number) }
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() { fmt.Println("got", lines.Text()) }
	fmt.Println("the end")
}
`;

const JAVA = `
public class Streams {
  public static void main(String[] args) throws Exception {
    for (int number = 0; number < 3000; number++) System.out.println("line " + number);
    var lines = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
    for (String line; (line = lines.readLine()) != null; ) System.out.println("got " + line);
    System.out.println("the end");
  }
}
`;

const [go] = findOnPath('go');
const java = await javaForTests();

const LINES = Array.from({ length: 3000 }, (_, number) => `line ${number}\n`).join('');

const FILES = {
  ...{ 'writer.py': ASYNC_WRITER, 'reader.py': ASYNC_READER, 'listener.py': ASYNC_LISTENER },
  ...{ 'looker.py': LOOKER, 'closer.py': CLOSER, 'streams.cjs': NODE, 'Streams.java': JAVA },
  ...{ followed: 'first\n', go: '' },
};

function program(name: string, command: string, keys = ''): string {
  return `[program:${name}]\ncommand=${command}\nstartsecs=0\nautorestart=false\nstdout_logfile=%(here)s/${name}.log\nredirect_stderr=true\n${keys}`;
}

function programs(goBinary: string | undefined): string {
  return [
    ...[0, 1, 2, 3, 4].map((number) =>
      program(`writer${number}`, `${interpreter} %(here)s/writer.py %(here)s/go`),
    ),
    program('reader', `${interpreter} %(here)s/reader.py`),
    program('looker', `${interpreter} %(here)s/looker.py`),
    program('closer', `${interpreter} %(here)s/closer.py`),
    program('follower', 'tail -n +1 -f %(here)s/followed'),
    program('node', `${process.execPath} %(here)s/streams.cjs`),
    ...(goBinary === undefined ? [] : [program('go', goBinary)]),
    ...(java === undefined
      ? []
      : [program('java', `${java.binary} -Xmx64m %(here)s/Streams.java`)]),
    `[eventlistener:listener]\ncommand=${interpreter} %(here)s/listener.py %(here)s/told\nevents=REMOTE_COMMUNICATION\nstartsecs=0\n`,
  ].join('');
}

let place: string;
let goBinary: string | undefined;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'reloadctl-streams-'));
  if (go === undefined) return;
  writeFileSync(join(place, 'streams.go'), GO);
  const env = { ...process.env, GOCACHE: join(place, 'cache'), GO111MODULE: 'off' };
  execFileSync(go, ['build', '-o', 'streams', 'streams.go'], { cwd: place, env, stdio: 'pipe' });
  goBinary = join(place, 'streams');
}, 240_000);
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

describe.skipIf(python === undefined).each(SERVERS)('stdin, stdout and stderr, %s', (name) => {
  let server: RealSupervisord;
  const supervisor = (): ReturnType<typeof createSupervisor> =>
    createSupervisor({ url: server.unixUrl });
  const read = (file: string): string => {
    const path = join(server.directory, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const untilRead = (file: string, isDone: (text: string) => boolean): Promise<string> =>
    waitFor(
      `what ${file} has to say`,
      () => {
        const text = read(file);
        return isDone(text) ? text : undefined;
      },
      { ceilingMs: 60_000, observe: () => read(file).slice(-2000) },
    );
  const say = async (program: string, text: string): Promise<void> => {
    expect(await supervisor().call('supervisor.sendProcessStdin', [program, text])).toEqual({
      ok: true,
      value: true,
    });
  };

  beforeAll(async () => {
    if (python === undefined) return;
    server = await startOneOf(name, python, programs(goBinary), FILES);
  }, 60_000);
  afterAll(async () => server.stop());

  it.each([0, 1, 2, 3, 4])('asyncio writes to stdout (%d)', async (number) => {
    const text = await untilRead(`writer${number}.log`, (said) => /line 39\n|Error/.test(said));
    expect(text).toBe(Array.from({ length: 40 }, (_, line) => `line ${line}\n`).join(''));
  });

  it('asyncio reads stdin', async () => {
    await waitForRunning('reader');
    await say('reader', 'one\n');
    await untilRead('reader.log', (text) => text === 'got one\n');
    await say('reader', 'two\n');
    await untilRead('reader.log', (text) => text === 'got one\ngot two\n');
  });

  it('an event listener may be written with asyncio', async () => {
    await waitForRunning('listener');
    for (const word of ['one', 'two', 'three']) {
      await supervisor().call('supervisor.sendRemoteCommEvent', ['t', word]);
    }
    await untilRead('told', (text) => text === 'one\ntwo\nthree\n');
    expect(await stateOf('listener')).toBe('RUNNING');
  });

  it('stdin is for reading, stdout and stderr are for writing, and nothing seems closed', async () => {
    const text = await untilRead('looker.log', (said) => said.endsWith(']\n'));
    expect(text).toBe(`${'.'.repeat(50)}\n0 ['r', 'w', 'w']\n`);
  });

  it('a program may close what it does not know', async () => {
    await waitForRunning('closer');
    await say('closer', 'x\n');
    await untilRead('closer.log', (text) => text === 'got x\n');
  });

  it('tail -f goes on', async () => {
    await untilRead('follower.log', (text) => text === 'first\n');
    let expected = 'first\n';
    for (let number = 0; number < 5; number += 1) {
      appendFileSync(join(server.directory, 'followed'), `${number}\n`);
      expected += `${number}\n`;
      await untilRead('follower.log', (text) => text === expected);
    }
  });

  const others = [
    { language: 'node', isMissing: false },
    { language: 'go', isMissing: go === undefined },
    { language: 'java', isMissing: java === undefined },
  ];
  for (const { language, isMissing } of others) {
    it.skipIf(isMissing)(`${language} writes and reads`, async () => {
      await untilRead(`${language}.log`, (text) => text.length >= LINES.length);
      await say(language, 'x\n');
      const text = await untilRead(`${language}.log`, (said) => said.endsWith('x\n'));
      expect(text).toBe(`${LINES}got x\n`);
    });
  }

  async function stateOf(program: string): Promise<string> {
    const info = await supervisor().getProcessInfo(program);
    return info.ok ? info.value.state : JSON.stringify(info.error);
  }

  async function waitForRunning(program: string): Promise<void> {
    await waitFor(
      `${program} to run`,
      async () => (await stateOf(program)) === 'RUNNING' || undefined,
    );
  }
});

describe.skipIf(python === undefined)('what outlives the daemon', () => {
  const PROGRAMS = ['writer', 'reader'];
  const CONFIGURATION =
    `[unix_http_server]\nfile=%DIR%/s.sock\n` +
    `[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n` +
    `[program:writer]\ncommand=${interpreter} %DIR%/writer.py %DIR%/go\nstartsecs=0\nautorestart=false\nstdout_logfile=%DIR%/writer.log\nredirect_stderr=true\n` +
    `[program:reader]\ncommand=${interpreter} %DIR%/reader.py\nstartsecs=0\nstdout_logfile=%DIR%/reader.log\n`;

  it.each(['kill -9', '--replace'])(
    'asyncio notices nothing of %s, and nothing is lost',
    async (how) => {
      const site = await makeDaemonSite({ onTestFinished }, CONFIGURATION);
      for (const name of PROGRAMS) {
        writeFileSync(
          join(site.directory, `${name}.py`),
          FILES[`${name}.py` as keyof typeof FILES],
        );
      }
      const supervisor = createSupervisor({ url: `unix://${site.directory}/s.sock` });
      const say = (text: string): Promise<unknown> =>
        supervisor.call('supervisor.sendProcessStdin', ['reader', text]);
      const untilSaid = async (name: string, end: string): Promise<string> => {
        const read = (): string => site.read(`${name}.log`);
        const isSaid = (): true | undefined => read().endsWith(end) || undefined;
        await waitFor(`${name} to say ${end}`, isSaid, { observe: read });
        return read();
      };
      await site.daemon();
      await untilSaid('writer', 'line 19\n');
      await say('one\n');
      await untilSaid('reader', 'got one\n');
      const first = site.running();
      if (how === 'kill -9') {
        site.signal('SIGKILL');
        await site.waitForEnd(first);
        writeFileSync(join(site.directory, 'go'), '');
        await site.daemon();
      } else {
        expect(await site.daemon('--replace')).toMatchObject({ code: 0 });
        writeFileSync(join(site.directory, 'go'), '');
      }
      const lines = Array.from({ length: 40 }, (_, number) => `line ${number}\n`).join('');
      expect(await untilSaid('writer', 'line 39\n')).toBe(lines);
      await waitFor('the next daemon to answer', async () => (await say('two\n')) !== undefined);
      expect(await untilSaid('reader', 'got two\n')).toBe('got one\ngot two\n');
      expect(site.programs()).toHaveLength(2);
    },
  );
});
