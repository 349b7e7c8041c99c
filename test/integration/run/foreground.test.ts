import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { listenForNotifications } from '../../rig/notify-socket.ts';
import { isAlive } from '../../rig/processes.ts';
import { pythonForTests } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startRun } from './support/started-run.ts';

const found = await pythonForTests('newest');
const python = found?.bin.python ?? 'python3';

/** A program that says which signals it gets, until TERM or INT. */
const TELLER = `
import signal, sys, time
def tell(number, frame):
    print('got', signal.Signals(number).name, flush=True)
    if number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        sys.exit(5)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), tell)
print('ready', flush=True)
while True:
    time.sleep(60)
`;

describe.skipIf(found === undefined)('reloadctl run in the foreground', () => {
  test.concurrent('the exit status is the program’s', async (context) => {
    const rows = [
      { script: 'raise SystemExit(0)', status: 0 },
      { script: 'raise SystemExit(3)', status: 3 },
      { script: 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)', status: 137 },
      { script: 'import time; time.sleep(1.5); raise SystemExit(10)', status: 10 },
    ];
    const runs = await Promise.all(
      rows.map(async ({ script }) => (await startRun(context, [python, '-c', script])).ended),
    );
    expect(runs).toEqual(rows.map(({ status }) => status));
  });

  test.concurrent(
    'a command that does not exist, or cannot be executed, is told as a shell would',
    async (context) => {
      const missing = await startRun(context, ['no-such-command-anywhere']);
      expect(await missing.ended).toBe(127);
      expect(missing.stderr()).toContain("can't find command 'no-such-command-anywhere'");
      const denied = await startRun(context, ['./plain'], { files: { plain: 'text' } });
      expect(await denied.ended).toBe(126);
      expect(denied.stderr()).toContain('is not executable');
    },
  );

  test.concurrent(
    'arguments, stdin, stdout, stderr and the environment are the program’s own',
    async (context) => {
      const words = ['--name', '%(here)s', "it's", '"quoted"', 'a b', '', ';', '\\', '-c', '🎈'];
      const script =
        'import sys, os, json; print(json.dumps(sys.argv[1:])); print(sys.stdin.read()); print(os.environ.get("OWN"), os.environ.get("NOTIFY_SOCKET"), file=sys.stderr)';
      const run = await startRun(context, [python, '-c', script, ...words], {
        env: { OWN: 'kept %(x)s', NOTIFY_SOCKET: '' },
        input: 'from stdin',
      });
      expect(await run.ended).toBe(0);
      const [first = '', second] = run.stdout().split('\n');
      expect(JSON.parse(first)).toEqual(words);
      expect(second).toBe('from stdin');
      expect(run.stderr()).toContain('kept %(x)s ');
    },
  );

  test.concurrent(
    'signals are passed on to a program that catches them, and kept from one that does not',
    async (context) => {
      const run = await startRun(context, [python, '-c', TELLER, 'SIGUSR1', 'SIGWINCH', 'SIGINT']);
      await run.waitForText('ready');
      run.signal('SIGUSR1');
      await run.waitForText('got SIGUSR1');
      run.signal('SIGWINCH');
      await run.waitForText('got SIGWINCH');
      const program = await run.child();
      run.signal('SIGUSR2');
      await run.waitForText('SIGUSR2 was not passed on', 'stderr');
      run.signal('SIGTTIN');
      await run.waitForText('SIGTTIN was not passed on', 'stderr');
      expect(isAlive(program)).toBe(true);
      run.signal('SIGINT');
      expect(await run.ended).toBe(5);
      expect(run.stdout()).toContain('got SIGINT');
    },
  );

  test.concurrent(
    'HUP is not sent to a program that nobody knows how to reload',
    async (context) => {
      const run = await startRun(context, [python, '-c', TELLER, 'SIGTERM']);
      await run.waitForText('ready');
      await run.waitForText('started', 'stderr');
      const program = await run.child();
      run.signal('SIGHUP');
      await run.waitForText('not reloaded, the old version still serves', 'stderr');
      expect(isAlive(program)).toBe(true);
      run.signal('SIGTERM');
      expect(await run.ended).toBe(5);
    },
  );

  test.concurrent(
    'TERM is what --stop-signal says, KILL follows after --stop-wait',
    async (context) => {
      const stopped = await startRun(context, [python, '-c', TELLER, 'SIGQUIT'], {
        options: ['--stop-signal', 'QUIT'],
      });
      await stopped.waitForText('ready');
      stopped.signal('SIGTERM');
      expect(await stopped.ended).toBe(5);
      expect(stopped.stdout()).toContain('got SIGQUIT');

      const deaf =
        'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print("ready", flush=True); time.sleep(600)';
      const killed = await startRun(context, [python, '-c', deaf], {
        options: ['--stop-wait', '1'],
      });
      await killed.waitForText('ready');
      killed.signal('SIGTERM');
      expect(await killed.ended).toBe(128 + constants.signals.SIGKILL);
    },
  );

  test.concurrent('a program that is KILLed ends it, and nothing is left', async (context) => {
    const run = await startRun(context, [python, '-c', TELLER, 'SIGTERM']);
    await run.waitForText('ready');
    const program = await run.child();
    process.kill(program.pid, 'SIGKILL');
    expect(await run.ended).toBe(137);
  });

  test.concurrent(
    'what makes no sense is refused with exit 2 before anything is started',
    async (context) => {
      const rows: ReadonlyArray<readonly [readonly string[], string]> = [
        [['--stop-signal', 'FOO'], '--stop-signal FOO: there is no such signal'],
        [['--stop-wait', 'long'], '--stop-wait long: not a number of seconds'],
        [['--socket', 'nowhere'], '--socket nowhere: not an address'],
        [['--name', 'a b'], '--name a b: not a name for a program'],
        [['--settle', '-1'], '--settle'],
        [['--health-url', 'ftp://x'], "--health-url holds 'ftp://x'"],
      ];
      await Promise.all(
        rows.map(async ([options, text]) => {
          const run = await startRun(context, ['touch', 'started'], { options });
          expect(await run.ended, run.stderr()).toBe(2);
          expect(run.stderr()).toContain(text);
          expect(run.stdout()).toBe('');
        }),
      );
      const nothing = await startRun(context, []);
      expect(await nothing.ended).toBe(2);
      expect(nothing.stderr()).toContain('run what?');
    },
  );

  test.concurrent(
    'the service manager is told READY, RELOADING with the time, READY, STOPPING, and WATCHDOG in between',
    async (context) => {
      const socket = await listenForNotifications(python);
      context.onTestFinished(() => socket.close());
      const texts = (): readonly string[] => socket.received.map(({ text }) => text);
      const heard = (assignment: string, count = 1): Promise<true> =>
        waitFor(
          `${assignment} (${count})`,
          () =>
            texts().filter((text) => text.split('\n').includes(assignment)).length >= count
              ? true
              : undefined,
          { ceilingMs: 40_000, observe: texts },
        );
      const app = 'def app(environ, start):\n    start("200 OK", [])\n    return [b"v1"]\n';
      const run = await startRun(
        context,
        [found?.bin.gunicorn ?? '', '-b', 'unix:app.sock', '--preload', 'app:app'],
        {
          files: { 'app.py': app },
          env: { NOTIFY_SOCKET: socket.address, WATCHDOG_USEC: '2000000' },
        },
      );
      await heard('READY=1');
      const before = process.hrtime.bigint() / 1000n;
      run.signal('SIGHUP');
      await heard('RELOADING=1');
      const reloading = texts().find((text) => text.includes('RELOADING=1')) ?? '';
      const at = BigInt(/^MONOTONIC_USEC=(\d+)$/m.exec(reloading)?.[1] ?? '0');
      expect(at >= before && at <= process.hrtime.bigint() / 1000n).toBe(true);
      await heard('READY=1', 2);
      await heard('WATCHDOG=1', 2);
      run.signal('SIGTERM');
      expect(await run.ended).toBe(0);
      await heard('STOPPING=1');
      // gunicorn would have said READY=1 itself, of a master that is not the main process of the service.
      expect(texts().filter((text) => text.includes('booted'))).toEqual([]);
    },
  );
});
