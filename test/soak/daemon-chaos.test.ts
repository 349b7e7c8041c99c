import { randomInt } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSupervisor } from '../../src/rpc/client.ts';
import { askOverlap, holdSockets, stopSuccessor } from '../../src/rpc/overlap.ts';
import type { ProcessInfo, Supervisor } from '../../src/rpc/supervisor.ts';
import { isAlive, openFilesOf, signalProcess } from '../rig/processes.ts';
import { pythonForTests } from '../rig/python.ts';
import { waitFor } from '../rig/wait-for.ts';
import { ChaosClient, type ChaosCounts, createRandom, residentMib, statesOf } from './chaos.ts';
import { childrenByState } from '../integration/daemon/support/children-by-state.ts';
import { makeDaemonSite } from '../integration/daemon/support/daemon-site.ts';

const NO_LOGS = 'stdout_logfile=NONE\nstderr_logfile=NONE\n';
const QUICK = 'startsecs=0\nstopwaitsecs=1\nstopasgroup=true\n';
const PROGRAMS: Readonly<Record<string, string>> = {
  sleeper: `command=/bin/sleep 71\n`,
  reader: `command=/bin/cat\n`,
  talker: `command=/bin/sh -c "while :; do echo line; sleep 0.01; done"\nstdout_logfile=%DIR%/talker.log\n`,
  deaf: `command=/bin/sh -c "trap '' TERM; while :; do sleep 0.05; done"\n`,
  failing: `command=/bin/sh -c "exit 1"\nautorestart=false\n`,
  brief: `command=/bin/sleep 0.05\nautorestart=true\n`,
  missing: `command=/nonexistent/x\n`,
  held: `command=/bin/sleep 73\n`,
  heldtoo: `command=/bin/cat\n`,
};
const SMALL = Object.keys(PROGRAMS);
/** Those that run for as long as nobody ends them. */
const LASTING = ['sleeper', 'reader', 'talker', 'deaf', 'held', 'heldtoo'];
const HELD = ['reader', 'talker', 'held', 'heldtoo'];
/** Those that can be replaced are taken twice as often. */
const OFTEN = [...SMALL, ...HELD];
const IDLE: readonly string[] = ['STOPPED', 'EXITED', 'FATAL'];

const SERVERS = ['web', 'webtoo'];
const APP = `def app(environ, start_response):
    start_response('200 OK', [('Content-Length', '2')])
    return [b'ok']
`;

const CLIENTS = 6;
const STEPS = 200;

/** As `RELOADCTL_TEST_SEED=…` says; else another one each time, which a failure shows. */
const seed = Number(process.env.RELOADCTL_TEST_SEED ?? randomInt(1_000_000));

const python = await pythonForTests('newest');
const servers = python === undefined ? [] : SERVERS;

function configuration(): string {
  const server = (name: string): string =>
    `[program:${name}]\ndirectory=%DIR%\ncommand=${python?.bin.gunicorn ?? ''} -b unix:%DIR%/${name}.sock -p %DIR%/${name}.pid -w 1 -t 300 --graceful-timeout 2 app:app\n${QUICK}${NO_LOGS}`;
  return [
    '[unix_http_server]\nfile=%DIR%/s.sock\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n',
    ...SMALL.map((name) => `[program:${name}]\n${NO_LOGS}${PROGRAMS[name]}${QUICK}`),
    ...HELD.map((name) => `[reloadctl:${name}]\nsocket = unix:%DIR%/${name}.sock\n`),
    ...servers.map(server),
  ].join('');
}

/** Starts what lasts, waits until it runs, and stops it: whatever is opened once is open then. */
async function startAndStop(supervisor: Supervisor): Promise<void> {
  const names = [...SMALL, ...servers];
  for (const name of names) await supervisor.startProcess(name, false);
  const lasting = [...LASTING, ...servers];
  await waitForStates(supervisor, 'what lasts to run', (infos) =>
    lasting.every((name) => infos.some((info) => info.name === name && info.state === 'RUNNING')),
  );
  await supervisor.stopAllProcesses(true, { timeoutMs: 60_000 });
  await waitForStates(supervisor, 'everything to be stopped', (infos) =>
    infos.every(({ state }) => IDLE.includes(state)),
  );
}

async function waitForStates(
  supervisor: Supervisor,
  what: string,
  accept: (infos: readonly ProcessInfo[]) => boolean,
): Promise<void> {
  let infos: readonly ProcessInfo[] = [];
  await waitFor(
    what,
    async () => {
      infos = await statesOf(supervisor);
      return accept(infos) || undefined;
    },
    { ceilingMs: 30_000, observe: () => infos.map(({ name, state }) => `${name} ${state}`) },
  );
}

/** How many files of each kind a process has open; connections of clients come and go. */
function filesByKind(pid: number): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const target of openFilesOf(pid)) {
    const kind = target.replace(/:\[.*/, '').replace(/^.*\.pid\.d\/.*/, 'pipe of a program');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort());
}

