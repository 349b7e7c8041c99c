import type { Result } from '../base/result.ts';
import type { Program } from '../config/program.ts';
import type { Rights } from '../os/credentials.ts';
import type { Files } from '../os/files.ts';
import type { Os } from '../os/os.ts';
import { isSameProc, type Proc, type ProcId } from '../os/proc.ts';
import type { StepId } from '../policy/plan.ts';
import type { Supervisor } from '../rpc/supervisor.ts';
import { ServerObserver } from '../servers/observe-server.ts';
import { findServer, type ServerSearch } from '../servers/recognise.ts';
import type { ResolvedType } from '../servers/resolve-type.ts';
import type { ServerView } from '../servers/server-view.ts';
import { serverTypesFor } from '../servers/types-for.ts';
import type { GunicornContext } from '../servers/gunicorn/settings.ts';
import type { KnownSupervisor, SupervisorDoubt } from './claimed-process.ts';
import type { EventBody, EventSink, ServingNow } from './events.ts';
import type { Interruption } from './interruption.ts';
import type { ProgramMarker } from './program-marker.ts';
import type { ProgramLog } from './program-log.ts';

/** Processes that have no job need this long to see that they shall end; those that are left then are at one. */
const IDLE_GONE_MS = 1000;

/** What an action runs with. */
export interface SessionParts {
  readonly os: Os;
  /** undefined for a bare process. */
  readonly supervisor: Supervisor | undefined;
  /** 'group:name' for the supervisor. */
  readonly supervisorName: string | undefined;
  readonly program: Program | undefined;
  readonly sink: EventSink;
  readonly interruption: Interruption;
  /** Environment, directory and user for booting code aside; undefined where they cannot be had. */
  readonly preflightContext: GunicornContext | undefined;
  readonly log: ProgramLog | undefined;
  /** With which the server runs: whatever it names is touched with them. */
  readonly rights: Rights;
  /** How gunicorn is started, to find out why a boot failed; undefined where it is not known. */
  readonly bootCommand?:
    { readonly argv: readonly string[]; readonly cwd: string | undefined } | undefined;
  /** Whether gunicorn's control socket exists in this version (25.1 and later), so that a canary must not take it over. */
  readonly hasControlSocket: boolean;
  /** When the supervisor KILLs what it stops, where that is not stopwaitsecs of the program. */
  readonly stopwaitMs?: number | undefined;
  /** The type of the server; undefined: nothing runs, or nobody knows. */
  readonly serverType?: ResolvedType | undefined;
  /** gunicorn's graceful_timeout; undefined where it is not known. */
  readonly gracefulMs?: number | undefined;
  /** gunicorn's pid file, absolute; undefined where there is none or it is not known. */
  readonly pidfile?: string | undefined;
}

/**
 * The state of one action: who plays which role, what was seen last, what was killed. One object, owned by the executor; steps read and
 * write it through its methods.
 */
export class Session {
  readonly parts: SessionParts;
  readonly #observers = new Map<string, ServerObserver>();
  #observer: ServerObserver | undefined;
  readonly #startedAt: number;
  readonly #stepStarts = new Map<StepId, number>();
  #old: readonly ProcId[] = [];
  #successorObserver: ServerObserver | undefined;
  readonly #remembered = new Map<number, ProcId>();
  #lastServing = '';
  #oldView: ServerView | undefined;

