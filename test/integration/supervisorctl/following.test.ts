import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { pythonForTests } from '../../rig/python.ts';
import { descendantsOf, endProcesses, startTicksOf } from '../../rig/processes.ts';
import { Conversation, onTerminal } from './conversation.ts';
import { PROGRAMS, settle } from './programs.ts';
import { SETUPS, Twin } from './twins.ts';
import { startOneOf } from '../daemon/support/both-servers.ts';
import { startRealSupervisord } from '../rpc-supervisord.ts';

const HEADER = '==> Press Ctrl-C to exit <==\n';

const MORE = `
[supervisorctl]
serverurl=unix://%(here)s/s.sock
[program:ender]
command=/bin/sh -c "read line; exit 0"
startsecs=0
autorestart=false
[program:ender2]
command=/bin/sh -c "read line; exit 0"
startsecs=0
autorestart=false
`;

const CLIENTS = ['supervisorctl', 'reloadctl'] as const;

describe.each(combinations(SETUPS))(
  "with $server and the supervisorctl of '$python'",
  async (setup) => {
    const python = await pythonForTests(setup.python);

    describe.skipIf(python === undefined)('both clients', () => {
      let twin: Twin;

      beforeAll(async () => {
        if (python === undefined) return;
        twin = new Twin(await startOneOf(setup.server, python, PROGRAMS + MORE), python);
        await settle(twin);
        await twin.waitForStates({ 'ender:ender': 'RUNNING', 'ender2:ender2': 'RUNNING' });
      });
      afterAll(async () => {
        await twin.stop();
      });

      const start = async (
        client: (typeof CLIENTS)[number],
        ...args: string[]
      ): Promise<Conversation> => new Conversation(await twin.client(client, args));

      /** What each of them said to the same words, and how it ended after what `act` did. */
      async function each(
        args: readonly string[],
        act: (conversation: Conversation) => Promise<void>,
      ): Promise<ReadonlyArray<{ stdout: string; stderr: string; code: number | string }>> {
        return Promise.all(
          CLIENTS.map(async (client) => {
            const conversation = await start(client, ...args);
            await act(conversation);
            const code = await conversation.end();
            const { stdout, stderr } = conversation;
            return { stdout: twin.normalize(stdout), stderr: twin.normalize(stderr), code };
          }),
        );
      }

      /** Ctrl-C. In the middle of its work supervisorctl shows the exception instead of ending. */
      async function interrupt(conversation: Conversation): Promise<void> {
        await conversation.waitUntilIdle();
        conversation.signal('SIGINT');
      }

      /** What it said in the end. Only reloadctl ends then: supervisorctl as often as not waits for its own thread for ever. */
      async function endForeground(
        client: (typeof CLIENTS)[number],
        conversation: Conversation,
      ): Promise<string> {
        await conversation.waitFor('Exiting foreground\n');
        if (client === 'supervisorctl') conversation.signal('SIGKILL');
        const code = await conversation.end();
        if (client === 'reloadctl') expect(code).toBe(0);
        return conversation.stdout;
      }

      it('5.3 tail -f: follow a log until Ctrl-C, which is no failure', async () => {
        let following = 0;
        const [theirs, ours] = await each(['tail', '-f', 'cat'], async (conversation) => {
          await conversation.waitFor('three\n');
          following += 1;
          if (following === 2) await twin.supervisor.sendProcessStdin('cat', 'later\n');
          await conversation.waitFor('later\n');
          await interrupt(conversation);
        });
        expect(ours).toEqual(theirs);
        expect(ours).toEqual({
          stdout: `${HEADER}one\ntwo\nthree\nlater\n\n`,
          stderr: '',
          code: 0,
        });
      });

      it('5.3 tail -f: follow stderr, and the log of the supervisor', async () => {
        const [theirs, ours] = await each(['tail', '-f', 'cat', 'stderr'], async (conversation) => {
          await conversation.waitFor('oops\n');
          await interrupt(conversation);
        });
        expect(ours).toEqual(theirs);
        expect(ours).toEqual({ stdout: `${HEADER}oops\n\n`, stderr: '', code: 0 });
        const main = await each(['maintail', '-f'], async (conversation) => {
          await conversation.waitFor('/nonexistent/program');
          await interrupt(conversation);
        });
        for (const { stdout, stderr, code } of main) {
          expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
          expect(stdout.startsWith(HEADER)).toBe(true);
          expect(stdout.endsWith('\n\n')).toBe(true);
        }
      });

      it.each(['nope', 'nolog', 'notyet', 'grp:nope', 'grp:*'])(
        '5.3 tail -f: say that there is no log to follow of %s, and exit 0 all the same',
        async (word) => {
          const [theirs, ours] = await each(['tail', '-f', word], () => Promise.resolve());
          expect(ours).toEqual(theirs);
          expect(ours).toEqual({
            stdout: HEADER,
            stderr: `unix://<D>/s.sock/logtail/${word}/stdout Cannot read, status code 404\n`,
            code: 0,
          });
        },
      );

      it('pass control characters on to a pipe', async () => {
        const [theirs, ours] = await each(['tail', '-f', 'colour'], async (conversation) => {
          await conversation.waitFor('done\n');
          await interrupt(conversation);
        });
        expect(ours).toEqual(theirs);
        expect(ours?.stdout).toBe(`${HEADER}\u001b[31mred\u001b[0m\r\n\tdone\n\n`);
      });

      it('5.3 fg: talk to a process until the end of the input', async () => {
        const said = await Promise.all(
          CLIENTS.map(async (client) => {
            const conversation = await start(
              client,
              'fg',
              client === 'reloadctl' ? 'grp:ga' : 'grp:gb',
            );
            await conversation.waitFor(HEADER);
            conversation.write('hello\nthere\n');
            await conversation.waitFor('hello\nthere\n');
            conversation.endInput();
            return endForeground(client, conversation);
          }),
        );
        const stdout = `${HEADER}hello\nthere\nExiting foreground\n`;
        expect(said).toEqual([stdout, stdout]);
      });

      it('5.3 fg: notice that the process has ended when there is another line for it', async () => {
        const said = await Promise.all(
          CLIENTS.map(async (client) => {
            const program = client === 'reloadctl' ? 'ender' : 'ender2';
            const conversation = await start(client, 'fg', program);
            await conversation.waitFor(HEADER);
            conversation.write('first\n');
            await twin.waitForStates({ [`${program}:${program}`]: 'EXITED' });
            conversation.write('second\n');
            return endForeground(client, conversation);
          }),
        );
        const stdout = `${HEADER}Process got killed\nExiting foreground\n`;
        expect(said).toEqual([stdout, stdout]);
      });
    });
  },
);

