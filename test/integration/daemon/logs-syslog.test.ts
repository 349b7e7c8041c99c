import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openMainLog } from '../../../src/daemon/logs/open-main-log.ts';
import { realClock } from '../../../src/os/clock.ts';
import { openSyslog, type Syslog } from '../../../src/os/syslog.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { LogsFixture } from './logs-fixture.ts';

/** A syslog daemon: Node has no datagram sockets in the file system. */
const DAEMON = `
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
with open(sys.argv[2], 'a', buffering=1) as out:
    while True:
        out.write(server.recv(65536).decode().rstrip('\\0') + '\\n')
`;

let directory: string;
let daemon: ChildProcess;
let syslog: Syslog;
let troubles: string[];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reloadctl-test-'));
  const socket = join(directory, 'log');
  daemon = spawn('python3', ['-c', DAEMON, socket, join(directory, 'messages')], {
    stdio: 'inherit',
  });
  await waitFor('the syslog daemon', () => (existsSync(socket) ? true : undefined));
  troubles = [];
  syslog = openSyslog({ tag: 'supervisord', socket, onTrouble: (text) => troubles.push(text) });
});
afterEach(async () => {
  await syslog.close();
  daemon.kill('SIGKILL');
  await once(daemon, 'exit');
  rmSync(directory, { recursive: true });
});

/** The messages without their times, as soon as there are so many. */
function messages(count: number): Promise<readonly string[]> {
  const path = join(directory, 'messages');
  const read = (): readonly string[] =>
    existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  return waitFor(
    `${count} messages`,
    () => {
      const lines = read().map((line) => line.replace(/>\w{3} [ \d]\d \d\d:\d\d:\d\d /, '> '));
      return lines.length >= count ? lines : undefined;
    },
    { observe: read },
  );
}

it('the lines of a program go to syslog as well, whole and with its name', async () => {
  const fixture = new LogsFixture();
  try {
    const output = await fixture.open({ syslog: true }, { syslog });
    await fixture.run(output, 'printf "one\\ntw"; sleep 0.03; printf "o\\n\\nlast é"');
    expect(await messages(4)).toEqual([
      '<14> supervisord: app one',
      '<14> supervisord: app two',
      '<14> supervisord: app ',
      '<14> supervisord: app last é',
    ]);
    expect(readFileSync(fixture.log, 'utf8')).toBe('one\ntwo\n\nlast é');
  } finally {
    await fixture.end();
  }
});

it('a program may have syslog alone', async () => {
  const fixture = new LogsFixture();
  try {
    const output = await fixture.open({ syslog: true, target: { kind: 'none' } }, { syslog });
    await fixture.run(output, 'seq 1 500');
    expect((await messages(500)).at(-1)).toBe('<14> supervisord: app 500');
  } finally {
    await fixture.end();
  }
});

it("the daemon's own log may be syslog", async () => {
  const log = await openMainLog({
    settings: { logfile: 'syslog', logfileMaxBytes: 0, logfileBackups: 0, loglevel: 'info' },
    toStdout: false,
    os: realClock,
    syslog,
  });
  log.log('warn', 'hello\nthere');
  await log.close();
  expect(log.path).toBeUndefined();
  expect(await messages(2)).toEqual([
    expect.stringMatching(/^<14> supervisord: \d{4}-\d\d-\d\d [\d:,]+ WARN hello$/),
    '<14> supervisord: there',
  ]);
});

it('messages are sent again when logger was ended by somebody', async () => {
  await syslog.write(['one']);
  await messages(1);
  const [logger = 0] = childrenOf(process.pid, 'logger');
  process.kill(logger, 'SIGKILL');
  await waitFor('its end', () =>
    childrenOf(process.pid, 'logger').length === 0 ? true : undefined,
  );
  await waitFor('a new one', async () => {
    await syslog.write(['two']);
    return childrenOf(process.pid, 'logger').length > 0 ? true : undefined;
  });
  expect((await messages(2))[1]).toBe('<14> supervisord: two');
  expect(troubles).toEqual(['syslog: logger does not run; messages are lost']);
});

/** The children of a process that execute `name`. */
function childrenOf(pid: number, name: string): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((child) => child !== '')
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === name);
}
