import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { DaemonSettings } from '../config/program.ts';
import { readingError } from '../os/errno.ts';
import { helperEnvironment } from '../os/helper-path.ts';

interface Limit {
  /** In /proc/PID/limits (proc_pid_limits(5)). */
  readonly row: string;
  /** Of prlimit(1). */
  readonly option: string;
  readonly name: string;
  /** supervisord's words (supervisor/options.py, set_rlimits_or_exit). */
  readonly explain: (least: number, hard: number) => string;
}

const FILES: Limit = {
  row: 'Max open files',
  option: 'nofile',
  name: 'RLIMIT_NOFILE',
  explain: (least, hard) =>
    `The minimum number of file descriptors required to run this process is ${least} as per the "minfds" command-line argument or config file setting. The current environment will only allow you to open ${hard} file descriptors.  Either raise the number of usable file descriptors in your environment (see README.rst) or lower the minfds setting in the config file to allow the process to start.`,
};

const PROCESSES: Limit = {
  row: 'Max processes',
  option: 'nproc',
  name: 'RLIMIT_NPROC',
  explain: (least, hard) =>
    `The minimum number of available processes required to run this program is ${least} as per the "minprocs" command-line argument or config file setting. The current environment will only allow you to open ${hard} processes.  Either raise the number of usable processes in your environment (see README.rst) or lower the minprocs setting in the config file to allow the program to start.`,
};

/**
 * Raises the soft limits of descriptors and processes to minfds and minprocs where they are lower, the hard ones too if we may. Node has no
 * setrlimit(2): prlimit(1) of util-linux does it to us. Node itself raises the soft limit of descriptors to the hard one when it starts. Returns what was
 * done, for the log; throws 'refused' when it cannot be done.
 */
export function raiseLimits({
  minfds,
  minprocs,
}: Pick<DaemonSettings, 'minfds' | 'minprocs'>): readonly string[] {
  const text = readLimits();
  // Without /proc nobody knows the limits, nor is there a prlimit(1).
  if (text === undefined) return [];
  return [raise(FILES, minfds, text), raise(PROCESSES, minprocs, text)].filter(
    (done) => done !== undefined,
  );
}

function raise(limit: Limit, least: number, text: string): string | undefined {
  const [, soft = '', hard = ''] =
    new RegExp(`^${limit.row} +(\\w+) +(\\w+)`, 'm').exec(text) ?? [];
  if (soft === '' || numberOf(soft) >= least) return undefined;
  const newHard = numberOf(hard) < least ? String(least) : hard;
  try {
    const request = `--${limit.option}=${least}:${newHard}`;
    execFileSync('prlimit', ['--pid', String(process.pid), request], {
      stdio: 'pipe',
      env: helperEnvironment(),
    });
  } catch (error) {
    throw new ReloadctlError(limit.explain(least, numberOf(hard)), {
      code: 'refused',
      exitCode: EXIT.usage,
      hint: 'It is raised with prlimit of util-linux, which has to be there and allowed to do it.',
      cause: error,
    });
  }
  return `Increased ${limit.name} limit to ${least}`;
}

function readLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch (error) {
    readingError(error); // Throws what is no system error.
    return undefined;
  }
}

function numberOf(text: string): number {
  return text === 'unlimited' ? Infinity : Number(text);
}
