import { describe, expect, it } from 'vitest';
import { builtCli } from '../../rig/cli.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { findObstacle, startAsProcessOne, type ProcessOne } from './support/process-one.ts';

const obstacle = findObstacle();
if (obstacle !== undefined) console.error(`skipped: no namespace of pids: ${obstacle}`);

/** Leaves children behind: whoever started them has ended at once. */
const PARENT = 'n=0; while :; do (sleep 0.05 &); n=$((n+1)); echo orphan $n; sleep 0.02; done';

const CONFIGURATION = `[supervisord]
logfile=%DIR%/s.log
pidfile=%DIR%/s.pid
childlogdir=%DIR%
[unix_http_server]
file=%DIR%/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%DIR%/s.sock
[program:parent]
command=/bin/sh %DIR%/parent.sh
stdout_logfile=%DIR%/parent.log
startsecs=0
`;

const DAEMON = ['daemon', '-n', '-c', 's.conf'];
const FILES = { 's.conf': CONFIGURATION, 'parent.sh': PARENT };

async function untilSaid(text: () => string, expected: string): Promise<void> {
  await waitFor(`"${expected}"`, () => text().includes(expected) || undefined, { observe: text });
}

/** Those that have ended by now are waited for, sooner or later. */
async function untilReaped(one: ProcessOne): Promise<void> {
  const ended = one.zombies();
  await waitFor(
    'what has ended to be gone',
    () => one.zombies().every((pid) => !ended.includes(pid)) || undefined,
    { ceilingMs: 5000, observe: () => one.zombies().length },
  );
}

describe.skipIf(obstacle !== undefined).concurrent('as process 1', () => {
  it('the daemon reaps what others have left behind, and ends in order', async (context) => {
    const one = await startAsProcessOne(context, DAEMON, { files: FILES });
    await untilSaid(() => one.read('parent.log'), 'orphan 60\n');
    await untilReaped(one);
    one.signal('SIGHUP');
    await untilSaid(() => one.read('s.log'), 'received SIGHUP');
    await waitFor(
      'the program to be started again',
      () => one.read('s.log').split("spawned: 'parent'").length === 3 || undefined,
      { observe: () => one.read('s.log') },
    );
    one.signal('SIGTERM');
    expect(await one.ended).toBe(0);
    expect(one.read('s.log')).toMatch(/received SIGTERM[^]*stopped: parent/);
  });

  it('run reaps, passes signals on and exits as its program does', async (context) => {
    const script = `trap 'echo got USR1' USR1; trap 'exit 7' TERM; ${PARENT}`;
    const one = await startAsProcessOne(context, ['run', '--', 'sh', '-c', script]);
    await untilSaid(one.output, 'orphan 60\n');
    await untilReaped(one);
    one.signal('SIGUSR1');
    await untilSaid(one.output, 'got USR1');
    one.signal('SIGTERM');
    expect(await one.ended).toBe(7);
  });

  it.for([
    ['cat; exit 3', 3],
    ['cat; exit 127', 127],
    ['cat; kill -TERM $$', 143],
  ] as const)('run has its stdin, and the exit status of %s', async ([script, status], context) => {
    const one = await startAsProcessOne(context, ['run', '--', 'sh', '-c', script], {
      input: 'in\n',
    });
    expect(await one.ended).toBe(status);
    expect(one.output()).toContain('in\n');
  });

  it('ends with the daemon, and as that', async (context) => {
    const one = await startAsProcessOne(context, DAEMON, { files: FILES });
    await untilSaid(() => one.read('parent.log'), 'orphan 1\n');
    one.inside('/bin/sh', '-c', `kill -s KILL $(cat ${one.directory}/s.pid)`);
    expect(await one.ended).toBe(137);
  });

  it('Node itself says that it reaps nothing', async (context) => {
    const one = await startAsProcessOne(context, DAEMON, { files: FILES, isNodeItself: true });
    await untilSaid(() => one.read('s.log'), 'process 1 is Node itself');
  });

  it('is no target, and says what is', async (context) => {
    const one = await startAsProcessOne(context, DAEMON, { files: FILES });
    await untilSaid(() => one.read('parent.log'), 'orphan 1\n');
    const cli = await builtCli();
    const { text, code } = one.inside(
      process.execPath,
      cli,
      '-c',
      `${one.directory}/s.conf`,
      'reload',
      'pid:1',
    );
    expect(code).toBe(2);
    expect(text).toContain('pid:1: process 1 is in front of everything here, and no server');
    expect(text).toContain(`Name the program`);
    const run = await startAsProcessOne(context, [
      'run',
      '--',
      'sh',
      '-c',
      'echo begun; exec sleep 600',
    ]);
    await untilSaid(run.output, 'begun');
    expect(run.inside(process.execPath, cli, 'reload', 'pid:1').text).toMatch(
      /Write pid:\d+, the reloadctl run behind it/,
    );
  });
});
