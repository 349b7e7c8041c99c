import { readFileSync } from 'node:fs';

/** When process `pid` started, in clock ticks after boot (field 22 of /proc/PID/stat, proc(5)); undefined when there is none. */
export function startTicksOf(pid: number): number | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.startTicks;
  } catch {
    return undefined; // Gone, or a system without /proc.
  }
}

/** The fields of one /proc/PID/stat line that the rig looks at. */
export interface Stat {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly startTicks: number;
}

/** Reads a /proc/PID/stat line; the command's name may hold spaces and brackets, so fields count from the last ')'. */
export function parseStat(line: string): Stat | undefined {
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
