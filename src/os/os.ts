import type { CredentialsReading, Credentials, Rights } from './credentials.ts';
import type { Files } from './files.ts';
import type { PathWriters } from './path-writers.ts';
import type {
  FileStat,
  OpenFile,
  Pid,
  Proc,
  ProcId,
  Reading,
  SignalDisposition,
  SignalOutcome,
} from './proc.ts';
import type { SignalName } from './signals.ts';
import type { UserEntry } from './user-database.ts';

/** A command to run to its end, with its output kept. */
export interface CommandRequest {
  /** argv[0] is the file to execute; no shell is involved. */
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * With whose rights; for others than ours one has to be root. Directory and environment are taken only by the user: nothing that
   * somebody else chose is in force while we are still root.
   */
  readonly rights: Rights;
  readonly umask?: number | undefined;
  /** After so long the process group is TERMed, and KILLed a second later. */
  readonly timeoutMs: number;
  /** Bytes kept of stdout and of stderr each: the last ones. */
  readonly maxOutputBytes: number;
  readonly abort?: AbortSignal | undefined;
  /**
   * Called as soon as the process runs. `stop` TERMs the process group (KILL later) and is how a command that never
   * ends by itself is ended.
   */
  readonly onStart?:
    ((started: { readonly id: ProcId; readonly stop: () => void }) => void) | undefined;
  /** A listening unix socket that is made at this path, mode 0600, and handed over as fd 3 with LISTEN_FDS=1 and LISTEN_PID (sd_listen_fds(3)). */
  readonly listenOn?: string | undefined;
  /** TERM the command when we die, however that happens; only where setpriv(1) knows how (util-linux 2.33). */
  readonly endsWithUs?: boolean | undefined;
}

/** How a command ended. */
export interface CommandResult {
  readonly end: 'exit' | 'signal' | 'timeout' | 'aborted' | 'stopped' | 'not-started';
  /** With end 'exit'. */
  readonly code: number | undefined;
  readonly signal: SignalName | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** With end 'not-started': the reason, such as "ENOENT: no such file". */
  readonly error: string | undefined;
  readonly elapsedMs: number;
}

/** A listening socket of this machine (TCP of both families, unix). */
export interface Listener {
  /** '127.0.0.1:8000', '[::]:80' or 'unix:/run/app.sock'. */
  readonly address: string;
  readonly inode: number;
  /** Who made it; only of TCP. */
  readonly uid?: number;
}

/** What an HTTP GET saw. */
export type HttpProbe =
  | { readonly ok: true; readonly status: number; readonly body: string }
  | { readonly ok: false; readonly error: string };

/** What came of {@link Os.tell}; the answer of a FIFO is ''. */
export type ChannelAnswer =
  { readonly ok: true; readonly answer: string } | { readonly ok: false; readonly error: string };

/** A lock held by this process until `release`; when the process has died, nobody is kept out any more. */
export interface HeldLock {
  release(): Promise<void>;
}

/** Where a supervisor is asked. */
export type SupervisorAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'inet'; readonly host: string; readonly port: number };

/** Who may be answering at an address, by the kernel's account. */
export type Answerers =
  /** Processes of these users, of this machine; 'anybody' where anybody can put a socket there. */
  | {
      readonly where: 'here';
      readonly uids: ReadonlySet<number> | 'anybody';
      /** Whether the process that was asked about has the listening socket; undefined where that cannot be seen. */
      readonly holds: boolean | undefined;
    }
  /** Somebody whose pids mean nothing here. */
  | { readonly where: 'elsewhere' };

/** Who holds a lock, as far as the kernel tells. */
export interface LockHolder {
  /** Undefined where it is a process of another pid namespace. */
  readonly pid: number | undefined;
  readonly uid: number | undefined;
  readonly user: string | undefined;
  /** 'reloadctl', or the name of the file that the process runs, where it is no reloadctl of ours or root's. */
  readonly program: string | undefined;
  /** What the holder says that it is doing, 'reload usercenter'; already bounded and free of control characters. */
  readonly purpose: string | undefined;
  readonly sinceEpochMs: number | undefined;
}

/** The outcome of {@link Os.tryLock}. */
export type LockAttempt =
  /** `beside`: ordinary users who have a lock of that name too, which keeps us not out. */
  | {
      readonly ok: true;
      readonly lock: HeldLock;
      readonly beside: readonly LockHolder[];
    }
  | { readonly ok: false; readonly holder: LockHolder };

/**
 * Everything that is asked of the operating system by policy and strategies. One object implements it for Linux, one in a
 * reduced way for other systems, and one in tests is a fake kernel with a virtual clock.
 */
