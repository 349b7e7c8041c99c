import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { askForReplacement } from '../../../src/daemon/replace/control-socket.ts';
import { HANDOVER_PROTOCOL } from '../../../src/daemon/replace/handover.ts';
import { isAlive, signalProcess, type ProcessId } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { makeDaemonSite, type DaemonSite } from './support/daemon-site.ts';
import { writeSaboteur, type Sabotage } from './support/saboteur.ts';

const SLEEP = 'command=/bin/sleep 69\n';
const TICKER =
  `[program:ticker]\ncommand=/bin/sh -c "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.005; done"\n` +
  `stdout_logfile=%DIR%/ticker.log\nstopasgroup=true\n`;
const SERVER =
  '[unix_http_server]\nfile=%DIR%/s.sock\n' +
  '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n';

/** Calls of one client that keeps its connection, one after the other, as the shell of supervisorctl does. */
class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1, timeout: 60_000 });
  readonly #socketPath: string;
  readonly connections = new Set<unknown>();

  constructor(site: DaemonSite) {
    this.#socketPath = join(site.directory, 's.sock');
  }

  call(method: string, ...params: readonly string[]): Promise<string> {
    const list = params
      .map((text) => `<param><value><string>${text}</string></value></param>`)
      .join('');
    const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${list}</params></methodCall>`;
    return new Promise((resolve, reject) => {
      const sent = request({
        agent: this.#agent,
        socketPath: this.#socketPath,
        path: '/RPC2',
        method: 'POST',
        headers: { 'Content-Length': String(body.length), 'Content-Type': 'text/xml' },
      });
      sent.on('socket', (socket) => this.connections.add(socket));
      sent.on('error', reject);
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve(text);
        });
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function ticks(site: DaemonSite): readonly number[] {
  return [...site.read('ticker.log').matchAll(/^tick (\d+)$/gm)].map(([, n]) => Number(n));
}

function expectNoGap(site: DaemonSite): void {
  const seen = ticks(site);
  expect(seen).toEqual(seen.map((_, index) => index + 1));
}

function isSame(one: ProcessId, other: ProcessId): boolean {
  return one.pid === other.pid && one.startTicks === other.startTicks;
}

async function programPids(site: DaemonSite, count: number): Promise<readonly number[]> {
  return waitFor(`${count} programs`, () => {
    const found = site.programs().filter(({ pid, sid }) => pid === sid);
    return found.length === count ? found.map(({ pid }) => pid).sort() : undefined;
  });
}

function ask(site: DaemonSite, script: string) {
  return askForReplacement(join(site.directory, 's.pid.d'), {
    protocol: HANDOVER_PROTOCOL,
    execPath: process.execPath,
    execArgv: [],
    script,
  });
}

describe.concurrent('daemon --replace', () => {
  it('goes on with everything: programs, output, counters, what was stopped, options', async (context) => {
    const site = await makeDaemonSite(
      context,
      `${SERVER}${TICKER}[program:stopped]\n${SLEEP}[program:broken]\ncommand=/nope\nstartretries=0\n` +
        `[program:auto]\n${SLEEP}stdout_logfile=AUTO\n`,
    );
    const log = join(site.directory, 'other.log');
    await site.daemon('-l', log, '-i', 'me');
    const client = new Client(site);
    await waitFor('ticks', () => existsSync(join(site.directory, 'ticker.log')) || undefined);
    await client.call('supervisor.stopProcess', 'stopped');
    for (const each of ['gave up: broken', 'success: ticker', 'success: auto']) {
      await waitFor(each, () => site.read('other.log').includes(each) || undefined);
    }
    const before = await programPids(site, 2);
    const first = site.running();
    // Nothing is ever asked by it again.
    const silent = new Client(site);
    await silent.call('supervisor.getState');
    const infoBefore = await client.call('supervisor.getAllProcessInfo');

    const run = await site.daemon('--replace');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const second = site.running();
    expect(second.pid).not.toBe(first.pid);
    await site.waitForEnd(first);
    expect(await programPids(site, 2)).toEqual(before);
    const withoutNow = (text: string): string =>
      text.replace(/<name>(now|description)<\/name>\s*<value>.*?<\/value>/gs, '');
    const infoAfter = await client.call('supervisor.getAllProcessInfo');
    expect(withoutNow(infoAfter)).toBe(withoutNow(infoBefore));
    expect(infoAfter).toContain('FATAL');
    expect(await client.call('supervisor.getIdentification')).toContain('me');
    expect(existsSync(join(site.directory, 's.log'))).toBe(false);

    const seen = ticks(site).length;
    await waitFor('more ticks', () => ticks(site).length > seen + 20 || undefined);
    expectNoGap(site);
    signalProcess(second, 'SIGTERM');
    await site.waitForEnd(second);
    for (const each of [client, silent]) each.close();
    expect(site.programs()).toEqual([]);
    expect(existsSync(join(site.directory, 's.sock'))).toBe(false);
    expect(existsSync(join(site.directory, 's.pid.d'))).toBe(false);
    expectNoGap(site);
  });

  it('answers every call of clients that keep their connections, six times in a row', async (context) => {
    const site = await makeDaemonSite(
      context,
      `${SERVER}[program:p]\n${SLEEP}[program:slow]\n${SLEEP}startsecs=2\nautostart=false\n`,
    );
    await site.daemon();
    const clients = Array.from({ length: 8 }, () => new Client(site));
    let isOver = false;
    let calls = 0;
    const callers = clients.map(async (client) => {
      while (!isOver) {
        expect(await client.call('supervisor.getState')).toContain('RUNNING');
        calls += 1;
      }
    });
    const pids = [site.running().pid];
    for (let round = 0; round < 6; round += 1) {
      const callsBefore = calls;
      expect(await site.daemon('--replace')).toMatchObject({ code: 0, stderr: '' });
      pids.push(site.running().pid);
      await waitFor('calls', () => calls > callsBefore + 50 || undefined);
    }
    // A call that takes its time is waited for.
    const slow = new Client(site);
    const started = slow.call('supervisor.startProcess', 'slow');
    await site.waitForLog("spawned: 'slow'");
    const run = await site.daemon('--replace');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(await started).toContain('<boolean>1</boolean>');
    isOver = true;
    await Promise.all(callers);
    expect(new Set([...pids, site.running().pid]).size).toBe(8);
    // Each of them has had one connection, which went from daemon to daemon.
    expect(clients.map(({ connections }) => connections.size)).toEqual(clients.map(() => 1));
    for (const client of [...clients, slow]) client.close();
  });

  it('refuses while a call does not end, which goes on', async (context) => {
    const site = await makeDaemonSite(
      context,
      `${SERVER}[program:slow]\n${SLEEP}startsecs=20\nautostart=false\n`,
    );
    await site.daemon();
    const first = site.running();
    const client = new Client(site);
    const started = client.call('supervisor.startProcess', 'slow');
    await site.waitForLog("spawned: 'slow'");
    const run = await site.daemon('--replace');
    expect(run.code).toBe(10);
    expect(run.stderr).toContain('calls are still under way: supervisor.startProcess');
    expect(isSame(site.running(), first)).toBe(true);
    expect(await started).toContain('<boolean>1</boolean>');
    client.close();
  });

  it('refuses what cannot be: no daemon, another configuration, other options', async (context) => {
    const site = await makeDaemonSite(context, `${SERVER}[program:p]\n${SLEEP}`);
    const none = await site.daemon('--replace');
    expect(none.code).toBe(7);
    expect(none.stderr).toContain('No daemon that can be replaced');
    await site.daemon();
    const [program] = await programPids(site, 1);
    const first = site.running();
    expect(await site.daemon('--replace', '-i', 'x')).toMatchObject({ code: 2 });

    site.rewrite(`${SERVER}[program:p]\n${SLEEP}startsecs=7\n`);
    const changed = await site.daemon('--replace');
    expect(changed.code).toBe(10);
    expect(changed.stderr).toContain('group p is another one in the configuration file by now');
    expect(isSame(site.running(), first)).toBe(true);
    expect(await programPids(site, 1)).toEqual([program]);
  });

  it('refuses a reloadctl that is none', async (context) => {
    const site = await makeDaemonSite(context, `${SERVER}${TICKER}`);
    await site.daemon();
    const first = site.running();
    const script = join(site.directory, 'none.cjs');
    writeFileSync(script, 'process.exit(3);\n');
    expect(await ask(site, script)).toEqual({ ok: false, reason: 'it ended with exit status 3' });
    writeFileSync(
      script,
      "process.send({ say: 'hello', protocol: 99 }); setInterval(() => 0, 999);",
    );
    expect(await ask(site, script)).toEqual({ ok: false, reason: 'it takes over by protocol 99' });
    writeFileSync(script, 'process.send({ say: "failed", message: "no disk\\u001b[2J" });');
    expect(await ask(site, script)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^no disk[^\u001b]*$/) as string,
    });
    expect(isSame(site.running(), first)).toBe(true);
    expect(site.programs().some(({ argv }) => argv.includes(script))).toBe(false);
    expectNoGap(site);
  });
});

describe.concurrent('when somebody is killed in the middle', () => {
  it.for<Sabotage>([
    { victim: 'new', at: 'hello' },
    { victim: 'new', at: 'ready' },
    { victim: 'new', at: 'go' },
    { victim: 'new', at: 'taken' },
  ])('the old daemon goes on: $victim at $at', async (sabotage, context) => {
    const site = await makeDaemonSite(context, `${SERVER}${TICKER}[program:p]\n${SLEEP}`);
    await site.daemon();
    const before = await programPids(site, 2);
    const first = site.running();
    const client = new Client(site);
    expect(await client.call('supervisor.getState')).toContain('RUNNING');
    const outcome = await ask(site, await writeSaboteur(site.directory, sabotage));
    expect(outcome).toEqual({ ok: false, reason: 'it ended with SIGKILL' });
    expect(isSame(site.running(), first)).toBe(true);
    expect(await client.call('supervisor.getState')).toContain('RUNNING');
    expect(await programPids(site, 2)).toEqual(before);
    const seen = ticks(site).length;
    await waitFor('more ticks', () => ticks(site).length > seen + 10 || undefined);
    expectNoGap(site);
    // Thawed: a crash is answered, and so is another request to be replaced.
    const [sleeper] = site.programs().filter(({ argv }) => argv.includes('69'));
    if (sleeper !== undefined) signalProcess(sleeper, 'SIGKILL');
    await site.waitForLog('exited: p (terminated by SIGKILL; not expected)');
    await programPids(site, 2);
    expect(await site.daemon('--replace')).toMatchObject({ code: 0, stderr: '' });
    client.close();
  });

  it.for<Sabotage>([
    { victim: 'old', at: 'hello' },
    { victim: 'old', at: 'ready' },
    { victim: 'old', at: 'go' },
    { victim: 'old', at: 'taken' },
  ])('the new daemon goes on: $victim at $at', async (sabotage, context) => {
    const site = await makeDaemonSite(context, `${SERVER}${TICKER}[program:p]\n${SLEEP}`);
    await site.daemon();
    const before = await programPids(site, 2);
    const first = site.running();
    const script = await writeSaboteur(site.directory, sabotage);
    await ask(site, script);
    await site.waitForEnd(first);
    const second = await waitFor('the new daemon', () => {
      const pid = Number(readFileSync(join(site.directory, 's.pid'), 'utf8'));
      return pid !== first.pid && pid > 0 ? pid : undefined;
    });
    const client = new Client(site);
    expect(await client.call('supervisor.getPID')).toContain(String(second));
    expect(await programPids(site, 2)).toEqual(before);
    const seen = ticks(site).length;
    await waitFor('more ticks', () => ticks(site).length > seen + 10 || undefined);
    client.close();
    signalProcess(site.running(), 'SIGTERM');
    await waitFor('nothing to run', () => site.programs().length === 0 || undefined);
  });

  it('the command tells who supervises, or that nobody does, whenever the old one is killed', async (context) => {
    const site = await makeDaemonSite(context, `${SERVER}[program:p]\n${SLEEP}`);
    await site.daemon();
    const before = await programPids(site, 1);
    const told: string[] = [];
    for (const delayMs of [0, 20, 60, 100, 150, 200, 250, 300, 400, 500, 700]) {
      const old = site.running();
      const replacing = site.daemon('--replace');
      const dueMs = performance.now() + delayMs;
      await waitFor('the moment', () => performance.now() >= dueMs || undefined, { everyMs: 5 });
      if (isAlive(old)) signalProcess(old, 'SIGKILL');
      await site.waitForEnd(old);
      const { code, stderr } = await replacing;
      const heir = site.everything().filter(({ argv }) => argv.includes('daemon'));
      const isSupervised = heir.some(({ pid }) => pid === Number(site.read('s.pid')));
      told.push(`${delayMs}: ${code} ${isSupervised ? 'supervised' : 'alone'}`);
      // 0: it was replaced; 7: it was dead before it was asked; 12: nobody came up.
      const isTrue = isSupervised ? code === 0 : code === 7 || code === 12;
      expect(isTrue, `${told.join(', ')}: ${stderr}`).toBe(true);
      expect(await programPids(site, 1)).toEqual(before);
      if (!isSupervised) expect(await site.daemon()).toMatchObject({ code: 0 });
    }
  });
});

describe.concurrent('a daemon in the foreground', () => {
  it('stays in front of the one that has taken over, passes signals on and ends with it', async (context) => {
    const site = await makeDaemonSite(context, `${SERVER}[program:p]\n${SLEEP}`);
    const ended = site.foreground();
    await site.waitForLog("spawned: 'p'");
    const first = site.running();
    const before = await programPids(site, 1);
    for (let round = 0; round < 2; round += 1) {
      const last = site.running();
      expect(await site.daemon('--replace')).toMatchObject({ code: 0, stderr: '' });
      expect(isSame(site.running(), last)).toBe(false);
    }
    const third = site.running();
    expect(isAlive(first)).toBe(true);
    expect(await programPids(site, 1)).toEqual(before);
    signalProcess(first, 'SIGHUP');
    await site.waitForLog('received SIGHUP indicating restart request');
    await waitFor('the program to be started again', async () => {
      const after = await programPids(site, 1);
      return after[0] !== before[0] || undefined;
    });
    signalProcess(first, 'SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
    await site.waitForEnd(third);
    expect(site.programs()).toEqual([]);
    expect(existsSync(join(site.directory, 's.pid'))).toBe(false);
  });
});

describe.concurrent('who is told to end while he hands over', () => {
  it.for<Sabotage>([
    { victim: 'old', at: 'hello', signal: 'SIGTERM' },
    { victim: 'old', at: 'ready', signal: 'SIGTERM' },
    // By then it has ended, which is not to be taken for a death.
    { victim: 'old', at: 'ready', signal: 'SIGTERM', delayMs: 2000 },
    { victim: 'old', at: 'go', signal: 'SIGTERM' },
    { victim: 'old', at: 'taken', signal: 'SIGTERM' },
    { victim: 'new', at: 'taken', signal: 'SIGTERM' },
  ])('$victim at $at, late by $delayMs: nothing is left', async (sabotage, context) => {
    const site = await makeDaemonSite(context, `${SERVER}[program:p]\n${SLEEP}`);
    await site.daemon();
    await programPids(site, 1);
    await ask(site, await writeSaboteur(site.directory, sabotage));
    await waitFor('all to end', () => site.everything().length === 0 || undefined, {
      observe: () => [site.everything().map(({ argv }) => argv.join(' ')), site.read('s.log')],
    });
    expect(existsSync(join(site.directory, 's.pid'))).toBe(false);
    expect(existsSync(join(site.directory, 's.pid.d'))).toBe(false);
  });
});