const newest = await pythonForTests('newest');

describe.skipIf(newest === undefined)('reloadctl', () => {
  let twin: Twin;

  beforeAll(async () => {
    if (newest === undefined) return;
    twin = new Twin(await startRealSupervisord(newest, PROGRAMS + MORE), newest);
    await settle(twin);
  });
  afterAll(async () => {
    await twin.stop();
  });

  const start = async (...args: string[]): Promise<Conversation> =>
    new Conversation(await twin.client('reloadctl', args));
  const startOnTerminal = async (...args: string[]): Promise<Conversation> =>
    new Conversation(onTerminal(newest?.bin.python ?? '', await twin.client('reloadctl', args)));
  /** A terminal makes CR LF of each line feed. */
  const asTerminal = (text: string): string => text.replaceAll('\n', '\r\n');

  it('shows control characters on a terminal instead of sending them', async () => {
    const shown = '\\x1b[31mred\\x1b[0m\n\tdone\n';
    const tail = await startOnTerminal('tail', 'colour');
    expect(await tail.end()).toBe(0);
    expect(tail.stdout).toBe(asTerminal(`${shown}\n`));
    const follow = await startOnTerminal('tail', '-f', 'colour');
    await follow.waitFor('done');
    follow.write('\u0003');
    expect(await follow.end()).toBe(0);
    expect(follow.stdout).toBe(asTerminal(`${HEADER}${shown}^C\n`));
  });

  it('ends a conversation on a terminal with Ctrl-C', async () => {
    const fg = await startOnTerminal('fg', 'grp:ga');
    await fg.waitFor(asTerminal(HEADER));
    fg.write('\u001b]0;title\u0007\n');
    // Once as the terminal echoes it, once as it comes back.
    await fg.waitFor('\\x1b]0;title\\x07');
    fg.write('\u0003');
    expect(await fg.end()).toBe(0);
    expect(fg.stdout).toMatch(/Exiting foreground\r\n$/);
    expect(fg.stdout).not.toContain('\u001b');
  });

  it('ends a conversation over a pipe with Ctrl-C while the input is open', async () => {
    const fg = await start('fg', 'grp:gb');
    await fg.waitFor(HEADER);
    fg.signal('SIGINT');
    expect(await fg.end()).toBe(0);
    expect(fg.stdout).toBe(`${HEADER}Exiting foreground\n`);
  });

  it('stops following when its reader has gone', async () => {
    const follow = await start('tail', '-f', 'nolog');
    expect(await follow.end()).toBe(0);
    const pipe = await start('tail', '-f', 'cat');
    await pipe.waitFor('three\n');
    pipe.closeStdout();
    await twin.supervisor.sendProcessStdin('cat', 'for nobody\n');
    expect(await pipe.end()).toBe(0);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'is ended by %s like any other reader',
    async (signal) => {
      const follow = await start('tail', '-f', 'cat');
      await follow.waitFor('three\n');
      follow.signal(signal);
      expect(await follow.end()).toBe(signal);
    },
  );

  it('stops following when the supervisor is gone', async () => {
    if (newest === undefined) return;
    const other = new Twin(await startRealSupervisord(newest, PROGRAMS + MORE), newest);
    try {
      const follow = new Conversation(await other.client('reloadctl', ['tail', '-f', 'cat']));
      await follow.waitFor('three\n');
      // Its programs with it: they would outlive it.
      const { pid } = other.server;
      const all = [{ pid, startTicks: startTicksOf(pid) ?? 0 }, ...descendantsOf(pid)];
      await endProcesses(all, 0);
      expect(await follow.end()).toBe(0);
    } finally {
      await other.stop();
    }
  });
});
