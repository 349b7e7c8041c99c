import { createServer, connect } from 'node:net';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reservePort } from '../../rig/site/ports.ts';
import { isAlive, readProcess } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { openTestDaemon, valueOf } from './support/open-daemon.ts';

/** Answers each connection with its pid, on the socket that it is given; `ready` is written when it listens. */
const SERVER = `
const fd = process.env.LISTEN_FDS === undefined ? 0 : 3;
if (fd === 3 && process.env.LISTEN_PID !== String(process.pid)) process.exit(9);
const server = require('node:net').createServer((c) => c.end(String(process.pid)));
server.listen({ fd }, () => console.log('ready'));
process.on('SIGTERM', () => { server.close(() => process.exit(0)); });
`;

const COMMAND = `command=${process.execPath} %DIR%/server.js\nstdout_logfile=%DIR%/out.log\nautostart=false\nstartsecs=0\n`;

type Where = { readonly port: number } | { readonly path: string };

/** What the server says; rejects when nobody listens. */
function ask(where: Where): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = 'port' in where ? connect(where.port, '127.0.0.1') : connect(where.path);
    let text = '';
    connection.on('data', (chunk: Buffer) => (text += chunk.toString()));
    connection.once('error', reject);
    connection.once('close', () => {
      resolve(text);
    });
  });
}

describe('a program with socket=', () => {
  it('has nothing beside its sockets where it looks for them, and its pipes far behind', async (context) => {
    const ports = [await reservePort(), await reservePort()];
    context.onTestFinished(async () => {
      for (const port of ports) await port.release();
    });
    const addresses = ports.map(({ port }) => `127.0.0.1:${port}`).join(', ');
    const { daemon, read, waitForState } = await openTestDaemon(
      context,
      `[program:a]\ncommand=/bin/sh -c "echo $LISTEN_FDS; ls /proc/$$/fd; exec cat"\nstdout_logfile=%DIR%/out.log\n` +
        `startsecs=0\n[reloadctl:a]\nsocket = ${addresses}\n`,
    );
    await waitForState('a', 'RUNNING');
    expect(daemon.groups.member('a', 'a')?.instances.snapshot.sockets).toHaveLength(2);
    await waitFor('the list', () => /^22$/m.test(read('out.log')) || undefined);
    const [told, ...fds] = read('out.log').trim().split('\n');
    expect(told).toBe('2');
    // Between them the shell has its own, if any.
    expect(fds.filter((fd) => Number(fd) < 10).sort()).toEqual(['0', '1', '2', '3', '4']);
    expect(fds.filter((fd) => Number(fd) >= 20 && Number(fd) < 30)).toEqual(['20', '21', '22']);
  });

  it('is given its sockets, is replaced on them, and refuses when it is stopped', async (context) => {
    const reserved = await reservePort();
    context.onTestFinished(() => reserved.release());
    const { daemon, directory, waitForState, pidOf } = await openTestDaemon(
      context,
      `[program:a]\n${COMMAND}[reloadctl:a]\nsocket = 127.0.0.1:${reserved.port}\n`,
    );
    writeFileSync(join(directory, 'server.js'), SERVER);
    await expect(ask(reserved)).rejects.toThrow('ECONNREFUSED');
    valueOf(valueOf(daemon.groups.find('a', 'a')).start());
    await waitForState('a', 'RUNNING');
    expect(await ask(reserved)).toBe(String(pidOf('a')));
    expect(daemon.groups.member('a', 'a')?.instances.snapshot).toMatchObject({
      sockets: [`127.0.0.1:${reserved.port}`],
      socketReason: '',
    });
    const first = pidOf('a');
    const successor = valueOf(
      await valueOf(daemon.groups.find('a', 'a')).instances.startSuccessor(30, false),
    );
    expect(pidOf('a')).toBe(first);
    valueOf(await valueOf(daemon.groups.find('a', 'a')).instances.promoteSuccessor());
    expect(pidOf('a')).toBe(successor);
    await waitFor(
      'the old one to be gone',
      () => daemon.groups.member('a', 'a')?.instances.snapshot.retiring.length === 0 || undefined,
    );
    expect(await ask(reserved)).toBe(String(successor));
    expect(readProcess(first)).toBeUndefined();
    await valueOf(valueOf(daemon.groups.find('a', 'a')).stop()).settled;
    await expect(ask(reserved)).rejects.toThrow('ECONNREFUSED');
  });

  it('is a spawn error where the address is in use, and starts when it is free', async (context) => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        resolve((server.address() as { port: number }).port);
      });
    });
    const { daemon, directory, waitForState, pidOf } = await openTestDaemon(
      context,
      `[program:a]\n${COMMAND}[reloadctl:a]\nsocket = 127.0.0.1:${port}\n`,
    );
    writeFileSync(join(directory, 'server.js'), SERVER);
    valueOf(valueOf(daemon.groups.find('a', 'a')).start());
    await waitForState('a', 'BACKOFF');
    expect(daemon.groups.member('a', 'a')?.process.snapshot.spawnError).toBe(
      `could not listen on 127.0.0.1:${port}: EADDRINUSE`,
    );
    await new Promise((resolve) => server.close(resolve));
    await waitForState('a', 'RUNNING');
    expect(await ask({ port })).toBe(String(pidOf('a')));
  });

  it('shares its socket among the processes of its section, not with others', async (context) => {
    const reserved = await reservePort();
    context.onTestFinished(() => reserved.release());
    const sections = ['a', 'b'].map(
      (name) =>
        `[program:${name}]\n${COMMAND}numprocs=2\nprocess_name=%(program_name)s%(process_num)s\n`,
    );
    const { daemon, directory, waitForState } = await openTestDaemon(
      context,
      `${sections.join('')}[reloadctl]\nsocket = 127.0.0.1:${reserved.port}\n`,
    );
    writeFileSync(join(directory, 'server.js'), SERVER);
    for (const name of ['a0', 'a1']) {
      valueOf(valueOf(daemon.groups.find('a', name)).start());
      await waitForState(`a:${name}`, 'RUNNING');
    }
    valueOf(valueOf(daemon.groups.find('b', 'b0')).start());
    await waitForState('b:b0', 'BACKOFF');
    expect(daemon.groups.member('b', 'b0')?.process.snapshot.spawnError).toContain('in use by a:a');
  });
});

