import { connect } from 'node:net';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'vitest';
import { signalProcess } from '../../rig/processes.ts';
import { reservePort } from '../../rig/site/ports.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { createSupervisor } from '../../../src/rpc/client.ts';
import { askOverlap } from '../../../src/rpc/overlap.ts';
import { makeDaemonSite, type DaemonSite } from './support/daemon-site.ts';
import { mayCopyDescriptors } from './support/may-copy-descriptors.ts';

/** Answers each connection with its pid, on the socket that it is given as stdin or by LISTEN_FDS. */
const SERVER = `
const fd = process.env.LISTEN_FDS === undefined ? 0 : 3;
const server = require('node:net').createServer((c) => c.end(String(process.pid)));
server.listen({ fd });
process.on('SIGTERM', () => { server.close(() => process.exit(0)); });
`;

type Where = { readonly port: number } | { readonly path: string };

/** What the server says; rejects when nobody listens. */
function ask(where: Where): Promise<number> {
  return new Promise((resolve, reject) => {
    const connection = 'port' in where ? connect(where.port, '127.0.0.1') : connect(where.path);
    let text = '';
    connection.on('data', (chunk: Buffer) => (text += chunk.toString()));
    connection.once('error', reject);
    connection.once('close', () => {
      resolve(Number(text));
    });
  });
}

/** A daemon with a FastCGI program and one that takes LISTEN_FDS, both serving. */
async function serving(context: TestContext) {
  const reserved = await reservePort();
  context.onTestFinished(() => reserved.release());
  const command = `command=${process.execPath} %DIR%/server.js\nstartsecs=0\n`;
  const site = await makeDaemonSite(
    context,
    '[unix_http_server]\nfile=%DIR%/s.sock\n' +
      '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n' +
      `[fcgi-program:f]\n${command}socket=unix://%DIR%/f.sock\nsocket_mode=0620\n` +
      `[program:a]\n${command}[reloadctl:a]\nsocket = 127.0.0.1:${reserved.port}\n` +
      // Where nothing at all survives everything begins anew.
      '[program:s]\ncommand=/bin/sleep 69\n',
  );
  writeFileSync(join(site.directory, 'server.js'), SERVER);
  await site.daemon();
  const places = { f: { path: join(site.directory, 'f.sock') }, a: { port: reserved.port } };
  const pids = {
    f: await waitFor('the first program', () => ask(places.f)),
    a: await waitFor('the second program', () => ask(places.a)),
  };
  const supervisor = createSupervisor({ url: `unix://${site.directory}/s.sock` });
  context.onTestFinished(() => {
    supervisor.close();
  });
  return { site, places, pids, supervisor };
}

async function killDaemon(site: DaemonSite): Promise<void> {
  const first = site.running();
  signalProcess(first, 'SIGKILL');
  await site.waitForEnd(first);
}

const WAYS = [
  { way: 'a replacement', next: (site: DaemonSite) => site.daemon('--replace') },
  {
    way: 'kill -9 of the daemon',
    next: async (site: DaemonSite) => {
      await killDaemon(site);
      return site.daemon();
    },
  },
];

describe.concurrent.for(WAYS)('after $way', ({ way, next }) => {
  it.runIf(way === 'a replacement' || mayCopyDescriptors())(
    'the next daemon holds the sockets: who crashes comes back on them',
    async (context) => {
      const { expect } = context;
      const { site, places, pids, supervisor } = await serving(context);
      const inode = statSync(places.f.path).ino;
      expect(await next(site)).toMatchObject({ code: 0, stderr: '' });
      expect({ f: await ask(places.f), a: await ask(places.a) }).toEqual(pids);
      for (const name of ['f', 'a'] as const) {
        const found = await askOverlap(supervisor, name);
        expect(found).toMatchObject({
          value: { adopted: true, socketReason: '', pid: pids[name] },
        });
        const process = site.programs().find(({ pid }) => pid === pids[name]);
        if (process !== undefined) signalProcess(process, 'SIGKILL');
        // Nobody accepts at this moment, and nobody is refused.
        expect(await ask(places[name])).not.toBe(pids[name]);
      }
      expect(statSync(places.f.path)).toMatchObject({ ino: inode });
      expect(statSync(places.f.path).mode & 0o777).toBe(0o620);
      const daemon = site.running();
      site.signal('SIGTERM');
      await site.waitForEnd(daemon);
      for (const place of [places.f, places.a]) {
        await expect(ask(place)).rejects.toThrow(/ENOENT|ECONNREFUSED/);
      }
    },
  );

  it('what was stopped refuses connections; a FastCGI group only after a kill', async (context) => {
    const { expect } = context;
    const { site, places, supervisor } = await serving(context);
    for (const name of ['f:f', 'a']) await supervisor.stopProcess(name, true);
    await waitFor(
      'that to be written down',
      () => site.read('s.pid.d/state.json').split('"state":"STOPPED"').length === 3 || undefined,
    );
    const before = statSync(places.f.path).ino;
    await next(site);
    await expect(ask(places.a)).rejects.toThrow('ECONNREFUSED');
    if (way !== 'a replacement') {
      await expect(ask(places.f)).rejects.toThrow('ECONNREFUSED');
      await supervisor.startProcess('f:f', true);
      await waitFor('an answer', () => ask(places.f));
      return;
    }
    // Somebody has it, or it would be closed in the end.
    const { path } = places.f;
    expect(await askOverlap(supervisor, 'f:f')).toMatchObject({
      value: { pid: 0, sockets: [`unix:${path}`] },
    });
    const waiting = ask(places.f);
    await supervisor.startProcess('f:f', true);
    expect(await waiting).toBe(await ask(places.f));
    expect(statSync(places.f.path).ino).toBe(before);
  });
});
