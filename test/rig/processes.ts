import { constants } from 'node:os';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { waitFor } from './wait-for.ts';

/** Which process exactly: a pid can be given to another process, a pid with its start cannot. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks after boot (field 22 of /proc/PID/stat, proc(5)). */
  readonly startTicks: number;
}

/** One process, as /proc/PID/stat and /proc/PID/cmdline say. */
export interface Process extends ProcessId {
  readonly comm: string;
  /** One letter of proc(5); 'Z' has ended and waits to be reaped. */
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly argv: readonly string[];
}

/** Every process of this machine that has not ended. The rig reads /proc itself so that it does not trust what it tests. */
export function listProcesses(): readonly Process[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => readProcess(Number(entry)))
    .filter((found) => found !== undefined);
}

/** Process `pid`, or undefined when there is none or it has ended (zombies are not returned). */
export function readProcess(pid: number): Process | undefined {
  const stat = parseStat(readProcFile(pid, 'stat') ?? '');
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
  return { ...stat, argv: (readProcFile(pid, 'cmdline') ?? '').split('\0').slice(0, -1) };
}

/** When process `pid` started, in clock ticks after boot; undefined when there is none, or no /proc. */
export function startTicksOf(pid: number): number | undefined {
  return parseStat(readProcFile(pid, 'stat') ?? '')?.startTicks;
}

/** Whether exactly this process still runs. */
export function isAlive(id: ProcessId): boolean {
  return readProcess(id.pid)?.startTicks === id.startTicks;
}

/** The children of `pid` in `among`. */
export function childrenOf(pid: number, among = listProcesses()): readonly Process[] {
  return among.filter((each) => each.ppid === pid);
}

/** The children of `pid`, theirs, and so on, in `among`. */
export function descendantsOf(pid: number, among = listProcesses()): readonly Process[] {
  return childrenOf(pid, among).flatMap((child) => [child, ...descendantsOf(child.pid, among)]);
}

/** The processes whose environment at exec time holds `NAME=value`; those of other users are left out unless we are root. */
export function processesWithEnvironment(
  name: string,
  value: string,
  among = listProcesses(),
): readonly Process[] {
  return among.filter((each) => environmentOf(each.pid)?.get(name) === value);
}

/** The environment of `pid` at exec time, or undefined when it may not be read. */
export function environmentOf(pid: number): ReadonlyMap<string, string> | undefined {
  const text = readProcFile(pid, 'environ');
  if (text === undefined) return undefined;
  return new Map(
    text
      .split('\0')
      .filter((entry) => entry.includes('='))
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

/** Whether `pid` has installed a handler for `signal` (SigCgt in /proc/PID/status). */
export function catchesSignal(pid: number, signal: NodeJS.Signals): boolean {
  const number = constants.signals[signal];
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readProcFile(pid, 'status') ?? '')?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(number - 1)) & 1n) === 1n;
}

/** What the open files of `pid` are called; empty when they may not be read. */
export function openFilesOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return ''; // Closed while we looked.
      }
    });
  } catch {
    return []; // Gone, or another user's.
  }
}

/** Sends `signal` to exactly this process; false when it has ended. */
export function signalProcess(id: ProcessId, signal: NodeJS.Signals): boolean {
  if (!isAlive(id)) return false;
  try {
    return process.kill(id.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Ends exactly these processes: TERM, after `graceMs` KILL. Resolves with those that had to be KILLed; throws if one survives that. */
export async function endProcesses(
  ids: readonly ProcessId[],
  graceMs = 2000,
): Promise<readonly ProcessId[]> {
  for (const id of ids) signalProcess(id, 'SIGTERM');
  const giveUpAt = performance.now() + graceMs;
  await waitFor(
    'processes to end after TERM',
    () => (!ids.some(isAlive) || performance.now() > giveUpAt ? true : undefined),
    { ceilingMs: graceMs + 1000 },
  );
  const stubborn = ids.filter(isAlive);
  for (const id of stubborn) signalProcess(id, 'SIGKILL');
  await waitFor(
    'processes to end after KILL',
    () => stubborn.every((id) => !isAlive(id)) || undefined,
    { observe: () => stubborn.filter(isAlive).map(({ pid }) => `pid ${pid}`) },
  );
  return stubborn;
}

/** The fields of a /proc/PID/stat line that the rig looks at; the name may hold spaces and brackets, so they count from the last ')'. */
export function parseStat(line: string): Omit<Process, 'argv'> | undefined {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const rest = line.slice(close + 2).split(' ');
  return {
    pid: Number(line.slice(0, open)),
    comm: line.slice(open + 1, close),
    state: rest[0] ?? '?',
    ppid: Number(rest[1]),
    pgid: Number(rest[2]),
    sid: Number(rest[3]),
    startTicks: Number(rest[19]),
  };
}

function readProcFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined; // Gone, another user's, or a system without /proc.
  }
}
