import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import type { Supervisor } from '../../../src/rpc/supervisor.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { makeDaemonSite, type DaemonSite } from './support/daemon-site.ts';
import { rawRequest } from './support/raw-http.ts';

const UNIX = '[unix_http_server]\nfile=%DIR%/s.sock\n';
const INTERFACE = '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=x:y\n';
const PROGRAM = '[program:p]\ncommand=/bin/sleep 69\nstartsecs=0\n';

function supervisorOf(site: DaemonSite): Supervisor {
  return createSupervisor({ url: `unix://${join(site.directory, 's.sock')}` });
}

describe.concurrent('the servers of a daemon', () => {
  it('answer when the daemon has gone to the background', async (context) => {
    const site = await makeDaemonSite(context, UNIX + INTERFACE + PROGRAM);
    expect(await site.daemon()).toMatchObject({ code: 0, stderr: '' });
    const supervisor = supervisorOf(site);
    expect(await supervisor.getPid()).toEqual({ ok: true, value: site.running().pid });
    expect(await supervisor.getProcessInfo('p')).toMatchObject({ ok: true });
    supervisor.close();
  });

  it('know only system.* without [rpcinterface:supervisor]', async (context) => {
    const site = await makeDaemonSite(context, UNIX + PROGRAM);
    await site.daemon();
    const supervisor = supervisorOf(site);
    expect(await supervisor.getPid()).toMatchObject({ ok: false, error: { code: 1 } });
    expect(await supervisor.call('system.listMethods', [])).toEqual({
      ok: true,
      value: [
        'system.listMethods',
        'system.methodHelp',
        'system.methodSignature',
        'system.multicall',
      ],
    });
    supervisor.close();
  });

  it('say that interfaces of others are not available, and have no pages', async (context) => {
    const site = await makeDaemonSite(
      context,
      `${UNIX}${INTERFACE}[rpcinterface:other]\nsupervisor.rpcinterface_factory=a.b:c\n${PROGRAM}`,
    );
    await site.daemon();
    // Difference: Python code of others is not run.
    expect(site.read('s.log')).toContain(
      "WARN RPC interface 'other' (a.b:c) is Python's and not available",
    );
    // Difference: There are no web pages.
    const url = `unix://${join(site.directory, 's.sock')}`;
    for (const page of ['/', '/index.html', '/tail.html']) {
      expect((await rawRequest(url, `GET ${page} HTTP/1.1\r\n\r\n`)).status).toBe(404);
    }
    expect((await rawRequest(url, 'GET /ok.html HTTP/1.1\r\n\r\n')).body).toBe('OK');
  });

  it('are back after a restart, with what the configuration says then', async (context) => {
    const site = await makeDaemonSite(context, UNIX + INTERFACE + PROGRAM);
    await site.daemon();
    const supervisor = supervisorOf(site);
    site.rewrite(`${UNIX}${INTERFACE}${PROGRAM}[program:q]\ncommand=/bin/sleep 69\n`);
    expect(await supervisor.restart()).toEqual({ ok: true, value: true });
    await waitFor(
      'q to be known',
      async () => (await supervisor.getProcessInfo('q')).ok || undefined,
    );
    supervisor.close();
  });

  // Difference: A stop of all stops what is about to be started again, too.
  it('stop what is about to be started again with all the others', async (context) => {
    const brief = '[program:brief]\ncommand=/bin/sleep 0.05\nstartsecs=0\nautorestart=true\n';
    const site = await makeDaemonSite(context, UNIX + INTERFACE + brief);
    await site.daemon();
    const supervisor = supervisorOf(site);
    const stateOf = async (): Promise<string> => {
      const info = await supervisor.getProcessInfo('brief');
      return info.ok ? info.value.state : JSON.stringify(info);
    };
    await waitFor('brief to have exited', async () => (await stateOf()) === 'EXITED' || undefined, {
      everyMs: 5,
    });
    expect(await supervisor.stopAllProcesses(true)).toMatchObject({ ok: true });
    expect(await stateOf()).toBe('STOPPED');
    supervisor.close();
  });

  it('end with the daemon, which still answers that it ends', async (context) => {
    const site = await makeDaemonSite(
      context,
      `${UNIX}${INTERFACE}[program:p]\ncommand=/bin/sh -c "trap '' TERM; echo ready; while :; do sleep 1; done"\nstopwaitsecs=3\nkillasgroup=true\nstdout_logfile=%DIR%/p.log\n`,
    );
    await site.daemon();
    await waitFor('p to ignore TERM', () => site.read('p.log').includes('ready') || undefined);
    const daemon = site.running();
    const supervisor = supervisorOf(site);
    expect(await supervisor.shutdown()).toEqual({ ok: true, value: true });
    expect(await supervisor.getPid()).toMatchObject({ ok: false, error: { code: 6 } });
    expect(await supervisor.call('system.listMethods', [])).toMatchObject({ ok: true });
    await site.waitForEnd(daemon);
    expect(site.programs()).toEqual([]);
    expect(await supervisor.getPid()).toMatchObject({ ok: false });
    supervisor.close();
  });

  it('are opened before anything is started: a port in use is exit 2', async (context) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    context.onTestFinished(() => {
      other.close();
    });
    const { port } = other.address() as AddressInfo;
    const site = await makeDaemonSite(
      context,
      `${UNIX}[inet_http_server]\nport=127.0.0.1:${port}\n[program:p]\ncommand=/bin/sh -c "echo started > %DIR%/started; exec sleep 69"\n`,
    );
    for (const run of [await site.daemon(), await site.foreground()]) {
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(
        'Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut this program down first before starting supervisord.',
      );
    }
    expect(() => site.read('started')).toThrow('ENOENT');
    expect(() => site.read('s.pid')).toThrow('ENOENT');
    expect(site.programs()).toEqual([]);
  });
});
