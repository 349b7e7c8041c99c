import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSupervisor } from '../../src/rpc/client.ts';
import { describeRpcFailure } from '../../src/rpc/describe-failure.ts';
import { FAULT_CODES } from '../../src/rpc/faults.ts';
import type { FaultName, RpcFailure, RpcResult, Supervisor } from '../../src/rpc/supervisor.ts';
import { MAIN_LOG_PATH, processLogPath, tailLog } from '../../src/rpc/tail-log.ts';
import { readProcess } from '../rig/processes.ts';
import { PYTHON_NAMES, pythonForTests } from '../rig/python.ts';
import { ordinaryUser } from '../rig/users.ts';
import { waitFor } from '../rig/wait-for.ts';
import { CREDENTIALS, startRealSupervisord, type RealSupervisord } from './rpc-supervisord.ts';

const PROGRAMS = `
[program:cat]
command=/bin/cat
startsecs=0
[program:manual]
command=/bin/cat
autostart=false
startsecs=1
[program:slow]
command=/bin/cat
autostart=false
startsecs=60
[program:crash]
command=/bin/false
autostart=false
startretries=0
[program:nofile]
command=/nonexistent/program
autostart=false
[program:notexec]
command=%(here)s/notexec
autostart=false
[program:nolog]
command=/bin/cat
autostart=false
stdout_logfile=NONE
[program:oddlog]
command=/bin/cat
autostart=false
stdout_logfile=%(here)s/oddlog
[program:colour]
command=/bin/sh -c "printf '\\033[31mred\\033[0m\\r\\n\\001<&>h\\303\\251'; exec cat"
startsecs=0
[program:latin1]
command=/bin/sh -c "printf 'caf\\351\\n'; exec cat"
startsecs=0
[group:pair]
programs=one,two
[program:one]
command=/bin/cat
startsecs=0
[program:two]
command=/bin/cat
startsecs=0
`;

function valueOf<T>(result: RpcResult<T>): T {
  if (!result.ok) throw new Error(`failed with ${JSON.stringify(result.error)}`);
  return result.value;
}

function failureOf<T>(result: RpcResult<T>): RpcFailure {
  if (result.ok) throw new Error(`succeeded with ${JSON.stringify(result.value)}`);
  return result.error;
}

