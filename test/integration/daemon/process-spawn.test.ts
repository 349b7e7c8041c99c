import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFilesOf, readProcess } from '../../rig/processes.ts';
import { isRoot } from '../../rig/users.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { openTestDaemon, valueOf, type TestDaemon } from './support/open-daemon.ts';

/** The text of a file when it ends in `end`. */
function textOf(test: TestDaemon, name: string, end = 'end\n'): Promise<string> {
  return waitFor(`${name} to be complete`, () => {
    const text = test.read(name);
    return text.endsWith(end) ? text : undefined;
  });
}

const ONCE = 'startsecs=0\nautorestart=false\n';

describe.concurrent('a child', () => {
  it('has the environment of the daemon, SUPERVISOR_ variables and its own, which win', async (context) => {
    const test = await openTestDaemon(
      context,
      `[unix_http_server]\nfile=/run/x.sock\n` +
        `[program:p]\ncommand=/bin/sh -c "env; echo end"\nstdout_logfile=%DIR%/p.log\n${ONCE}` +
        `environment=OWN="1",INHERITED="mine",SUPERVISOR_GROUP_NAME="other"\n[group:g]\nprograms=p\n`,
      { INHERITED: 'theirs', KEPT: 'yes' },
    );
    const lines = (await textOf(test, 'p.log')).split('\n');
    for (const expected of [
      'OWN=1',
      'INHERITED=mine',
      'KEPT=yes',
      'SUPERVISOR_ENABLED=1',
      'SUPERVISOR_SERVER_URL=unix:///run/x.sock',
      'SUPERVISOR_PROCESS_NAME=p',
      'SUPERVISOR_GROUP_NAME=other',
    ]) {
      expect(lines).toContain(expected);
    }
  });

  it('runs in its directory with its umask, and writes both channels into one log', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sh -c "pwd; umask; echo oops >&2; echo end"\ndirectory=%DIR%\n` +
        `umask=027\nredirect_stderr=true\nstdout_logfile=%DIR%/p.log\n${ONCE}`,
    );
    expect(await textOf(test, 'p.log')).toBe(`${test.directory}\n0027\noops\nend\n`);
  });

  it('is found in the PATH of its own environment', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=only-here a "b c"\nautostart=false\nenvironment=PATH="%DIR%/bin:/bin:/usr/bin"\n` +
        `stdout_logfile=%DIR%/p.log\n${ONCE}`,
    );
    mkdirSync(`${test.directory}/bin`);
    writeFileSync(
      `${test.directory}/bin/only-here`,
      '#!/bin/sh\nfor word; do echo "[$word]"; done\necho end\n',
    );
    chmodSync(`${test.directory}/bin/only-here`, 0o755);
    valueOf(test.daemon.groups.find('p', 'p')).start();
    expect(await textOf(test, 'p.log')).toBe('[a]\n[b c]\nend\n');
  });

  it('has the first word of its command as its name', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=sleep 61\nstdout_logfile=NONE\nstderr_logfile=NONE\n`,
    );
    await waitFor('a process', () => test.pidOf('p') > 0 || undefined);
    expect(readProcess(test.pidOf('p'))?.argv).toEqual(['sleep', '61']);
  });

  it('leads a process group of its own and has three pipes of the daemon open', async (context) => {
    const test = await openTestDaemon(context, `[program:p]\ncommand=/bin/sleep 62\n`);
    await test.waitForState('p', 'RUNNING');
    const pid = test.pidOf('p');
    // Difference: A program has a session of its own, and pipes that outlive the daemon.
    expect(readProcess(pid)).toMatchObject({ pgid: pid, sid: pid });
    const ours = openFilesOf(pid).filter((file) => file.startsWith(test.directory));
    expect([...new Set(ours.map((file) => basename(file)))].sort()).toEqual([
      'p%3Ap.stderr',
      'p%3Ap.stdin',
      'p%3Ap.stdout',
    ]);
  });

  it('is told on its stderr that its directory is missing, and ends with 127', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/true\ndirectory=/nonexistent/d\nstartsecs=0\nautorestart=false\n` +
        `stderr_logfile=%DIR%/p.err\n`,
    );
    expect(await textOf(test, 'p.err', 'not spawned\n')).toBe(
      "supervisor: couldn't chdir to /nonexistent/d: ENOENT\nsupervisor: child process was not spawned\n",
    );
    await test.waitForState('p', 'EXITED');
    expect(test.daemon.groups.member('p', 'p')?.process.snapshot.exitStatus).toBe(127);
  });

  it('is told on its stderr that the kernel does not execute its file', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=%DIR%/script\nautostart=false\nstderr_logfile=%DIR%/p.err\n${ONCE}`,
    );
    writeFileSync(`${test.directory}/script`, '#!/nonexistent/interpreter\n', { mode: 0o755 });
    valueOf(test.daemon.groups.find('p', 'p')).start();
    expect(await textOf(test, 'p.err', 'not spawned\n')).toBe(
      `supervisor: couldn't exec ${test.directory}/script: ENOENT\nsupervisor: child process was not spawned\n`,
    );
  });

  it('is looked for in the directory of the daemon when its command is relative', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=./nowhere.sh\ndirectory=%DIR%\nautostart=false\n`,
    );
    writeFileSync(`${test.directory}/nowhere.sh`, '#!/bin/sh\n', { mode: 0o755 });
    expect(valueOf(test.daemon.groups.find('p', 'p')).start()).toMatchObject({
      error: { detail: "can't find command './nowhere.sh'" },
    });
  });

  it.runIf(isRoot)('becomes its user with all of its groups', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sh -c "id -u; id -g; id -G; echo end"\nuser=nobody\n` +
        `stdout_logfile=%DIR%/p.log\n${ONCE}`,
    );
    const [uid, gid, groups] = (await textOf(test, 'p.log')).split('\n');
    expect([uid, gid]).not.toContain('0');
    expect(groups?.split(' ')).not.toContain('0');
  });

  it.skipIf(isRoot)('cannot become another user without being root', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/true\nuser=root\nstderr_logfile=%DIR%/p.err\n${ONCE}`,
    );
    expect(await textOf(test, 'p.err', 'not spawned\n')).toBe(
      "supervisor: couldn't setuid to 0: Can't drop privilege as nonroot user\nsupervisor: child process was not spawned\n",
    );
  });
});

describe.concurrent('stdin', () => {
  const CAT = `[program:p]\ncommand=/bin/cat\nstdout_logfile=%DIR%/p.log\n`;

  it('takes what is sent, and never ends', async (context) => {
    const test = await openTestDaemon(context, CAT);
    await test.waitForState('p', 'RUNNING');
    expect(valueOf(test.daemon.groups.find('p', 'p')).writeStdin('héllo\n')).toEqual({
      ok: true,
      value: true,
    });
    expect(await textOf(test, 'p.log', '\n')).toBe('héllo\n');
    expect(test.stateOf('p')).toBe('RUNNING');
  });

  it('is refused where there is no process, and where the process has closed it', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:idle]\ncommand=/bin/cat\nautostart=false\n` +
        `[program:closed]\ncommand=/bin/sh -c "exec sleep 63 <&-"\n`,
    );
    await test.waitForState('closed', 'RUNNING');
    expect(valueOf(test.daemon.groups.find('idle', 'idle')).writeStdin('x')).toMatchObject({
      error: { name: 'NOT_RUNNING' },
    });
    expect(valueOf(test.daemon.groups.find('closed', 'closed')).writeStdin('x')).toMatchObject({
      error: { name: 'NO_FILE' },
    });
  });

  it('does not give to the next process what the last one has left', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sh -c "echo ready; sleep 0.3; exec cat"\nstdout_logfile=%DIR%/p.log\nstopasgroup=true\n`,
    );
    await textOf(test, 'p.log', 'ready\n');
    valueOf(test.daemon.groups.find('p', 'p')).writeStdin('stale\n');
    process.kill(-test.pidOf('p'), 'SIGKILL');
    await textOf(test, 'p.log', 'ready\nready\n');
    await test.waitForState('p', 'RUNNING');
    valueOf(test.daemon.groups.find('p', 'p')).writeStdin('fresh\n');
    expect(await textOf(test, 'p.log', 'fresh\n')).toBe('ready\nready\nfresh\n');
  });

  it('holds a megabyte for a program that does not read, and no more', async (context) => {
    const test = await openTestDaemon(context, `[program:p]\ncommand=/bin/sleep 64\n`);
    await test.waitForState('p', 'RUNNING');
    const chunk = 'x'.repeat(100_000);
    const answers = Array.from({ length: 20 }, () =>
      valueOf(test.daemon.groups.find('p', 'p')).writeStdin(chunk),
    );
    expect(answers[0]).toEqual({ ok: true, value: true });
    expect(answers.at(-1)).toMatchObject({ error: { name: 'FAILED' } });
  });
});

describe('what the daemon itself keeps open', () => {
  it('is the same after a hundred runs of a program', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/true\nautostart=false\n${ONCE}stdout_logfile=%DIR%/p.log\nstderr_logfile=NONE\n`,
    );
    const runOnce = async (): Promise<void> => {
      valueOf(test.daemon.groups.find('p', 'p')).start();
      await waitFor('it to have run', () => test.stateOf('p') === 'EXITED' || undefined, {
        everyMs: 1,
      });
    };
    await runOnce();
    const countOpen = (): number =>
      openFilesOf(process.pid).filter((file) => file.startsWith(test.directory)).length;
    const before = countOpen();
    for (let run = 0; run < 100; run += 1) await runOnce();
    expect(countOpen()).toBe(before);
  });
});
