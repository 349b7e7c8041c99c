/** The fields of /proc/PID/stat that are used (proc_pid_stat(5)), in the kernel's own units. */
export interface ProcStat {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  /** User and system time in clock ticks. */
  readonly cpuTicks: number;
  /** Clock ticks after boot. */
  readonly startTicks: number;
  readonly rssPages: number;
  /** PF_KTHREAD of the kernel (include/linux/sched.h). */
  readonly isKernel: boolean;
}

const PF_KTHREAD = 0x00200000;

/**
 * Reads /proc/PID/stat. The process chooses its name, which may hold blanks, brackets and line
 * feeds, so fields count from the last ')'. Undefined for any other text.
 */
export function parseProcStat(text: string): ProcStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 1 || close < open) return undefined;
  const pid = Number(text.slice(0, open));
  // Field 3 of the manual page is fields[0] here.
  const fields = text.slice(close + 2).split(' ', 22);
  const startTicks = Number(fields[19]);
  const state = fields[0];
  if (state?.length !== 1 || !Number.isInteger(pid) || !Number.isInteger(startTicks)) {
    return undefined;
  }
  return {
    pid,
    comm: text.slice(open + 1, close),
    state,
    ppid: Number(fields[1]),
    pgid: Number(fields[2]),
    sid: Number(fields[3]),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    startTicks,
    rssPages: Number(fields[21]),
    isKernel: (Number(fields[6]) & PF_KTHREAD) !== 0,
  };
}