export interface Os {
  /** 'linux': everything below is exact. 'reduced': no /proc; readings answer 'unsupported'. */
  readonly kind: 'linux' | 'reduced';
  readonly me: {
    readonly pid: Pid;
    readonly uid: number;
    readonly gid: number;
  };

  /** Monotonic milliseconds. */
  now(): number;
  /** Milliseconds since the epoch. */
  wallClock(): number;
  /** Resolves after `ms`; rejects with the reason of `abort` when that comes first. */
  sleep(ms: number, abort?: AbortSignal): Promise<void>;

  /** Every process of this machine (of this pid namespace). */
  processes(): Promise<readonly Proc[]>;
  /** One process, or undefined when no such pid exists. A zombie is returned with state 'Z'. */
  process(pid: number): Promise<Proc | undefined>;
  /** When the process started, milliseconds since the epoch (from start ticks and boot time; about 10 ms fine). */
  startedAt(id: ProcId): Promise<number>;
  signals(id: ProcId): Promise<Reading<SignalDisposition>>;
  argv(id: ProcId): Promise<Reading<readonly string[]>>;
  /** The environment at exec time. Holds secrets: never print, plan or record a value of it. */
  environment(id: ProcId): Promise<Reading<Readonly<Record<string, string>>>>;
  cwd(id: ProcId): Promise<Reading<string>>;
  /** With whose rights the process runs. Where that cannot be told it is asked for nothing and acted for in nothing. */
  credentials(id: ProcId): Promise<CredentialsReading>;
  /** The executable, symlinks resolved; ' (deleted)' stays when the file was replaced. */
  executable(id: ProcId): Promise<Reading<string>>;
  openFiles(id: ProcId): Promise<Reading<readonly OpenFile[]>>;
  /** stat(2) of open file `fd` of the process, also when it has no name any more. */
  openFileStat(id: ProcId, fd: number): Promise<Reading<FileStat>>;
  /** The descriptors that the process waits for by epoll(7). */
  polledFiles(id: ProcId): Promise<Reading<readonly number[]>>;
  /** Memory that only this process would free, in bytes (Pss from smaps_rollup, else resident memory). */
  memoryOf(id: ProcId): Promise<Reading<number>>;
  /** Bytes that the process itself has read from files since it was forked (rchar of /proc/PID/io; proc(5)). */
  bytesRead(id: ProcId): Promise<Reading<number>>;
  /** Bytes that can be had without swapping: MemAvailable, and what the limits of our and `of`'s control group leave. */
  memoryAvailable(of?: ProcId): Promise<number | undefined>;
  listeners(): Promise<readonly Listener[]>;

  /**
   * Sends `signal` to exactly this process: the identity is read again just before. With `group`, to the process group led
   * by it (kill(2) with -pid), when it still leads one. A number is for signals without a name here, and 0 only asks.
   */
  kill(
    id: ProcId,
    signal: SignalName | number,
    options?: { readonly group?: boolean },
  ): Promise<SignalOutcome>;
  /** Whether we may signal this process (kill(2) with 0). */
  maySignal(id: ProcId): Promise<boolean>;

  run(request: CommandRequest): Promise<CommandResult>;

  /**
   * The file system. Whatever a program's settings, process or environment name, and what lies where its user can write, is touched with
   * `rights` of that user; 'ours' is for our own files and for what the administrator named.
   */
  files(rights: Rights): Files;

  /**
   * GET a URL (http://host…, https://host… or unix:/path/to.sock:/uri) within `timeoutMs`; the body is bounded. A unix socket is connected to
   * with `rights`.
   */
  httpGet(url: string, timeoutMs: number, rights: Rights, abort?: AbortSignal): Promise<HttpProbe>;

  /** Writes `message` into a server's control channel, and reads what a socket answers until it ends, within `timeoutMs`. */
  tell(
    channel: 'fifo' | 'unix-socket',
    path: string,
    message: string,
    timeoutMs: number,
    rights: Rights,
  ): Promise<ChannelAnswer>;

  /**
   * Takes lock `name` of this machine without waiting. Runs of the same user keep each other out, and root's everybody; what another ordinary
   * user holds keeps out nobody. Throws a ReloadctlError where there is no place for a lock.
   */
  tryLock(name: string, purpose: string): Promise<LockAttempt>;

  userByName(name: string): Promise<UserEntry | undefined>;
  userById(uid: number): Promise<UserEntry | undefined>;
  /** The rights of a user whom the configuration names, with its groups of the group database. */
  rightsOf(user: Pick<Credentials, 'uid' | 'gid' | 'name'>): Promise<Rights>;
  /** Who else than root decides what a path leads to. */
  pathWriters(path: string): Promise<PathWriters>;
  /** Who may be answering at an address of a supervisor, and whether process `claimed` can be the one. */
  answerers(address: SupervisorAddress, claimed: number | undefined): Promise<Answerers>;
}