describe('a day in a minute', () => {
  const title = `${CLIENTS * STEPS} crashes, stops, starts and reloads by ${CLIENTS} clients at once leave states that agree with the processes, no zombie, no orphan, no open file`;
  it(title, async (context) => {
    const site = await makeDaemonSite(context, configuration());
    let log = '';
    // Before the site and with it the log goes.
    context.onTestFinished(() => {
      log = site.read('s.log');
    });
    context.onTestFailed(() => {
      console.error(`RELOADCTL_TEST_SEED=${seed}\n${log.slice(-20_000)}`);
    });
    writeFileSync(join(site.directory, 'app.py'), APP);
    expect(await site.daemon()).toMatchObject({ code: 0, stderr: '' });
    const daemon = site.running();
    const socketPath = join(site.directory, 's.sock');
    const supervisor = createSupervisor({ url: `unix://${socketPath}` });
    await startAndStop(supervisor);
    const filesBefore = filesByKind(daemon.pid);
    const mibBefore = residentMib(daemon.pid);

    const done: ChaosCounts = new Map();
    const clients = Array.from(
      { length: CLIENTS },
      (_, n) => new ChaosClient(socketPath, seed + n, done),
    );
    const beganAt = performance.now();
    await Promise.all(clients.map((client) => client.run(STEPS, OFTEN, servers)));
    for (const client of clients) client.close();
    const tookS = (performance.now() - beganAt) / 1000;
    expect(isAlive(daemon)).toBe(true);

    // What is still under way comes to its end; what never comes to rest is stopped.
    for (const name of ['brief', 'missing']) await supervisor.stopProcess(name, true);
    for (const name of [...SMALL, ...servers]) {
      await holdSockets(supervisor, name, 0);
      await stopSuccessor(supervisor, name);
    }
    let seen: unknown;
    await waitFor(
      'the processes of the daemon to be those that it tells of, once each',
      async () => {
        const beside: unknown[] = [];
        for (const name of [...SMALL, ...servers]) {
          const overlap = await askOverlap(supervisor, name);
          if (!overlap.ok || overlap.value === undefined) throw new Error(JSON.stringify(overlap));
          const { successor, retiring } = overlap.value;
          if (successor !== 0 || retiring.length > 0) beside.push({ name, successor, retiring });
        }
        const infos = await statesOf(supervisor);
        beside.push(...infos.filter(({ state }) => state === 'STOPPING'));
        const told = infos.flatMap(({ pid }) => (pid === 0 ? [] : [pid]));
        // Whatever else there is belongs to one of them: idle orphans of gunicorn would stay for minutes (-t 300).
        beside.push(...site.programs().filter(({ pgid }) => !told.includes(pgid)));
        const { alive, zombies } = childrenByState(daemon.pid);
        seen = { told, alive, zombies, beside };
        const isSame = [...told].sort().join() === [...alive].sort().join();
        return (isSame && zombies.length === 0 && beside.length === 0) || undefined;
      },
      { ceilingMs: 30_000, observe: () => seen },
    );
    await startAndStop(supervisor);
    expect(site.programs().map(({ pid, argv }) => `${pid} ${argv.join(' ')}`)).toEqual([]);
    expect(childrenByState(daemon.pid)).toEqual({ alive: [], zombies: [] });
    const own = readdirSync(site.directory).filter(
      (name) => /\.sock|^web/.test(name) && name !== 's.sock',
    );
    expect(own, 'sockets and pid files of what is stopped').toEqual([]);
    await waitFor(
      `as many open files as before: ${JSON.stringify(filesBefore)}`,
      () => JSON.stringify(filesByKind(daemon.pid)) === JSON.stringify(filesBefore) || undefined,
      { observe: () => filesByKind(daemon.pid), ceilingMs: 20_000 },
    );
    const mibAfter = residentMib(daemon.pid);
    expect(mibAfter - mibBefore, 'MiB more than before').toBeLessThan(100);
    const told = [...done].map(([what, { asked, agreed }]) => `${what} ${agreed} of ${asked}`);
    await context.annotate(
      `seed ${seed}, ${tookS.toFixed(1)} s, memory ${mibBefore.toFixed(0)} → ${mibAfter.toFixed(0)} MiB; agreed: ${told.join(', ')}`,
    );
    signalProcess(daemon, 'SIGTERM');
    await site.waitForEnd(daemon);
    expect(site.programs()).toEqual([]);
  });
});

describe('a daemon that is killed again and again', () => {
  it('never has a rival of a program that runs', async (context) => {
    const names = Array.from({ length: 12 }, (_, index) => `p${index}`);
    const site = await makeDaemonSite(
      context,
      names.map((name) => `[program:${name}]\ncommand=/bin/sleep 72\n${NO_LOGS}`).join(''),
    );
    const random = createRandom(7);
    for (let round = 0; round < 6; round += 1) {
      const started = site.daemon();
      // Some rounds kill in the middle of the start.
      const daemon = await waitFor(
        'a daemon',
        () => {
          const found = site.running();
          return isAlive(found) ? found : undefined;
        },
        { everyMs: 2 },
      );
      await sleep(random(150));
      signalProcess(daemon, 'SIGKILL');
      await site.waitForEnd(daemon);
      await started;
    }
    expect(await site.daemon()).toMatchObject({ code: 0 });
    await waitFor(
      'every program to run once',
      () => site.programs().length === names.length || undefined,
      { observe: () => site.programs().map(({ pid }) => pid) },
    );
    const daemon = site.running();
    site.signal('SIGTERM');
    await site.waitForEnd(daemon);
    expect(site.programs()).toEqual([]);
  });
});
