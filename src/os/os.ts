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
   * With whose rights (others than ours need root). Directory and environment take effect only
   * after the change of user.
   */
  readonly rights: Rights;
  readonly umask?: number | undefined;
  /** After so long the process group is TERMed, and KILLed a second later. */
  readonly timeoutMs: number;
  /** Bytes kept of stdout and of stderr each: the last ones. */
  readonly maxOutputBytes: number;
  readonly abort?: AbortSignal | undefined;
  /**
   * Called as soon as the process runs. `stop` TERMs the process group and KILLs it later: the way
   * to end a command that never ends.
   */
  readonly onStart?:
    ((started: { readonly id: ProcId; readonly stop: () => void }) => void) | undefined;
  /** What it reads from its standard input, which is empty where this is left out. */
  readonly stdin?: string | undefined;
  /**
   * Makes a listening unix socket here, mode 0600, passed on as fd 3 with LISTEN_FDS
   * (sd_listen_fds(3)).
   */
  readonly listenOn?: string | undefined;
  /** TERM the command when we die, however that happens; needs setpriv(1) of util-linux 2.33. */
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

/** A header of an HTTP request. */
export interface HttpHeader {
  readonly name: string;
  readonly value: string;
}

/** Statuses of HTTP, both ends included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** How an HTTP GET is sent, beyond its URL. */
export interface HttpHow {
  /** A unix socket in the place of the URL's address. */
  readonly through?: string | undefined;
  /** The Host header, where it is not that of the URL. */
  readonly host?: string | undefined;
  readonly headers?: readonly HttpHeader[] | undefined;
}

/** What an HTTP GET saw. */
export type HttpProbe =
  | { readonly ok: true; readonly status: number; readonly body: string }
  | {
      readonly ok: false;
      readonly error: string;
      /** No HTTP server is there: no such name, refused, another protocol. A silent one may be there. */
      readonly isNobodyThere?: true;
    };

/** What came of {@link Os.tell}; the answer of a FIFO is ''. */
export type ChannelAnswer =
  { readonly ok: true; readonly answer: string } | { readonly ok: false; readonly error: string };

/** A lock held by this process until `release`, or until the process has died. */
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
      /**
       * Whether the process in question has the listening socket; undefined where that cannot be
       * seen.
       */
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
  /**
   * 'reloadctl', or the name of the file that the process runs where it is none of ours or root's.
   */
  readonly program: string | undefined;
  /** What the holder says it is doing, 'reload usercenter'; bounded, without control characters. */
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
 * Everything that is asked of the operating system. Implemented for Linux, in a reduced way for
 * other systems, and by a fake kernel with a virtual clock in tests.
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
  /** When the process started, ms since the epoch, exact to about 10 ms. */
  startedAt(id: ProcId): Promise<number>;
  signals(id: ProcId): Promise<Reading<SignalDisposition>>;
  argv(id: ProcId): Promise<Reading<readonly string[]>>;
  /** The environment at exec time. Holds secrets: never print, plan or record a value of it. */
  environment(id: ProcId): Promise<Reading<Readonly<Record<string, string>>>>;
  cwd(id: ProcId): Promise<Reading<string>>;
  /** With whose rights the process runs. Where that cannot be told, nothing is done for it. */
  credentials(id: ProcId): Promise<CredentialsReading>;
  /** The executable, symlinks resolved; ' (deleted)' stays when the file was replaced. */
  executable(id: ProcId): Promise<Reading<string>>;
  openFiles(id: ProcId): Promise<Reading<readonly OpenFile[]>>;
  /** stat(2) of open file `fd` of the process, also when it has no name any more. */
  openFileStat(id: ProcId, fd: number): Promise<Reading<FileStat>>;
  /** The descriptors that the process waits for by epoll(7). */
  polledFiles(id: ProcId): Promise<Reading<readonly number[]>>;
  /**
   * Bytes of memory that only this process would free (Pss of smaps_rollup, else resident memory).
   */
  memoryOf(id: ProcId): Promise<Reading<number>>;
  /** Bytes that the process has read from files since its fork (rchar of /proc/PID/io; proc(5)). */
  bytesRead(id: ProcId): Promise<Reading<number>>;
  /**
   * Bytes that can be had without swapping: MemAvailable, less where a control group limits us or
   * `of`.
   */
  memoryAvailable(of?: ProcId): Promise<number | undefined>;
  listeners(): Promise<readonly Listener[]>;

  /**
   * Sends `signal` to exactly this process, or with `group` to the process group that it leads. The
   * identity is read again just before. 0 only asks.
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
   * The file system. What a program names, and what lies where its user can write, is touched with
   * that user's `rights`; 'ours' is for what is ours or the administrator's.
   */
  files(rights: Rights): Files;

  /**
   * GETs a URL (http://…, https://… or unix:/path/to.sock:/uri) within `timeoutMs`; the body is
   * bounded. `rights` are for a unix socket.
   */
  httpGet(
    url: string,
    timeoutMs: number,
    rights: Rights,
    abort?: AbortSignal,
    how?: HttpHow,
  ): Promise<HttpProbe>;

  /**
   * POSTs a JSON document to an http:// or https:// URL within `timeoutMs`; otherwise as
   * {@link httpGet}.
   */
  httpPost(url: string, json: string, timeoutMs: number, abort?: AbortSignal): Promise<HttpProbe>;

  /**
   * Writes to a server's control channel and reads a socket's answer to its end, within
   * `timeoutMs`.
   */
  tell(
    channel: 'fifo' | 'unix-socket',
    path: string,
    message: string,
    timeoutMs: number,
    rights: Rights,
  ): Promise<ChannelAnswer>;

  /**
   * Takes lock `name` of this machine without waiting. Root's lock keeps everybody out, a user's
   * only that user's runs. Throws a ReloadctlError where there is no place for it.
   */
  tryLock(name: string, purpose: string): Promise<LockAttempt>;

  userByName(name: string): Promise<UserEntry | undefined>;
  userById(uid: number): Promise<UserEntry | undefined>;
  /** The rights of a user whom the configuration names, with its groups of the group database. */
  rightsOf(user: Pick<Credentials, 'uid' | 'gid' | 'name'>): Promise<Rights>;
  /** Who else than root decides what a path leads to. */
  pathWriters(path: string): Promise<PathWriters>;
  /**
   * Who may be answering at a supervisor's address, and whether process `claimed` can be the one.
   */
  answerers(address: SupervisorAddress, claimed: number | undefined): Promise<Answerers>;
}
