import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FoundPython } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { readPssKib } from '../pss.ts';
import { startSupervised, type Supervised, type SupervisorName } from './supervised.ts';

/** What is measured of each supervisor. */
export interface SupervisorPlan {
  /** How many small programs it has. */
  readonly programs: number;
  /** How many of them are restarted one after the other. */
  readonly restarts: number;
  readonly statusRounds: number;
  readonly crashes: number;
  readonly idleMs: number;
  /** What one program writes to its log. */
  readonly logMib: number;
}

/** What it came to. Times in milliseconds. */
export interface SupervisorRun {
  readonly name: SupervisorName;
  readonly plan: SupervisorPlan;
  /** From its start until every program is RUNNING. */
  readonly startMs: number;
  /** supervisorctl status, ascending. */
  readonly statusMs: readonly number[];
  /** supervisorctl restart of some, one after the other. */
  readonly restartMs: number;
  /** supervisorctl stop all. */
  readonly stopMs: number;
  readonly idlePssKib: number;
  /** Of one processor, 0 to 1. */
  readonly idleCpu: number;
  /** From the KILL of a program to its next process, ascending. */
  readonly respawnMs: readonly number[];
  readonly logMibPerSecond: number;
}

/** Clock ticks a second of /proc/PID/stat (sysconf(3), _SC_CLK_TCK; the same on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;

/** Measures one supervisor on programs that only sleep, and on one that only writes. */
export async function measureSupervisor(
  name: SupervisorName,
  plan: SupervisorPlan,
  python: FoundPython,
  signal: AbortSignal,
): Promise<SupervisorRun> {
  const small = [
    '[program:small]',
    'command=/bin/sleep 86400',
    'process_name=%(program_name)s_%(process_num)03d',
    `numprocs=${plan.programs}`,
    'startsecs=0',
    'stdout_logfile=NONE',
    'stderr_logfile=NONE',
    'autorestart=true',
  ].join('\n');
  const began = performance.now();
  const supervised = await startSupervised(name, python, small);
  try {
    await supervised.until('RUNNING');
    const startMs = performance.now() - began;
    signal.throwIfAborted();
    const statusMs: number[] = [];
    for (let round = -1; round < plan.statusRounds; round += 1) {
      const { elapsedMs } = await supervised.supervisorctl('status');
      if (round >= 0) statusMs.push(elapsedMs);
    }
    const idle = await measureIdle(supervised, plan.idleMs);
    signal.throwIfAborted();
    const respawnMs: number[] = [];
    for (let round = 0; round < plan.crashes; round += 1) {
      respawnMs.push(await measureRespawn(supervised, round));
    }
    signal.throwIfAborted();
    const names = (await supervised.states()).slice(0, plan.restarts);
    const restarted = await supervised.supervisorctl(
      'restart',
      ...names.map((each) => `${each.group}:${each.name}`),
    );
    signal.throwIfAborted();
    const stopped = await supervised.supervisorctl('stop', 'all');
    return {
      name,
      plan,
      startMs,
      statusMs: statusMs.toSorted((a, b) => a - b),
      restartMs: restarted.elapsedMs,
      stopMs: stopped.elapsedMs,
      ...idle,
      respawnMs: respawnMs.toSorted((a, b) => a - b),
      logMibPerSecond: await measureLog(name, plan, python),
    };
  } finally {
    await supervised.end();
  }
}

async function measureIdle(
  { pid }: Supervised,
  ms: number,
): Promise<Pick<SupervisorRun, 'idlePssKib' | 'idleCpu'>> {
  const before = cpuSeconds(pid);
  const began = performance.now();
  await sleep(ms);
  const idleCpu = ((cpuSeconds(pid) - before) * 1000) / (performance.now() - began);
  return { idlePssKib: readPssKib(pid), idleCpu };
}

/** User and system time that a process has used (proc(5), fields 14 and 15 of stat). */
function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Seen in the kernel's list of the supervisor's children, so that no question slows it down. */
async function measureRespawn(supervised: Supervised, round: number): Promise<number> {
  const all = await supervised.states();
  const victim = all[round % all.length];
  if (victim === undefined || victim.pid === 0) throw new Error('nothing runs');
  const before = new Set(childPids(supervised.pid));
  const began = performance.now();
  process.kill(victim.pid, 'SIGKILL');
  await waitFor(
    'another process',
    () => (childPids(supervised.pid).some((pid) => !before.has(pid)) ? true : undefined),
    { everyMs: 1 },
  );
  const elapsedMs = performance.now() - began;
  await supervised.until('RUNNING');
  return elapsedMs;
}

function childPids(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

async function measureLog(
  name: SupervisorName,
  { logMib }: SupervisorPlan,
  python: FoundPython,
): Promise<number> {
  const writer = [
    '[program:writer]',
    `command=/bin/dd if=/dev/zero bs=64k count=${logMib * 16} status=none`,
    'autostart=false',
    'autorestart=false',
    'startsecs=0',
    'stdout_logfile=%(here)s/writer.log',
    'stdout_logfile_maxbytes=0',
    'stderr_logfile=NONE',
  ].join('\n');
  const supervised = await startSupervised(name, python, writer);
  const log = join(supervised.directory, 'writer.log');
  try {
    await supervised.until('STOPPED');
    await supervised.supervisorctl('start', 'writer');
    const began = performance.now();
    await waitFor(
      'all of it to be in the log',
      () => (statSync(log).size >= logMib * 2 ** 20 ? true : undefined),
      { ceilingMs: 120_000, everyMs: 5 },
    );
    return logMib / ((performance.now() - began) / 1000);
  } finally {
    await supervised.end();
  }
}
