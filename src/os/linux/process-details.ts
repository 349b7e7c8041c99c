import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { errnoOf } from '../errno.ts';
import { toFileStat } from '../files.ts';
import type { FileStat, OpenFile, ProcId, Reading, SignalDisposition } from '../proc.ts';
import { parseSignalMask } from '../signals.ts';
import { readGuarded } from './read-guarded.ts';

/** The signals that a process catches, ignores and blocks (main thread), from /proc/PID/status. */
export function readSignals(id: ProcId): Promise<Reading<SignalDisposition>> {
  return readGuarded(id, async () =>
    parseDisposition(await readFile(`/proc/${id.pid}/status`, 'utf8')),
  );
}

/** The command line as it is now: a process may have overwritten it. Empty for a kernel thread. */
export function readArgv(id: ProcId): Promise<Reading<readonly string[]>> {
  return readGuarded(id, async () =>
    splitStrings(await readFile(`/proc/${id.pid}/cmdline`, 'utf8')),
  );
}

/** The environment that the process was started with. Holds secrets. */
export function readEnvironment(id: ProcId): Promise<Reading<Readonly<Record<string, string>>>> {
  return readGuarded(id, async () =>
    parseEnvironment(await readFile(`/proc/${id.pid}/environ`, 'utf8')),
  );
}

/** The working directory; ' (deleted)' is appended by the kernel when it is. */
export function readCwd(id: ProcId): Promise<Reading<string>> {
  return readGuarded(id, () => readlinkSync(`/proc/${id.pid}/cwd`));
}

/** The executable; ' (deleted)' is appended by the kernel when it was replaced. */
export function readExecutable(id: ProcId): Promise<Reading<string>> {
  return readGuarded(id, () => readlinkSync(`/proc/${id.pid}/exe`));
}

/** The open files. Synchronous, since there may be thousands and these links never touch a disk. */
export function readOpenFiles(id: ProcId): Promise<Reading<readonly OpenFile[]>> {
  return readGuarded(id, () => {
    const directory = `/proc/${id.pid}/fd`;
    return readdirSync(directory).flatMap((fd) => {
      const target = readLinkIfThere(`${directory}/${fd}`);
      return target === undefined ? [] : [{ fd: Number(fd), target }];
    });
  });
}

/** stat(2) of the open file itself, even a nameless one. 'gone' also when it was closed. */
export function readOpenFileStat(id: ProcId, fd: number): Promise<Reading<FileStat>> {
  return readGuarded(id, async () => toFileStat(await stat(`/proc/${id.pid}/fd/${fd}`)), 'gone');
}

/** What its epoll instances wait for: the `tfd` lines of /proc/PID/fdinfo (proc_pid_fdinfo(5)). */
export function readPolledFiles(id: ProcId): Promise<Reading<readonly number[]>> {
  return readGuarded(id, () => {
    const epolls = readdirSync(`/proc/${id.pid}/fd`).filter(
      (fd) => readLinkIfThere(`/proc/${id.pid}/fd/${fd}`) === 'anon_inode:[eventpoll]',
    );
    return epolls.flatMap((fd) => {
      const info = readIfThere(`/proc/${id.pid}/fdinfo/${fd}`);
      return [...info.matchAll(/^tfd:\s*(\d+)/gm)].map(([, polled]) => Number(polled));
    });
  });
}

/** The three masks in the text of /proc/PID/status (proc_pid_status(5)). */
export function parseDisposition(status: string): SignalDisposition {
  const maskOf = (field: string): string =>
    new RegExp(`^${field}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0';
  return {
    caught: parseSignalMask(maskOf('SigCgt')),
    ignored: parseSignalMask(maskOf('SigIgn')),
    blocked: parseSignalMask(maskOf('SigBlk')),
  };
}

/** Splits text of strings that each end in NUL. */
export function splitStrings(text: string): readonly string[] {
  if (text === '') return [];
  return (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
}

/** Reads NUL-ended KEY=value strings. The first of several equal names counts, as for getenv(3). */
export function parseEnvironment(text: string): Readonly<Record<string, string>> {
  const variables = new Map<string, string>();
  for (const entry of splitStrings(text)) {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, equals);
    if (equals > 0 && !variables.has(name)) variables.set(name, entry.slice(equals + 1));
  }
  return Object.fromEntries(variables);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ''; // Closed since the directory was read.
    throw error;
  }
}

function readLinkIfThere(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined; // Closed since the directory was read.
    throw error;
  }
}