describe.each(PYTHON_NAMES)("the client and supervisord of '%s'", async (name) => {
  const python = await pythonForTests(name);

  describe.skipIf(python === undefined)('while it runs', () => {
    let server: RealSupervisord;
    const clients: Supervisor[] = [];

    beforeAll(async () => {
      if (python === undefined) return;
      server = await startRealSupervisord(python, PROGRAMS);
      writeFileSync(join(server.directory, 'notexec'), '#!/bin/sh\n', { mode: 0o644 });
      mkdirSync(join(server.directory, 'oddlog'));
    });
    afterEach(() => {
      for (const each of clients.splice(0)) each.close();
    });
    afterAll(async () => {
      await server.stop();
    });

    const connect = (options: Partial<Parameters<typeof createSupervisor>[0]> = {}): Supervisor => {
      const client = createSupervisor({ url: server.unixUrl, ...options });
      clients.push(client);
      return client;
    };

    it('get through over the socket and over the port with its password', async () => {
      for (const options of [{}, { url: server.inetUrl, ...CREDENTIALS }]) {
        const client = connect(options);
        expect(await client.getPid()).toEqual({ ok: true, value: server.pid });
        expect(await client.getApiVersion()).toEqual({ ok: true, value: '3.0' });
        expect(await client.getSupervisorVersion()).toEqual({
          ok: true,
          value: python?.versions.supervisor,
        });
        expect(await client.getIdentification()).toEqual({ ok: true, value: 'tést <&>' });
        expect(await client.getState()).toEqual({ ok: true, value: { code: 1, name: 'RUNNING' } });
      }
    });

    it('refuse each other over a wrong password, or none, without saying it', async () => {
      for (const credentials of [{}, { username: CREDENTIALS.username, password: 's3cret' }]) {
        const failure = failureOf(await connect({ url: server.inetUrl, ...credentials }).getPid());
        expect(failure).toEqual({ kind: 'unauthorized', url: server.inetUrl });
        const { message, hint } = describeRpcFailure(failure);
        expect(`${message} ${hint ?? ''}`).not.toContain('s3cret');
      }
    });

    it('agree on processes', async () => {
      const client = connect();
      const all = valueOf(await client.getAllProcessInfo());
      expect(all.map(({ group, name }) => `${group}:${name}`)).toEqual([
        ...['cat:cat', 'colour:colour', 'crash:crash', 'latin1:latin1', 'manual:manual'],
        ...['nofile:nofile', 'nolog:nolog', 'notexec:notexec', 'oddlog:oddlog'],
        ...['pair:one', 'pair:two', 'slow:slow'],
      ]);
      const cat = valueOf(await client.getProcessInfo('cat'));
      expect(cat).toMatchObject({ name: 'cat', group: 'cat', state: 'RUNNING', stop: 0 });
      expect(cat.pid).toBeGreaterThan(1);
      expect(Math.abs(cat.now - Date.now() / 1000)).toBeLessThan(10);
      expect(cat.stdoutLogfile).toContain(server.directory);
      expect(await client.getProcessInfo('manual')).toMatchObject({
        value: { state: 'STOPPED', pid: 0, start: 0, description: 'Not started', spawnerr: '' },
      });
      const configurations = valueOf(await client.getAllConfigInfo());
      expect(configurations).toHaveLength(all.length);
      expect(configurations[0]).toMatchObject({ name: 'cat', autostart: true, exitcodes: [0] });
    });

    it('start, signal and stop', async () => {
      const client = connect();
      expect(await client.startProcess('manual', true)).toEqual({ ok: true, value: true });
      expect(await client.getProcessInfo('manual')).toMatchObject({ value: { state: 'RUNNING' } });
      expect(await client.signalProcess('manual', 'SIGCONT')).toEqual({ ok: true, value: true });
      expect(await client.stopProcess('manual', true)).toEqual({ ok: true, value: true });
      expect(await client.stopProcessGroup('pair', true)).toEqual({
        ok: true,
        value: expect.arrayContaining([
          { name: 'one', group: 'pair', status: FAULT_CODES.SUCCESS, description: 'OK' },
          { name: 'two', group: 'pair', status: FAULT_CODES.SUCCESS, description: 'OK' },
        ]) as unknown,
      });
      expect(await client.stopProcess('pair:*', true)).toEqual({ ok: true, value: true });
      expect(await client.startProcess('pair:*', true)).toEqual({ ok: true, value: true });
      expect(valueOf(await client.signalProcessGroup('pair', 'CONT'))).toHaveLength(2);
      expect(valueOf(await client.signalProcessGroup('pair', 'BOGUS'))).toMatchObject([
        { status: FAULT_CODES.BAD_SIGNAL },
        { status: FAULT_CODES.BAD_SIGNAL },
      ]);
      expect(await client.startProcessGroup('pair', true)).toEqual({ ok: true, value: [] });
    });

    it('carry every character to a program and back', async () => {
      const client = connect();
      const text = 'h\u00e9 <&> "\'\t\u001b[0m\u0000\r\n\u{1f600}\uffff]]>\n';
      expect(await client.sendProcessStdin('cat', text)).toEqual({ ok: true, value: true });
      await waitFor('the text in the log', async () => {
        const log = valueOf(await client.readProcessLog('cat', 'stdout', 0, 0));
        return log === text || undefined;
      });
      const size = Buffer.byteLength(text);
      expect(await client.tailProcessLog('cat', 'stdout', 0, 4)).toEqual({
        ok: true,
        value: { text: ']]>\n', offset: size, overflow: true },
      });
      expect(await client.tailProcessLog('cat', 'stderr', 0, 4)).toEqual({
        ok: true,
        value: { text: '', offset: 0, overflow: false },
      });
      expect(await client.clearProcessLogs('cat')).toEqual({ ok: true, value: true });
      expect(await client.readProcessLog('cat', 'stdout', 0, 0)).toEqual({ ok: true, value: '' });
    });

    it('pass a log with escape sequences, which is no XML', async () => {
      const client = connect();
      await waitFor('the log', async () => {
        const log = valueOf(await client.readProcessLog('colour', 'stdout', 0, 0));
        return log === '\u001b[31mred\u001b[0m\r\n\u0001<&>h\u00e9' || undefined;
      });
    });

    it('fail over a log that is not UTF-8, and follow it all the same', async () => {
      const client = connect();
      const failure = await waitFor('the log', async () => {
        const result = await client.readProcessLog('latin1', 'stdout', 0, 0);
        return result.ok ? undefined : result.error;
      });
      expect(failure).toMatchObject({
        ...{ kind: 'protocol', status: 500 },
        detail:
          'HTTP status 500 Internal Server Error; supervisord says so of a log that is not UTF-8, or was cut inside a character',
      });
      expect(await client.getPid()).toEqual({ ok: true, value: server.pid });
      expect((await firstPiece(processLogPath('latin1', 'stdout'))).toString('latin1')).toBe(
        'caf\xe9\n',
      );
    });

    it('follow a log', async () => {
      const client = connect();
      const { stdoutLogfile } = valueOf(await client.getProcessInfo('pair:one'));
      appendFileSync(stdoutLogfile, 'first\n');
      const abort = new AbortController();
      let seen = '';
      const tailing = tailLog(
        { url: server.inetUrl, ...CREDENTIALS },
        processLogPath('pair:one', 'stdout'),
        (chunk) => void (seen += chunk.toString()),
        abort.signal,
      );
      await waitFor('what was there', () => seen === 'first\n' || undefined);
      appendFileSync(stdoutLogfile, 'second\n');
      await waitFor('what was added', () => seen === 'first\nsecond\n' || undefined);
      abort.abort();
      expect(failureOf(await tailing)).toEqual({ kind: 'aborted' });
      expect((await firstPiece(MAIN_LOG_PATH)).length).toBeGreaterThan(0);
    });

    it.each<[string, string, object, RpcFailure['kind'], number | undefined]>([
      ['process', processLogPath('nobody', 'stdout'), CREDENTIALS, 'protocol', 404],
      ['log', processLogPath('nolog', 'stdout'), CREDENTIALS, 'protocol', 404],
      ['password', processLogPath('cat', 'stdout'), {}, 'unauthorized', undefined],
    ])('follow no log without a %s', async (_, path, credentials, kind, status) => {
      const result = await tailLog(
        { url: server.inetUrl, ...credentials },
        path,
        () => undefined,
        AbortSignal.timeout(10_000),
      );
      expect(failureOf(result)).toMatchObject({ kind, ...(status !== undefined && { status }) });
    });

    it('agree on a changed configuration', async () => {
      const client = connect();
      expect(await client.reloadConfig()).toEqual({
        ok: true,
        value: { added: [], changed: [], removed: [] },
      });
      appendFileSync(
        server.configuration,
        '\n[program:added]\ncommand=/bin/cat\nautostart=false\n',
      );
      expect(valueOf(await client.reloadConfig())).toMatchObject({ added: ['added'] });
      expect(await client.addProcessGroup('added')).toEqual({ ok: true, value: true });
      expect(await client.removeProcessGroup('added')).toEqual({ ok: true, value: true });
    });

    it('pass on the main log, and clear it', async () => {
      const client = connect();
      expect(valueOf(await client.readLog(0, 0))).toContain('RPC interface');
      expect(await client.clearLog()).toEqual({ ok: true, value: true });
    });

    it('pass on any other call', async () => {
      const client = connect();
      const methods = valueOf(await client.call('system.listMethods', []));
      expect(methods).toHaveLength(41);
      const calls = [
        { methodName: 'supervisor.getPID', params: [] },
        { methodName: 'supervisor.getProcessInfo', params: ['nobody'] },
      ];
      expect(await client.call('system.multicall', [calls])).toEqual({
        ok: true,
        value: [server.pid, { faultCode: 10, faultString: 'BAD_NAME: nobody' }],
      });
    });

    const faults: ReadonlyArray<
      [FaultName, string, (client: Supervisor) => Promise<RpcResult<unknown>>]
    > = [
      ['UNKNOWN_METHOD', 'UNKNOWN_METHOD', (c) => c.call('supervisor.nothing', [])],
      ['INCORRECT_PARAMETERS', 'INCORRECT_PARAMETERS', (c) => c.call('supervisor.getPID', [1])],
      ['BAD_ARGUMENTS', 'BAD_ARGUMENTS', (c) => c.readLog(-5, 5)],
      ['SIGNATURE_UNSUPPORTED', 'SIGNATURE_UNSUPPORTED', (c) => c.call('system.methodHelp', ['x'])],
      ['BAD_NAME', 'BAD_NAME: <&>\u00e9', (c) => c.getProcessInfo('<&>\u00e9')],
      ['BAD_NAME', 'BAD_NAME: nobody', (c) => c.startProcessGroup('nobody', true)],
      ['BAD_SIGNAL', 'BAD_SIGNAL: BOGUS', (c) => c.signalProcess('cat', 'BOGUS')],
      [
        'NO_FILE',
        "NO_FILE: can't find command '/nonexistent/program'",
        (c) => c.startProcess('nofile', true),
      ],
      ['NO_FILE', 'NO_FILE', (c) => c.readProcessLog('nolog', 'stdout', 0, 0)],
      ['NOT_EXECUTABLE', 'NOT_EXECUTABLE: command at ', (c) => c.startProcess('notexec', true)],
      ['FAILED', 'FAILED', (c) => c.readProcessLog('oddlog', 'stdout', 0, 0)],
      ['SPAWN_ERROR', 'SPAWN_ERROR: crash', (c) => c.startProcess('crash', true)],
      ['ALREADY_STARTED', 'ALREADY_STARTED: cat', (c) => c.startProcess('cat', true)],
      ['NOT_RUNNING', 'NOT_RUNNING: manual', (c) => c.stopProcess('manual', true)],
      ['ALREADY_ADDED', 'ALREADY_ADDED: cat', (c) => c.addProcessGroup('cat')],
      ['STILL_RUNNING', 'STILL_RUNNING: cat', (c) => c.removeProcessGroup('cat')],
      [
        'ABNORMAL_TERMINATION',
        'ABNORMAL_TERMINATION: slow',
        async (c) => {
          const starting = c.startProcess('slow', true);
          await waitFor('slow to be started', async () => {
            const { pid } = valueOf(await c.getProcessInfo('slow'));
            // Between fork and exec the child still has supervisord's own handler, and a TERM would be lost.
            return readProcess(pid)?.comm === 'cat' || undefined;
          });
          valueOf(await c.stopProcess('slow', true));
          return starting;
        },
      ],
    ];
    it.each(faults)('know the fault %s (%s)', async (fault, text, provoke) => {
      const failure = failureOf(await provoke(connect()));
      expect(failure).toMatchObject({ kind: 'fault', name: fault, code: FAULT_CODES[fault] });
      expect(failure.kind === 'fault' && failure.text.startsWith(text)).toBe(true);
      expect(describeRpcFailure(failure)).toMatchObject({ code: 'supervisor-fault', exitCode: 1 });
    });

    it('know the fault CANT_REREAD', async () => {
      appendFileSync(server.configuration, '\n[program:manual]\nstartsecs=many\n');
      const failure = failureOf(await connect().reloadConfig());
      expect(failure).toMatchObject({ kind: 'fault', name: 'CANT_REREAD' });
      expect(describeRpcFailure(failure).message).toContain('invalid literal for int()');
    });

    it('cannot meet where this user may not go', async () => {
      const isRoot = process.getuid?.() === 0;
      const user = ordinaryUser();
      if (isRoot && user === undefined) throw new Error('no ordinary user to become');
      const client = connect();
      chmodSync(join(server.directory, 's.sock'), isRoot ? 0o700 : 0o000);
      chmodSync(server.directory, 0o755);
      try {
        if (user !== undefined) process.seteuid?.(user.uid);
        const failure = failureOf(await client.getPid());
        expect(failure).toEqual({ kind: 'denied', url: server.unixUrl });
        expect(describeRpcFailure(failure).message).toBe(`${server.unixUrl} permission denied`);
      } finally {
        if (user !== undefined) process.seteuid?.(0);
        chmodSync(join(server.directory, 's.sock'), 0o700);
      }
    });

    /** What a tail begins with. */
    async function firstPiece(path: string): Promise<Buffer> {
      const abort = new AbortController();
      const timer = AbortSignal.timeout(10_000);
      let first: Buffer | undefined;
      const result = await tailLog(
        { url: server.unixUrl },
        path,
        (chunk) => {
          first ??= chunk;
          abort.abort();
        },
        AbortSignal.any([abort.signal, timer]),
      );
      expect(failureOf(result)).toEqual({ kind: 'aborted' });
      if (first === undefined) throw new Error(`nothing came of ${path} in 10 s`);
      return first;
    }
  });

  it.skipIf(python === undefined)(
    'agree on names beyond ASCII, and on a shutdown and what is left after it',
    async () => {
      if (python === undefined) return;
      const server = await startRealSupervisord(
        python,
        `[program:stubborn]
command=/bin/sh -c "trap '' TERM; while :; do sleep 0.1; done"
startsecs=1
stopwaitsecs=2
killasgroup=true
[program:größe]
command=/bin/cat
autostart=false
startsecs=0
`,
      );
      const client = createSupervisor({ url: server.unixUrl });
      const inet = createSupervisor({ url: server.inetUrl, ...CREDENTIALS });
      try {
        await waitFor('stubborn to run', async () => {
          const info = valueOf(await client.getProcessInfo('stubborn'));
          return info.state === 'RUNNING' || undefined;
        });
        const outcome = { name: 'größe', group: 'größe', status: 80, description: 'OK' };
        expect(await client.startAllProcesses(true)).toEqual({ ok: true, value: [outcome] });
        expect(valueOf(await client.clearAllProcessLogs())).toContainEqual(outcome);
        expect(await client.shutdown()).toEqual({ ok: true, value: true });
        const failure = await waitFor('the shutdown', async () => {
          const state = await client.getState();
          return state.ok ? undefined : state.error;
        });
        expect(failure).toMatchObject({ kind: 'fault', name: 'SHUTDOWN_STATE' });
        expect(describeRpcFailure(failure).hint).toContain('shutting down');
        const gone = await waitFor('supervisord to end', async () => {
          const state = await client.getState();
          return !state.ok && state.error.kind === 'no-socket' ? state.error : undefined;
        });
        expect(describeRpcFailure(gone).message).toBe(`${server.unixUrl} no such file`);
        const refused = failureOf(await inet.getPid());
        expect(refused).toEqual({ kind: 'refused', url: server.inetUrl });
        expect(describeRpcFailure(refused).message).toBe(`${server.inetUrl} refused connection`);
      } finally {
        client.close();
        inet.close();
        await server.stop();
      }
    },
  );
});