// Difference: The socket of a FastCGI group stays open.
describe('a FastCGI group', () => {
  it('shares one socket as stdin, which stays open between two runs and goes with the group', async (context) => {
    const { daemon, directory, waitForState, pidOf, read } = await openTestDaemon(
      context,
      `[fcgi-program:f]\n${COMMAND}socket=unix://%DIR%/f.sock\nsocket_mode=0620\n`,
    );
    writeFileSync(join(directory, 'server.js'), SERVER);
    const where = { path: join(directory, 'f.sock') };
    valueOf(valueOf(daemon.groups.find('f', 'f')).start());
    await waitForState('f', 'RUNNING');
    expect(statSync(where.path).mode & 0o777).toBe(0o620);
    expect(await ask(where)).toBe(String(pidOf('f')));
    await valueOf(valueOf(daemon.groups.find('f', 'f')).stop()).settled;
    const waiting = ask(where);
    await waitFor(
      'the program to say that it is ready',
      () => read('out.log').includes('ready') || undefined,
    );
    valueOf(valueOf(daemon.groups.find('f', 'f')).start());
    await waitForState('f', 'RUNNING');
    expect(await waiting).toBe(String(pidOf('f')));
    await valueOf(valueOf(daemon.groups.find('f', 'f')).stop()).settled;
    valueOf(daemon.groups.remove('f'));
    await waitFor('the socket to be gone', () => !existsSync(where.path) || undefined);
  });
});

describe('a program whose sockets are not known', () => {
  it.for([
    ['', 'its command is not gunicorn itself'],
    ['[reloadctl:a]\nsocket=off\n', 'socket is off'],
  ] as const)(
    'is started as it is, and has no successor: %j',
    async ([section, reason], context) => {
      const { daemon, directory, waitForState, pidOf } = await openTestDaemon(
        context,
        `[program:a]\ncommand=%DIR%/run\nautostart=false\n${section}`,
      );
      writeFileSync(join(directory, 'run'), '#!/bin/sh\nexec sleep 60\n');
      chmodSync(join(directory, 'run'), 0o755);
      valueOf(valueOf(daemon.groups.find('a', 'a')).start());
      await waitForState('a', 'RUNNING');
      const overlap = daemon.groups.member('a', 'a')?.instances.snapshot;
      expect(overlap?.sockets).toEqual([]);
      expect(overlap?.socketReason).toContain(reason);
      const refused = await valueOf(daemon.groups.find('a', 'a')).instances.startSuccessor(
        30,
        false,
      );
      expect(refused).toMatchObject({ ok: false, error: { name: 'FAILED' } });
      expect(isAlive(readProcess(pidOf('a')) ?? { pid: 0, startTicks: 0 })).toBe(true);
    },
  );
});