  /** The server's master, once it is known. */
  master: ProcId | undefined;
  /** The process that the supervisor started. */
  supervised: ProcId | undefined;
  /** The second master, from the moment it was first seen. */
  bridge: ProcId | undefined;
  /** The bridge's workers as last seen: they have to go with it. */
  bridgeWorkers: readonly ProcId[] = [];
  /** Second names of files that were made by this action. */
  readonly keptFiles = new Set<string>();
  /** The second instance that the supervisor has started, until it is promoted. */
  successor: ProcId | undefined;
  /** What was seen last of the gunicorn in {@link successor}; undefined while there is none to be seen. */
  successorView: ServerView | undefined;
  /** The successor's workers as last seen: they outlive it when it is KILLed. */
  successorWorkers: readonly ProcId[] = [];
  /** Those of the instance that gives way to it. */
  leavingWorkers: readonly ProcId[] = [];
  /** The instances that the supervisor ran before the successor was promoted: their first processes, and the gunicorn master of the last. */
  oldInstances: readonly ProcId[] = [];
  oldMaster: ProcId | undefined;
  /** Whether the supervisor had to KILL the last of them: then its master has not ended its workers. */
  wasOldInstanceKilled = false;
  /** How many bytes a worker of the bridge read from files until it had booted. */
  bridgeBytesRead: number | undefined;
  /** The master's workers as last seen: they outlive it when it is KILLed. */
  masterWorkers: readonly ProcId[] = [];
  /** When the server was told to finish its jobs; undefined: it was not. */
  finishingSinceMs: number | undefined;
  /** What was seen of the master last. */
  view: ServerView | undefined;
  /** Where readiness cannot be seen: a worker counts as ready at this age. */
  readyAfterMs: number;
  /** How many processes had to be KILLed. */
  killed = 0;
  /** Whether a signal was sent, or the supervisor asked for anything, since the steps began that change the running version. */
  hasChanged = false;
  /** Where the program listened before it was stopped; none where it did not, or where that could not be seen. */
  listenedOn: readonly string[] = [];
  /** What every process of the program bears in its environment. */
  marker: ProgramMarker | undefined;
  /** What is known of the supervisor; undefined until it is asked for. */
  knownSupervisor: Result<KnownSupervisor, SupervisorDoubt> | undefined;
  /** Whose processes can be the program's: what others bear in their environment is anybody's word. */
  readonly uids = new Set<number>();
  /** The supervisor's own process; undefined where it is not known. */
  supervisorPid: number | undefined;
  /** Why the supervisor did not answer when it was asked last; undefined: it did. */
  supervisorSilence: string | undefined;
  /** What the last health check saw, when it was not well. */
  lastUnhealthy: { readonly url: string; readonly observed: string } | undefined;
  /** How many workers there are to be, for the renderers. */
  expectedWorkers: number | undefined;

  constructor(parts: SessionParts, readyAfterMs: number, startedAt = parts.os.now()) {
    this.parts = parts;
    this.#observer = parts.serverType && this.#observerOf(parts.serverType);
    this.readyAfterMs = readyAfterMs;
    this.#startedAt = startedAt;
  }

  get os(): Os {
    return this.parts.os;
  }

  /** What the program itself names. */
  get files(): Files {
    return this.os.files(this.parts.rights);
  }

  /** Milliseconds since the action began. */
  get elapsedMs(): number {
    return this.os.now() - this.#startedAt;
  }

  emit(body: EventBody): void {
    this.parts.sink({ ...body, atMs: Math.round(this.elapsedMs) });
  }

  markStep(id: StepId): void {
    this.#stepStarts.set(id, this.os.now());
  }

  /** When the step began; now, if it never did. */
  stepStart(id: StepId): number {
    return this.#stepStarts.get(id) ?? this.os.now();
  }

  /** From now on, the workers that exist at this moment are the old ones. */
  bindOldWorkers(view: ServerView | undefined): void {
    this.#old =
      view?.workers.map(({ proc }) => ({ pid: proc.pid, startTicks: proc.startTicks })) ?? [];
  }

