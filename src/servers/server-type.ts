import type { Os } from '../os/os.ts';
import type { ProcId } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';
import type { Configured } from './configured.ts';
import type { LiveProcess, LiveServer } from './live-process.ts';
import type { FamilyReader } from './server-view.ts';

/** What a server can be asked for, in the order in which the documentation lists it. */
export const SERVER_ACTIONS = [
  'reload',
  'gracefulStop',
  'fastStop',
  'quiet',
  'reopenLogs',
  'moreWorkers',
  'fewerWorkers',
  'upgrade',
] as const;

/** One of {@link SERVER_ACTIONS}. `quiet`: take nothing new, go on with what has begun, and stay. */
export type ServerAction = (typeof SERVER_ACTIONS)[number];

/** What is sent. It goes to the master alone, never to a process group. */
export type Send =
  | { readonly by: 'signal'; readonly signal: SignalName }
  /** A command that tells the server; `shown` is how the documentation writes it. Exit status 0 means that the server took it. */
  | {
      readonly by: 'command';
      readonly shown: string;
      /** undefined: not possible with this process. */
      readonly argv: (live: LiveServer) => readonly string[] | undefined;
    }
  /** Text into the server's control channel. */
  | {
      readonly by: 'channel';
      readonly channel: 'fifo' | 'unix-socket';
      /** How the documentation writes it: "q to the master FIFO". */
      readonly shown: string;
      readonly message: string;
      /** Where the channel is; undefined: this process has none. */
      readonly path: (live: LiveServer) => string | undefined;
      /** With a socket: what a good answer looks like. */
      readonly answer?: RegExp;
    };

/** One thing that a server can be asked for. */
export interface Way {
  readonly send: Send;
  /** What clients see of it: a clause without a full stop. */
  readonly clients: string;
}

/** How a reload is done and proven. */
export interface ReloadWay extends Way {
  /** 'code': the application or binary is loaded anew. 'configuration': only the server's own configuration. */
  readonly loads: 'code' | 'configuration';
  /**
   * What proves it.
   * - 'workers-replaced': the same master has new workers that are ready, and every old one is gone or takes nothing new.
   * - 'answer': the command or channel itself says that it is done.
   */
  readonly proof: 'workers-replaced' | 'answer';
  /** Seconds until the first effect can be seen; a server that has shown none by then has ignored it. */
  readonly effectSecs: number;
  /** Seconds for the new workers to be ready after that. */
  readonly bootSecs: number;
  /** Seconds for old workers to finish. */
  readonly drainSecs: number;
  /** What becomes of old workers that need longer. 'left': they may go on, which is said. 'killed': each is KILLed. */
  readonly afterDrain: 'left' | 'killed';
  /** The server keeps its old configuration, silently, when the new one is bad. */
  readonly keepsOldWhenBad: boolean;
  /** Whether requests wait or fail meanwhile; then a reload is only done when it was asked for with --allow-downtime. */
  readonly cost?: 'stall' | 'gap';
}

/** How a server is stopped. */
export interface StopWay extends Way {
  /** Sent to the master just before, for a server that needs two signals. */
  readonly first?: SignalName;
  /** Seconds that requests or jobs in flight may take by the server's own rules; undefined: no limit of its own. */
  readonly graceSecs?: number;
}

/** What a server understands. What is missing it cannot do. */
export interface ServerActions {
  readonly reload?: ReloadWay;
  readonly gracefulStop?: StopWay;
  readonly fastStop?: Way;
  readonly quiet?: Way;
  /** `writers`: the master writes for all; what its workers have open they have inherited, and do not write to. */
  readonly reopenLogs?: Way & { readonly writers?: 'master' };
  readonly moreWorkers?: Way;
  readonly fewerWorkers?: Way;
  /** `pid`: whether the new binary runs under the same pid, which a supervisor needs. */
  readonly upgrade?: Way & { readonly pid: 'same' | 'new' };
}

/** How the processes of a server are told apart from all others: always by the kernel's view, never by a command line alone. */
export interface Recognition {
  /** In words, for the documentation. */
  readonly shown: string;
  /** The file that the process runs, without its directory: a binary, or an interpreter (then with `argv`). */
  readonly binaries: RegExp;
  /** What the argv, joined by spaces, looks like: the script or module of an interpreted server, or the title that it gives itself. */
  readonly argv?: RegExp;
  /** What the master catches as soon as it can be signalled. A process without them is still starting. */
  readonly catches: readonly SignalName[];
  /** Anything else. */
  readonly also?: (live: LiveServer) => boolean;
  /** Decides in place of `binaries` and `argv`. */
  readonly isNamed?: (process: LiveProcess) => boolean;
  /** What shows a master, under whatever name, among those that catch all of `catches`. */
  readonly isProven?: (os: Os, id: ProcId) => Promise<boolean>;
  /** Looked for before all others, and among all children of a wrapper. */
  readonly amongSiblings?: true;
}

