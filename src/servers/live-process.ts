import { basename } from 'node:path';
import type { Os } from '../os/os.ts';
import { hasEnded, type Proc } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';

/** What is known of one live process, for the functions of a server type. */
export interface LiveProcess {
  readonly proc: Proc;
  /** The file that it runs, links resolved, without the kernel's ' (deleted)'; undefined where it may not be read. */
  readonly exe: string | undefined;
  /** Empty where it may not be read. Servers that set their title leave it there as one word. */
  readonly argv: readonly string[];
  /** undefined where it may not be read. */
  readonly caught: ReadonlySet<SignalName> | undefined;
}

/** A master with what a server type may ask of it. */
export interface LiveServer extends LiveProcess {
  /** Its living children, oldest first. */
  readonly children: readonly LiveProcess[];
  /** undefined where it may not be read. */
  readonly cwd: string | undefined;
  /** What the supervisor starts, as words; empty where there is none, or nobody has looked. For servers whose title hides how they were started. */
  readonly command: readonly string[];
  /** As {@link ServerType.version} tells it; undefined where nobody has asked, or nobody knows. */
  readonly version: string | undefined;
  /** As {@link ServerType.settings} tells them, all values of each; empty where nobody has asked, or nobody knows. */
  readonly settings: ReadonlyMap<string, readonly string[]>;
}

/** Reads what the kernel says of a process. */
export async function readLiveProcess(os: Os, proc: Proc): Promise<LiveProcess> {
  const [exe, argv, signals] = await Promise.all([
    os.executable(proc),
    os.argv(proc),
    os.signals(proc),
  ]);
  return {
    proc,
    exe: exe.ok ? exe.value.replace(/ \(deleted\)$/, '') : undefined,
    argv: argv.ok ? argv.value : [],
    caught: signals.ok ? signals.value.caught : undefined,
  };
}

/** Reads a process as a server, without what the server itself would have to be asked for. */
export async function readLiveServer(
  os: Os,
  proc: Proc,
  all: readonly Proc[],
): Promise<LiveServer> {
  const [own, cwd, children] = await Promise.all([
    readLiveProcess(os, proc),
    os.cwd(proc),
    Promise.all(listChildren(all, proc).map((child) => readLiveProcess(os, child))),
  ]);
  return {
    ...own,
    cwd: cwd.ok ? cwd.value : undefined,
    children,
    command: [],
    version: undefined,
    settings: new Map(),
  };
}

/** The living children of a process, oldest first. */
export function listChildren(all: readonly Proc[], parent: Proc): readonly Proc[] {
  return all
    .filter((proc) => proc.ppid === parent.pid && !hasEnded(proc))
    .toSorted((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
}

/** Whether a process catches all of these; true where that may not be seen. */
export function catches(
  { caught }: Pick<LiveProcess, 'caught'>,
  signals: readonly SignalName[],
): boolean {
  return caught === undefined || signals.every((signal) => caught.has(signal));
}

/** The name of the file that a process runs; of argv[0], up to a title's first space or colon, where that may not be read. */
export function binaryName({ exe, argv }: Pick<LiveProcess, 'exe' | 'argv'>): string {
  return basename(exe ?? (argv[0] ?? '').split(/[\s:]/u)[0] ?? '');
}
