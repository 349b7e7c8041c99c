import type { Program } from '../config/program.ts';
import type { Os } from '../os/os.ts';
import type { Proc, ProcId } from '../os/proc.ts';
import { ServerObserver } from '../servers/observe-server.ts';
import { findServer, type ServerSearch } from '../servers/recognise.ts';
import type { ResolvedType } from '../servers/resolve-type.ts';
import type { ServerView } from '../servers/server-view.ts';
import { serverTypesFor } from '../servers/types-for.ts';
import type { Roles } from './roles.ts';

/** What has to be known of a server to look at it. */
interface Looked {
  readonly os: Os;
  readonly program: Program | undefined;
  readonly serverType?: ResolvedType | undefined;
}

/** What was seen last of those who play a role. */
export class Sight {
  readonly #looked: Looked;
  readonly #roles: Roles;
  readonly #observers = new Map<string, ServerObserver>();
  #observer: ServerObserver | undefined;
  #successorObserver: ServerObserver | undefined;
  /** Of the master. */
  view: ServerView | undefined;
  /** Of the server in the successor; undefined while there is none to be seen. */
  successorView: ServerView | undefined;
  /** Of the master of the instance that gives way to it. */
  oldView: ServerView | undefined;
  /** The workers of each: they outlive a master that is KILLed, and those of the bridge have to go with it. */
  masterWorkers: readonly ProcId[] = [];
  bridgeWorkers: readonly ProcId[] = [];
  successorWorkers: readonly ProcId[] = [];
  leavingWorkers: readonly ProcId[] = [];
  /** How many bytes a worker of the bridge read from files until it had booted. */
  bridgeBytesRead: number | undefined;

  constructor(looked: Looked, roles: Roles) {
    this.#looked = looked;
    this.#roles = roles;
    this.#observer = looked.serverType && this.#observerOf(looked.serverType);
  }

  /** Looks again at everybody, and takes note of a bridge. */
  async look(): Promise<ServerView | undefined> {
    const { oldMaster } = this.#roles;
    const listing = await this.#looked.os.processes();
    const view = await this.lookAtMaster(listing);
    this.view = view;
    this.successorView = await this.#lookAtSuccessor(listing);
    this.oldView =
      oldMaster === undefined ? undefined : await this.#observer?.look(oldMaster, listing);
    this.masterWorkers = workersOf(view) ?? this.masterWorkers;
    this.successorWorkers = workersOf(this.successorView) ?? this.successorWorkers;
    this.leavingWorkers = workersOf(this.oldView) ?? this.leavingWorkers;
    if (view?.bridge !== undefined) {
      const { proc, workers } = view.bridge;
      this.#roles.bridge = { pid: proc.pid, startTicks: proc.startTicks };
      this.bridgeWorkers = workers.map((worker) => worker.proc);
    }
    return view;
  }

  /** Looks at the master alone, and keeps nothing of it. */
  async lookAtMaster(listing?: readonly Proc[]): Promise<ServerView | undefined> {
    const { master } = this.#roles;
    return master === undefined ? undefined : this.#observer?.look(master, listing);
  }

  /** This server is from now on the one that the action is about. */
  adopt({ server, live: { proc } }: Extract<ServerSearch, { found: 'server' }>): void {
    this.#observer = this.#observerOf(server);
    this.#roles.master = { pid: proc.pid, startTicks: proc.startTicks };
  }

  /** There is no server any more, or none that is known. */
  forgetMaster(): void {
    this.#roles.master = undefined;
    this.view = undefined;
  }

  /** The bridge becomes the master. */
  takeOver(bridge: ProcId): void {
    this.#roles.takeOver(bridge);
    this.bridgeWorkers = [];
  }

  /** The successor becomes what the supervisor runs. */
  promote(): void {
    this.#roles.promote(this.successorView?.proc);
    this.oldView = this.view;
    this.leavingWorkers = workersOf(this.view) ?? [];
    this.#observer = this.#successorObserver ?? this.#observer;
    this.view = this.successorView;
    this.successorView = undefined;
  }

  async #lookAtSuccessor(listing: readonly Proc[]): Promise<ServerView | undefined> {
    const { successor } = this.#roles;
    if (successor === undefined) return undefined;
    const { os, serverType, program } = this.#looked;
    const types = serverType === undefined ? serverTypesFor(program?.settings) : [serverType.type];
    const search = await findServer(os, successor, types, listing);
    if (search.found !== 'server') return undefined;
    // Its variant may be another one than that of the old instance: with more processes, say.
    this.#successorObserver = this.#observerOf(search.server);
    return this.#successorObserver.look(search.live.proc, listing);
  }

  #observerOf(server: ResolvedType): ServerObserver {
    const key = [server.type.name, ...server.variants].join();
    const observer = this.#observers.get(key) ?? new ServerObserver(this.#looked.os, server);
    this.#observers.set(key, observer);
    return observer;
  }
}

const workersOf = (view: ServerView | undefined): readonly ProcId[] | undefined =>
  view?.workers.map(({ proc }) => proc);
