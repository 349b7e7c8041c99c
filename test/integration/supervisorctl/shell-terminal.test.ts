import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Pty, type PtyOptions } from '../../rig/pty.ts';
import { pythonForTests } from '../../rig/python.ts';
import { startTicksOf, descendantsOf, endProcesses, signalProcess } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { CREDENTIALS, startRealSupervisord } from '../rpc-supervisord.ts';
import { Twin } from './twins.ts';

const python = await pythonForTests('newest');

const PROGRAMS = `
[supervisorctl]
serverurl=unix://%(here)s/s.sock
[program:cat]
command=/bin/sh -c "echo one; exec cat"
startsecs=0
[program:manual]
command=/bin/cat
autostart=false
startsecs=0
[program:fatal]
command=/bin/false
startretries=0
[group:web]
programs=wa,wb
[program:wa]
command=/bin/cat
startsecs=0
[program:wb]
command=/bin/cat
startsecs=0
`;

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/** What the rows of a terminal show has no blank at the end, so a prompt that waits is the last row. */
const lastRow = (text: string): string => text.split('\n').at(-1) ?? '';

describe.skipIf(python === undefined)('the shell on a terminal', () => {
  let twin: Twin;

  beforeAll(async () => {
    if (python === undefined) return;
    twin = new Twin(await startRealSupervisord(python, PROGRAMS), python);
    await twin.waitForStates({ 'cat:cat': 'RUNNING', 'fatal:fatal': 'FATAL' });
  });
  afterAll(async () => {
    await twin.stop();
  });

  const open = async (
    args: readonly string[] = [],
    options: Partial<PtyOptions> = {},
    of: Twin = twin,
  ): Promise<Pty> => {
    const { argv, cwd, env } = await of.client('reloadctl', args);
    const pty = new Pty(argv, {
      python: python?.bin.python ?? '',
      cwd,
      ...options,
      env: { ...env, ...options.env },
    });
    onTestFinished(() => pty.close());
    return pty;
  };
  /** Waits until the last row is as it should be, as when a prompt waits behind it. */
  const atPrompt = (pty: Pty, row: string | RegExp = /^supervisor( \(.*\))?>$/): Promise<string> =>
    pty.waitFor(typeof row === 'string' ? row : new RegExp(`${row.source}(?![\\s\\S])`, 'm'));

  it.each([
    [60, 'supervisor (1 FATAL)>'],
    [80, 'supervisor (3 up, 1 stopped, 1 FATAL)>'],
    [200, 'supervisor (3 up, 1 stopped, 1 FATAL)>'],
  ])('begins with status, and tells at %d columns how things are', async (columns, prompt) => {
    const pty = await open([], { columns });
    const text = await atPrompt(pty);
    expect(text).toContain('cat                              RUNNING   pid ');
    expect(lastRow(text)).toBe(prompt);
    pty.press(CTRL_D);
    expect(await pty.end()).toBe(0);
  });

  it('has a plain prompt where the screen cannot be drawn on, or where nothing is to be said', async () => {
    const dumb = await open([], { env: { TERM: 'dumb' } });
    expect(lastRow(await atPrompt(dumb))).toBe('supervisor>');
    const quiet = await open(['--quiet']);
    quiet.press('version\r');
    await quiet.waitFor(/^4\./m);
    expect(quiet.text).not.toContain('supervisor');
  });

  it('changes the prompt while it waits, and keeps what is typed', async () => {
    const pty = await open();
    await atPrompt(pty);
    pty.press('status ma');
    await pty.waitFor('1 FATAL)> status ma');
    await twin.supervisor.startProcess('manual', true);
    await pty.waitFor('supervisor (4 up, 1 FATAL)> status ma');
    await twin.supervisor.stopProcess('manual', true);
    await pty.waitFor('supervisor (3 up, 1 stopped, 1 FATAL)> status ma');
    pty.press('nual\r');
    await pty.waitFor(/^manual +STOPPED/m);
  });

  it('completes commands, programs, groups and options', async () => {
    const pty = await open();
    await atPrompt(pty);
    // Tab among other keys is taken for a paste.
    pty.press('statu');
    await pty.waitFor('> statu');
    pty.press('\t');
    await pty.waitFor('> status');
    pty.press('we');
    await pty.waitFor('> status we');
    pty.press('\t');
    await pty.waitFor('> status web:');
    pty.press('\t');
    await pty.waitFor(/^web:wa +web:\* +web:wb$/m);
    pty.press('wa --l');
    await pty.waitFor('> status web:wa --l');
    pty.press('\t');
    await pty.waitFor('> status web:wa --long');
    pty.press('\r');
    await atPrompt(pty);
  });

  it('5.4 history: remembers what was typed, for its owner alone', async () => {
    const place = mkdtempSync(join(tmpdir(), 'reloadctl-history-'));
    onTestFinished(() => {
      rmSync(place, { recursive: true });
    });
    const file = join(place, 'history');
    const first = await open(['-r', file]);
    await atPrompt(first);
    first.press('version\r');
    await first.waitFor(/^4\.\S+$/m);
    await atPrompt(first);
    first.press(' pid\r');
    await first.waitFor(/^\d+$/m);
    await atPrompt(first);
    first.press('exit\r');
    expect(await first.end()).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('version\nexit\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const second = await open(['-r', file]);
    await atPrompt(second);
    second.press('\u001b[A\u001b[A');
    await second.waitFor('> version');
  });

  it('5.4 interrupt: ends tail -f with Ctrl-C and goes on', async () => {
    const pty = await open();
    await atPrompt(pty);
    pty.press('tail -f cat\r');
    await pty.waitFor(/^one$/m);
    pty.press(CTRL_C);
    await atPrompt(pty);
    pty.press('version\r');
    await pty.waitFor(/^4\.\S+$/m);
  });

  it('ends what does not answer with Ctrl-C and goes on', async () => {
    if (python === undefined) return;
    const other = new Twin(await startRealSupervisord(python, PROGRAMS), python);
    const { pid } = other.server;
    try {
      const pty = await open([], {}, other);
      await atPrompt(pty);
      process.kill(pid, 'SIGSTOP');
      pty.press('version\r');
      await pty.waitFor('> version');
      pty.press(CTRL_C);
      await pty.waitFor('Interrupted.');
      await pty.waitFor('supervisor (no answer)>');
      process.kill(pid, 'SIGCONT');
      await pty.waitFor(/^supervisor \(3 up.*\)>$/m);
    } finally {
      process.kill(pid, 'SIGCONT');
      await other.stop();
    }
  });

  it('5.4 interrupt: drops a line with Ctrl-C, and ends with Ctrl-C at an empty prompt', async () => {
    const pty = await open();
    await atPrompt(pty);
    pty.press('stop all');
    await pty.waitFor('> stop all');
    pty.press(CTRL_C);
    await pty.waitFor('> stop all^C');
    await atPrompt(pty);
    pty.press(CTRL_C);
    expect(await pty.end()).toBe(0);
  });

  it('talks to a program, also after Ctrl-D', async () => {
    const pty = await open();
    for (const [index, word] of ['first', 'second'].entries()) {
      await atPrompt(pty);
      pty.press('fg cat\r');
      await pty.waitFor(new RegExp(`(Press Ctrl-C to exit[^]*){${index + 1}}`));
      pty.press(`${word}\r`);
      await pty.waitFor(new RegExp(`^${word}$[^]*^${word}$`, 'm'));
      pty.press(CTRL_D);
      await pty.waitFor('Exiting foreground');
    }
    await atPrompt(pty);
    pty.press('\u000cversion\r');
    await pty.waitFor(/^4\.\S+$/m);
  });

  it('carries out every line of a paste, and keeps what was begun', async () => {
    const pty = await open();
    await atPrompt(pty);
    pty.press('\u000cpid\rversion\rstat');
    await pty.waitFor(/^\d+$[\s\S]*^4\.\S+$[\s\S]*> stat$/m);
    pty.press('us cat\r');
    await pty.waitFor(/^cat +RUNNING/m);
  });

  it('asks before it ends the supervisor, and tells that it is gone and back', async () => {
    if (python === undefined) return;
    const other = new Twin(await startRealSupervisord(python, PROGRAMS), python);
    try {
      const pty = await open([], {}, other);
      await atPrompt(pty);
      pty.press('shutdown\r');
      await pty.waitFor('Really shut the remote supervisord process down y/N?');
      pty.press('n\r');
      await atPrompt(pty);
      pty.press('restart-supervisor\r');
      await pty.waitFor('Really restart the remote supervisord process y/N?');
      const socket = other.server.unixUrl.slice('unix://'.length);
      const before = statSync(socket).ctimeMs;
      pty.press('yes\r');
      await pty.waitFor('Restarted supervisord');
      // It has the old socket until it has stopped its programs, and none for a moment then.
      await waitFor(
        'another socket',
        () => (statSync(socket).ctimeMs === before ? undefined : true),
        { ceilingMs: 60_000 },
      );
      await pty.waitFor(/^supervisor \(3 up, 1 stopped, 1 FATAL\)>(?![\s\S])/m);
      // KILLed, and before its programs, so that the socket stays where it is.
      const { pid } = other.server;
      const server = { pid, startTicks: startTicksOf(pid) ?? 0 };
      const programs = descendantsOf(pid);
      signalProcess(server, 'SIGKILL');
      await endProcesses([server, ...programs], 0);
      await pty.waitFor('supervisor (not connected)>');
      pty.press('version\r');
      await pty.waitFor(/^unix:\S+ refused connection$/m);
      await pty.waitFor('supervisor (not connected)>');
    } finally {
      await other.stop();
    }
  });

  it('asks for a password, does not show it, and goes on with it', async () => {
    const pty = await open(['-s', twin.server.inetUrl]);
    await pty.waitFor('Server requires authentication');
    await pty.waitFor('Username:');
    pty.press(`${CREDENTIALS.username}\r`);
    await pty.waitFor('Password:');
    pty.press(`${CREDENTIALS.password}\r`);
    await pty.waitFor(/^cat +RUNNING/m);
    await atPrompt(pty);
    expect(pty.output).not.toContain(CREDENTIALS.password);
    pty.press('version\r');
    await pty.waitFor(/^4\.\S+$/m);
  });

  it('ends with its terminal', async () => {
    const pty = await open();
    await atPrompt(pty);
    pty.press('tail -f cat\r');
    await pty.waitFor(/^one$/m);
    pty.hangUp();
    expect(await pty.end()).toBe('SIGHUP');
  });

  it('helps', async () => {
    const pty = await open([], { rows: 60 });
    await atPrompt(pty);
    pty.press('?tail\r');
    await pty.waitFor(/^ {2}tail -f usercenter\n {6}follow it; Ctrl-C ends that$/m);
    pty.press('statsu\r');
    await pty.waitFor('*** Unknown syntax: statsu\nDid you mean status?');
    pty.press('daemon\r');
    await pty.waitFor('daemon cannot be started from the shell');
  });
});