  /** Binds before it tells: nobody should see the old workers called new for a moment. */
  async bindOldWorkersNow(): Promise<void> {
    const { master } = this;
    this.bindOldWorkers(master === undefined ? undefined : await this.#observer?.look(master));
    await this.look();
  }

  /** The workers that there were when the change began. */
  get oldWorkers(): readonly ProcId[] {
    return this.#old;
  }

  isOld(id: ProcId): boolean {
    return this.#old.some((old) => isSameProc(old, id));
  }

  /** These processes belong to the program. */
  remember(procs: readonly ProcId[]): void {
    for (const { pid, startTicks } of procs) this.#remembered.set(pid, { pid, startTicks });
  }

  isRemembered(id: ProcId): boolean {
    const known = this.#remembered.get(id.pid);
    return known !== undefined && isSameProc(known, id);
  }

  /** Looks at the master again and tells the renderers when something changed. */
  async look(): Promise<ServerView | undefined> {
    if (this.master === undefined && this.successor === undefined) return undefined;
    const listing = await this.os.processes();
    const view =
      this.master === undefined ? undefined : await this.#observer?.look(this.master, listing);
    this.view = view;
    this.successorView = await this.#lookAtSuccessor(listing);
    this.#oldView =
      this.oldMaster === undefined
        ? undefined
        : await this.#observer?.look(this.oldMaster, listing);
    this.successorWorkers = workersOf(this.successorView) ?? this.successorWorkers;
    this.leavingWorkers = workersOf(this.#oldView) ?? this.leavingWorkers;
    if (view !== undefined) this.masterWorkers = view.workers.map(({ proc }) => proc);
    if (view?.bridge !== undefined) {
      const { proc, workers } = view.bridge;
      this.bridge = { pid: proc.pid, startTicks: proc.startTicks };
      this.bridgeWorkers = workers.map((worker) => worker.proc);
    }
    await this.tellServing();
    return view;
  }

  /** Tells the renderers what serves, as last seen, when that is not what they know. */
  async tellServing(): Promise<void> {
    const now = await this.describeServing();
    const text = JSON.stringify(now);
    if (text === this.#lastServing) return;
    this.#lastServing = text;
    this.emit({ event: 'workers', now, expected: this.expectedWorkers });
  }

  /** The second master is from now on the master; what is left of the first one finishes by itself. */
  takeOver(): void {
    const { master, bridge } = this;
    if (bridge === undefined) return;
    const wasMaster =
      master !== undefined && this.supervised !== undefined && isSameProc(this.supervised, master);
    if (wasMaster) this.supervised = bridge;
    this.master = bridge;
    this.bridge = undefined;
    this.bridgeWorkers = [];
  }

  /** The successor is from now on what the supervisor runs. */
  promote(): void {
    const { supervised, successor, successorView } = this;
    this.oldInstances = supervised === undefined ? [] : [supervised];
    this.oldMaster = this.master;
    this.#oldView = this.view;
    this.leavingWorkers = workersOf(this.view) ?? [];
    this.supervised = successor;
    this.#observer = this.#successorObserver ?? this.#observer;
    this.master = successorView?.proc;
    this.view = successorView;
    this.successor = undefined;
    this.successorView = undefined;
  }

  async #lookAtSuccessor(listing: readonly Proc[]): Promise<ServerView | undefined> {
    if (this.successor === undefined) return undefined;
    const { serverType } = this.parts;
    const types =
      serverType === undefined ? serverTypesFor(this.parts.program?.settings) : [serverType.type];
    const search = await findServer(this.os, this.successor, types, listing);
    if (search.found !== 'server') return undefined;
    // Its variant may be another one than that of the old instance: with more processes, say.
    this.#successorObserver = this.#observerOf(search.server);
    return this.#successorObserver.look(search.live.proc, listing);
  }

  #observerOf(server: ResolvedType): ServerObserver {
    const key = [server.type.name, ...server.variants].join();
    const observer = this.#observers.get(key) ?? new ServerObserver(this.os, server);
    this.#observers.set(key, observer);
    return observer;
  }

  /** This server is from now on the one that the action is about. */
  adopt({ server, live: { proc } }: Extract<ServerSearch, { found: 'server' }>): void {
    this.#observer = this.#observerOf(server);
    this.master = { pid: proc.pid, startTicks: proc.startTicks };
  }

  /** What serves, as last seen. */
  async describeServing(): Promise<ServingNow> {
    const { view } = this;
    const workers = view?.workers ?? [];
    const leaving = this.#oldView?.workers ?? [];
    const old = [...workers.filter(({ proc }) => this.isOld(proc)), ...leaving];
    const fresh = workers.filter(({ proc }) => !this.isOld(proc));
    const bridge = view?.bridge;
    return {
      masterPid: view?.proc.pid,
      old: { total: old.length, ready: await this.countReady(old) },
      new: { total: fresh.length, ready: await this.countReady(fresh) },
      bridge:
        bridge === undefined
          ? undefined
          : {
              pid: bridge.proc.pid,
              total: bridge.workers.length,
              ready: await this.countReady(bridge.workers),
            },
      successor: await this.#describeSuccessor(),
      ...this.#describeJobs(),
    };
  }

  #describeJobs(): Pick<ServingNow, 'jobs'> {
    const jobs = this.view?.jobs;
    const isKnown =
      this.finishingSinceMs !== undefined && this.os.now() - this.finishingSinceMs >= IDLE_GONE_MS;
    return jobs === undefined || !isKnown ? {} : { jobs };
  }

  async #describeSuccessor(): Promise<ServingNow['successor']> {
    const { successor, successorView } = this;
    if (successor === undefined) return undefined;
    const workers = successorView?.workers ?? [];
    return { pid: successor.pid, total: workers.length, ready: await this.countReady(workers) };
  }

  async countReady(workers: ServerView['workers']): Promise<number> {
    let ready = 0;
    for (const worker of workers) if (await this.isReady(worker)) ready += 1;
    return ready;
  }

  async isReady(worker: ServerView['workers'][number]): Promise<boolean> {
    if (worker.ready !== undefined) return worker.ready;
    const ageMs = this.os.wallClock() - (await this.os.startedAt(worker.proc));
    return ageMs >= this.readyAfterMs;
  }
}

const workersOf = (view: ServerView | undefined): readonly ProcId[] | undefined =>
  view?.workers.map(({ proc }) => proc);