/** Workers of a server: children of its master, or whatever is below it. */
export interface WorkerRules {
  /** Not only children: every process below the master is asked for. */
  readonly anyDepth?: true;
  readonly isWorker: (child: LiveProcess, master: LiveServer) => boolean;
  /** A worker is ready when it catches these. None: when it is there. */
  readonly readyWhenCatching: readonly SignalName[];
  /** And when it waits by epoll for connections to a socket that it listens on. */
  readonly readyWhenPolling?: true;
  /** And when it has a file open whose /proc/PID/fd link looks like this. */
  readonly readyWhenOpen?: RegExp;
  /** When an old worker takes nothing new any more: when it is gone, or as soon as it holds no listening socket. */
  readonly retiredWhen: 'gone' | 'deaf';
  /** Their number follows the load: fewer after a reload than before says nothing. */
  readonly varies?: true;
}

/** A command that looks at new code or configuration aside. Exit status 0: good. */
export interface CheckCommand {
  readonly argv: readonly string[];
  /** What the plan calls it: 'nginx -t'. */
  readonly shown: string;
}

/** How new code or configuration is checked aside. */
interface CheckRule {
  /** How the documentation writes it. */
  readonly shown: string;
  /** What it looks at: the whole new code, or the configuration only. */
  readonly covers: 'code' | 'configuration';
  /**
   * The command, made from the live process, so that the same file is checked that will be loaded. undefined: this one cannot be checked.
   */
  readonly command: (live: LiveServer) => CheckCommand | undefined;
}

/** Asks a command of the server aside, in its environment and directory and as its user; undefined when it fails. */
export type AskAside = (argv: readonly string[]) => Promise<string | undefined>;

/**
 * What a signal means that a supervisor might send to stop a server: it finishes what is in flight and ends; it ends at once; it reloads
 * or goes on and does not end at all.
 */
export type StopMeaning = 'graceful' | 'fast' | 'no-stop';

/** What each of the usual stop signals means to a server; one that is missing is not known. */
export type StopSignals = Readonly<Partial<Record<SignalName, StopMeaning>>>;

/** Parts of a type that differ between versions or ways to run the server. */
export interface ServerVariant {
  /** 'single process'. */
  readonly name: string;
  readonly when: (live: LiveServer) => boolean;
  /** Over the type's own; undefined takes one away. */
  readonly actions?: { readonly [Action in ServerAction]?: ServerActions[Action] | undefined };
  /** Over the type's own. */
  readonly stopSignals?: StopSignals;
  readonly workers?: WorkerRules | undefined;
  /** Added to the type's own. */
  readonly traps?: readonly string[];
}

/** A kind of server: how it is recognised, and what it understands. */
export interface ServerType {
  /** As in `type = NAME`: lower case, also the name of its page. */
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  readonly kind: 'web' | 'job-runner' | 'data' | 'log';
  readonly recognition: Recognition;
  readonly actions: ServerActions;
  /** 'by-strategy': by the strategies of docs/strategies.md, not by `actions.reload` alone. */
  readonly reloads?: 'by-strategy';
  readonly stopSignals: StopSignals;
  /** Finds the version out; asked once an action, not while waiting. */
  readonly version?: (live: LiveServer, ask: AskAside) => Promise<string | undefined>;
  /** What the files around it say of its version, without any process; for tables. */
  readonly versionOnDisk?: (os: Os, live: LiveServer) => Promise<string | undefined>;
  /** Finds out what the server itself says of its settings, where variants, channels or the check need them. */
  readonly settings?: (
    live: LiveServer,
    ask: AskAside,
  ) => Promise<ReadonlyMap<string, readonly string[]> | undefined>;
  /** undefined: one process does everything. */
  readonly workers?: WorkerRules;
  /** Tells the processes below a master apart, in place of `workers`. */
  readonly families?: (os: Os) => FamilyReader;
  /** Of a job runner that has been told to finish: how many jobs it is still at, at most; undefined where that cannot be seen. */
  readonly countJobs?: (live: LiveServer) => number | undefined;
  /** When it is ready where it has no workers; undefined: when it runs. */
  readonly single?: Pick<WorkerRules, 'readyWhenPolling' | 'readyWhenOpen'>;
  /** Why a second one must not be started beside it, as a clause about "it"; undefined: two may run at a time. */
  readonly runsAlone?: (live: LiveServer) => string | undefined;
  /** How it takes a listening socket that its supervisor has bound, as descriptor 3 with LISTEN_FDS (sd_listen_fds(3)); undefined: it cannot. */
  readonly takesSocket?: string;
  /** As a program of the configuration, before it runs; undefined: not looked at there. */
  readonly configured?: Configured;
  /** What ready means, in words. */
  readonly ready: string;
  /** How a done reload is seen, in words. */
  readonly proof: string;
  readonly check?: CheckRule;
  /** All that fit a live server are laid over the type, in this order. */
  readonly variants?: readonly ServerVariant[];
  /** What goes wrong with it, a sentence each. */
  readonly traps: readonly string[];
  /** Where the facts come from: documents, source files. */
  readonly sources: readonly string[];
  /** What the facts were tried with: 'nginx 1.22.1 (Debian 12)'. Empty: not tried. */
  readonly verified: readonly string[];
}
