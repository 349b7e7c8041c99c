import { reasonOf } from '../../base/reason-of.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { FcgiSettings, Program } from '../../config/program.ts';
import type { Os } from '../../os/os.ts';
import { isAlive, watchUntilGone } from '../adopt/foreign-processes.ts';
import type { RestingProcess } from '../adopt/resting-process.ts';
import type { SavedProcess } from '../adopt/saved-state.ts';
import type { Fault, OverlapSnapshot, Retirement, StartOutcome } from '../control.ts';
import type { EventBus } from '../events/daemon-event.ts';
import type { EventSerials } from '../events/event-serials.ts';
import type { Instance, Launch } from '../overlap/instance.ts';
import { CONFIGURED_FILES, filesForSuccessor } from '../overlap/instance-files.ts';
import { orphanGraceS } from '../overlap/end-orphans.ts';
import { Orphans } from '../overlap/orphans.ts';
import { markOfSuccessor, Overlap } from '../overlap/overlap.ts';
import { stopPatienceS } from '../overlap/stop-patience.ts';
import { Alarm } from '../process/alarm.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import { ManagedProcess } from '../process/managed-process.ts';
import { nameSpecOf } from '../../rpc/name-spec.ts';
import { NO_PLAN } from '../sockets/plan-launch.ts';
import { findCommand, type FoundCommand } from '../spawn/find-command.ts';
import type { SpawnedChild } from '../spawn/spawn-child.ts';
import { digestOf } from './compare-groups.ts';
import { InstanceStarter, socketOwnerOf, type StarterWorld } from './instance-starter.ts';
import { MemberPipes, type OpenedLogs } from './member-pipes.ts';
import { withStartOptions } from './start-options.ts';

/** What the members of all groups share. */
export interface MemberWorld extends StarterWorld {
  readonly os: Pick<
    Os,
    | 'me'
    | 'now'
    | 'wallClock'
    | 'sleep'
    | 'kill'
    | 'process'
    | 'processes'
    | 'environment'
    | 'maySignal'
    | 'run'
    | 'files'
    | 'rightsOf'
    | 'userById'
    | 'pathWriters'
  >;
  readonly events: EventBus;
  /** Of the supervisor. */
  readonly identifier: string;
  /** The numbers of the events, one row for the whole daemon. */
  readonly serials: EventSerials;
  readonly mayStart: () => boolean;
  readonly onChange: () => void;
  /** Writes down what a next daemon has to know before anything else happens. */
  readonly saveNow: () => void;
}

/** What the pool of an event listener wants of its processes. */
export interface ListenerHooks {
  readonly receive: (chunk: Buffer) => void;
  readonly takeOver: (isRunning: boolean) => void;
}

/** What only some groups have. */
export interface MemberExtras {
  readonly fcgi: FcgiSettings | undefined;
  readonly listener: ListenerHooks | undefined;
}

/** How a process is started that is the only one. */
const FIRST = { files: CONFIGURED_FILES, args: [], isSecond: false };

/** A program of an active group: its process, the instances beside it, and what stays open between two runs of it. */
export class Member {
  readonly process: ManagedProcess;
  readonly #world: MemberWorld;
  readonly #listener: ListenerHooks | undefined;
  readonly #pipes: MemberPipes;
  readonly #starter: InstanceStarter;
  readonly #overlap: Overlap;
  readonly #orphans: Orphans;
  readonly #watch = new AbortController();
  readonly #hold: Alarm;
  #program: Program;
  /** The last answer of {@link programInForce}, which is asked for at every change of anything. */
  #inForce:
    { readonly program: Program; readonly startedAs: Program; readonly value: Program } | undefined;
  #isHeld = false;
  /** The instance that is the process, also for a while after its end. */
  #main: Instance | undefined;
  #isAdopted = false;
  /** What the process was started with, or will be when it crashes. */
  #launch: Launch | undefined;
  /** Whether the next start has to look at the program's settings anew. */
  #isLaunchStale = true;
  #successorLaunch: Launch | undefined;

  constructor(program: Program, world: MemberWorld, { fcgi, listener }: MemberExtras) {
    this.#program = program;
    this.#listener = listener;
    this.#world = world;
    const { os, events, logger, mayStart } = world;
    const onChange = (): void => {
      this.#onChange();
    };
    this.#pipes = new MemberPipes(program, world, listener?.receive);
    this.#starter = new InstanceStarter(fcgi, world, this.#pipes);
    this.#overlap = new Overlap({ program: () => this.#program, os, logger, onChange });
    this.#orphans = new Orphans({ os, logger }, () => this.#program.name);
    this.#hold = new Alarm(os, () => {
      this.#isHeld = false;
      this.#closeIdleSockets();
    });
    this.process = new ManagedProcess(program, {
      os,
      events,
      logger,
      mayStart,
      onChange,
      stopPatienceS: () => this.#patienceS,
      findCommand: () => this.#findCommand(),
      spawn: (toStart, command) => this.#spawn(toStart, command),
      logs: () => this.#pipes.logs,
    });
  }

  /** As MemberPipes.nameLogs. */
  nameLogs(inherited?: OpenedLogs): void {
    this.#pipes.nameLogs(inherited);
  }

  /** Stands for its configuration. */
  get fingerprint(): string {
    return digestOnce(this.#program);
  }

  get program(): Program {
    return this.#program;
  }

  /** What the configuration would have to say to be what runs: of what only a start applies, that of the last start. */
  get programInForce(): Program {
    const startedAs = this.process.record === undefined ? undefined : this.#main?.startedAs;
    if (startedAs === undefined) return this.#program;
    const last = this.#inForce;
    if (last?.program === this.#program && last.startedAs === startedAs) return last.value;
    const value = withStartOptions(this.#program, startedAs);
    this.#inForce = { program: this.#program, startedAs, value };
    return value;
  }

  /** Takes what a new configuration says: at once where that needs no start, else from the next start on. */
  configure(program: Program): void {
    this.#program = program;
    this.#isLaunchStale = true;
    this.process.configure(program);
    this.#pipes.configure(program);
  }

  /** Whether there is no process, and none soon. */
  get isStopped(): boolean {
    return this.process.isStopped && this.#overlap.isIdle && this.#orphans.isIdle;
  }

  /** What a next daemon has to know: the process and the instances beside it. */
  get saved(): readonly SavedProcess[] {
    const { record } = this.process;
    const { successor, retiring } = this.#overlap;
    const beside = (role: 'successor' | 'retiring') => (instance: Instance) =>
      this.#save(role, instance, { ...instance, state: 'RUNNING' as const });
    return [
      ...(record === undefined || this.#main === undefined
        ? []
        : [this.#save('main', this.#main, record)]),
      ...(successor === undefined ? [] : [successor].map(beside('successor'))),
      ...retiring.map(beside('retiring')),
    ];
  }

  /** What a next daemon has to know, while there is no process. */
  get resting(): RestingProcess | undefined {
    if (this.process.record !== undefined) return undefined;
    const { program } = this;
    const { group, name, kind } = program;
    const { logs, memory } = this.process;
    return { group, name, kind, fingerprint: this.fingerprint, logs, memory };
  }

  /** As DaemonControl.start. */
  start(): Result<{ readonly settled: Promise<StartOutcome> }, Fault> {
    if (this.process.isStopped) this.#isLaunchStale = true;
    return this.process.start();
  }

  /** As DaemonControl.stop. */
  stop(): Result<{ readonly settled: Promise<void> }, Fault> {
    this.#overlap.abandon();
    this.#overlap.hurry();
    const stopped = this.process.stop();
    if (!stopped.ok && this.#overlap.isIdle) return stopped;
    // From now on connections are refused, as they are when the program itself closes its sockets.
    if (!this.#isHeld) this.#closeSockets();
    return ok({ settled: this.settleStop() });
  }

  /** The daemon ends: stops what runs, and nothing is tried again. Resolves when nothing runs any more. */
  shutDown(): Promise<void> {
    this.process.giveUp();
    this.stop(); // Refused where there is nothing to stop.
    return this.settleStop();
  }

  /** Resolves when nothing of it runs. */
  async settleStop(): Promise<void> {
    await Promise.all([this.process.settleStop(), this.#overlap.whenIdle()]);
    await this.#orphans.whenGone();
  }

  /** Goes on where an earlier daemon was with a process that does not run. */
  recall({ memory, logs }: RestingProcess): void {
    this.nameLogs(logs);
    // What never was started is started when it has autostart.
    if (memory.startedEpochMs === 0) return;
    this.process.recall(memory);
    if (this.program.kind !== 'fcgi-program') return;
    const lease = this.#world.sockets.reclaimAll(socketOwnerOf(this.program));
    if (lease !== undefined) this.#launch = { plan: NO_PLAN, lease, reason: '' };
  }

  /** A process of an earlier daemon has ended while nobody was looking. */
  noteEnded(saved: SavedProcess): void {
    this.nameLogs(saved.logs);
    this.process.adopt(saved, saved.memory, Promise.resolve({ kind: 'unknown' }));
  }

  /** Goes on with a process of an earlier daemon. */
  async takeOver(saved: SavedProcess): Promise<void> {
    const { logger, sockets } = this.#world;
    this.nameLogs(saved.logs);
    try {
      (await this.#pipes.open()).takeOver(saved.id.pid);
    } catch (error) {
      logger.log('error', `output of adopted ${nameSpecOf(this.program)}: ${reasonOf(error)}`);
    }
    this.#listener?.takeOver(saved.state !== 'STARTING');
    const instance = this.#adopt(saved);
    const lease = sockets.reclaim(socketOwnerOf(this.program), saved.sockets);
    const launch = lease === undefined ? undefined : { plan: NO_PLAN, lease, reason: '' };
    this.#isAdopted = true;
    this.#becomeMain(instance, launch);
    if (launch !== undefined) this.#releaseAtEnd(instance, launch);
    // The daemon may have died between the promotion of this one and the last steps of it.
    void this.#publish(instance);
    this.process.adopt(saved, saved.memory, instance.exited);
  }

  /** Ends an instance that an earlier daemon had beside the process, as the successor or as one that had been replaced. */
  endBeside(saved: SavedProcess): void {
    void this.#overlap.retire(this.#adopt(saved), { isTold: saved.isTold === true });
  }

  /** Writes to the stdin of its process; false when that is closed or full. */
  send(data: Buffer): boolean {
    return this.#pipes.current?.write(data).ok === true;
  }

  /** As DaemonControl.writeStdin. */
  writeStdin(text: string): Result<true, Fault> {
    if (this.process.record === undefined) {
      return err({ name: 'NOT_RUNNING', detail: nameSpecOf(this.program) });
    }
    const written = this.#pipes.current?.write(Buffer.from(text)) ?? err('closed');
    if (written.ok) return written;
    return written.error === 'closed'
      ? err({ name: 'NO_FILE', detail: nameSpecOf(this.program) })
      : err({ name: 'FAILED', detail: `${nameSpecOf(this.program)} does not read its stdin` });
  }

  /** As DaemonControl.overlap. */
  get overlap(): OverlapSnapshot {
    const { group, name } = this.program;
    return {
      group,
      name,
      pid: this.process.snapshot.pid,
      sockets: this.#launch?.lease?.addresses ?? [],
      socketReason: this.#socketReason,
      adopted: this.#isAdopted,
      ...this.#overlap.snapshot,
      gracefulTimeoutS: this.#main?.gracefulTimeoutS ?? 0,
    };
  }

  /** As DaemonControl.startSuccessor. */
  async startSuccessor(leaseS: number, withoutSockets: boolean): Promise<Result<number, Fault>> {
    const { state } = this.process;
    if (state === 'STOPPED' || state === 'STOPPING' || state === 'UNKNOWN') {
      return err({ name: 'NOT_RUNNING', detail: nameSpecOf(this.program) });
    }
    if (!this.#world.mayStart()) return this.#fail('the daemon is ending');
    const command = this.#findCommand();
    if (!command.ok) return this.#fail(command.error.text);
    const started = await this.#overlap.start(leaseS, () =>
      this.#spawnSuccessor(command.value, withoutSockets),
    );
    this.#world.saveNow();
    return started.ok ? ok(started.value.id.pid) : this.#fail(started.error);
  }

  /** As DaemonControl.stopSuccessor. */
  stopSuccessor(): Result<true, Fault> {
    this.#overlap.abandon();
    return ok(true);
  }

  /** As DaemonControl.promoteSuccessor. */
  async promoteSuccessor(retirement: Retirement): Promise<Result<true, Fault>> {
    const waiting = this.#overlap.successor;
    if (waiting === undefined) return this.#fail('there is no successor');
    if (!(await isAlive(this.#world.os, waiting.id))) return this.#fail('the successor has ended');
    // From here to the saving in one turn: nothing can happen in between.
    if (!this.process.canBePromoted) return this.#fail(`it is ${this.process.state}`);
    const launch = this.#successorLaunch;
    const successor = this.#overlap.take();
    if (successor === undefined) return this.#fail('the successor is being stopped');
    const isOldAlive = this.process.record !== undefined;
    // An old one removes the pid file at its end, unless it names another by then.
    const published = this.#starter.publishPidFile(successor);
    const { main: old, launch: oldLaunch } = this.#becomeMain(successor, launch);
    this.#isAdopted = false;
    this.process.promote(successor.id, successor.startedEpochMs, successor.exited);
    this.#pipes.current?.takeOver(successor.id.pid);
    const { logger } = this.#world;
    const { pid } = successor.id;
    logger.log('info', `promoted: '${this.program.name}' is now pid ${pid}`);
    const ended =
      isOldAlive && old !== undefined
        ? this.#overlap.retire(old, { ...retirement, after: published })
        : undefined;
    this.#world.saveNow();
    if (ended === undefined) oldLaunch?.lease?.release();
    void Promise.resolve(ended).then(() => {
      if (this.#main === successor && this.process.record?.id === successor.id) {
        void this.#starter.publishControlSocket(successor);
      }
    });
    await published;
    return ok(true);
  }

  /** As DaemonControl.holdSockets. */
  holdSockets(seconds: number): Result<true, Fault> {
    this.#isHeld = seconds > 0;
    this.#hold.set(this.#isHeld ? this.#world.os.now() + seconds * 1000 : undefined);
    this.#closeIdleSockets();
    return ok(true);
  }

  /** Rejects with the system error. */
  async clearLogs(): Promise<void> {
    await this.#pipes.current?.clear();
  }

  async reopenLogs(): Promise<void> {
    await this.#pipes.current?.reopen();
  }

  /** How its last process ended, once nothing of it runs and nothing will; `exit` is undefined when there never was a process. */
  get end(): { readonly exit: ExitStatus | undefined } | undefined {
    const isOver = this.process.isAtRest && this.#overlap.isIdle;
    return isOver ? { exit: this.process.lastExit } : undefined;
  }

  /** Whether an instance beside the process comes or goes. */
  get isOverlapping(): boolean {
    return !this.#overlap.isIdle || !this.#orphans.isIdle;
  }

  /** As MemberPipes.hold. */
  hold(): Promise<() => void> {
    return this.#pipes.hold();
  }

  /** Leaves everything to another daemon, while it is held. */
  abandon(): void {
    this.process.dispose();
    this.#overlap.dispose();
    this.#hold.set(undefined);
    this.#watch.abort();
    this.#pipes.current?.abandon();
  }

  /** Its process has to be stopped. */
  async close(): Promise<void> {
    this.process.dispose();
    this.#overlap.dispose();
    this.#hold.set(undefined);
    this.#watch.abort();
    this.#launch?.lease?.release();
    await this.#pipes.close();
  }

  #adopt(saved: SavedProcess): Instance {
    const gone = watchUntilGone(this.#world.os, saved.id, this.#watch.signal);
    return this.#starter.adopt(this.#program, {
      id: saved.id,
      startedEpochMs: saved.startedEpochMs,
      startedAs: undefined,
      exited: gone.then(() => ({ kind: 'unknown' })),
      files: saved.files,
      sockets: saved.sockets,
      gracefulTimeoutS: saved.gracefulTimeoutS,
      patienceS: saved.stop.waitSecs,
    });
  }

  #findCommand(): ReturnType<typeof findCommand> {
    return findCommand(this.#program, this.#world.environment.PATH);
  }

  /** Seconds from the stop signal to the KILL of the process that runs, or ran last. */
  get #patienceS(): number {
    return stopPatienceS(this.#program, this.#main?.gracefulTimeoutS);
  }

  get #socketReason(): string {
    if (this.#launch !== undefined) return this.#launch.reason;
    if (!this.#isAdopted) return 'it is not started';
    return (this.#main?.sockets.length ?? 0) === 0
      ? 'an earlier daemon has started it'
      : 'an earlier daemon has started it, was killed, and its sockets could not be taken back';
  }

  /** Starts the process: after a crash as before, else as its settings are now. */
  async #spawn(program: Program, command: FoundCommand): Promise<Result<SpawnedChild, string>> {
    const mainBefore = this.#main;
    const current = this.#isLaunchStale ? undefined : this.#launch;
    const plan = current?.plan ?? (await this.#starter.plan(program, command));
    // As long as they listen nobody else can.
    await this.#orphans.whenGone();
    // A lease of its own: whatever happens to the one before, these sockets are open until the process has them.
    const opened = await this.#starter.openSockets(program, plan);
    if (!opened.ok) return opened;
    const launch = opened.value;
    const pidfile = plan.gunicorn?.pidfile;
    if (pidfile !== undefined && mainBefore !== undefined) {
      await this.#starter.removePidFileOfZombie(program, pidfile, mainBefore.id);
    }
    const started = await this.#starter.start(program, command, launch, FIRST);
    if (!started.ok) {
      launch.lease?.release();
      return started;
    }
    const instance = started.value;
    this.#releaseAtEnd(instance, launch);
    if (this.#main !== mainBefore) {
      // Its successor was promoted while it was started.
      void this.#overlap.retire(instance);
      return err('another instance has become the process');
    }
    const before = this.#becomeMain(instance, launch);
    before.launch?.lease?.release();
    this.#isLaunchStale = false;
    this.#isAdopted = false;
    this.#pipes.current?.attach(instance.id.pid);
    if (this.process.state === 'STOPPING' && !this.#isHeld) this.#closeSockets();
    return ok({ id: instance.id, exited: instance.exited });
  }

  async #spawnSuccessor(
    command: FoundCommand,
    withoutSockets: boolean,
  ): Promise<Result<Instance, string>> {
    const program = this.#program;
    const plan = await this.#starter.plan(program, command);
    const isWithout = withoutSockets && program.kind === 'program' && plan.sockets.length === 0;
    if (plan.sockets.length === 0 && !isWithout) return err(plan.reason);
    const launch = await this.#starter.openSockets(program, plan);
    if (!launch.ok) return launch;
    if (launch.value.lease === undefined && !isWithout) return err(launch.value.reason);
    const { files, args } =
      plan.gunicorn === undefined
        ? { files: CONFIGURED_FILES, args: [] }
        : filesForSuccessor(plan.gunicorn, markOfSuccessor(this.#world.os.wallClock()));
    const started = await this.#starter.start(program, command, launch.value, {
      files,
      args,
      isSecond: true,
    });
    if (!started.ok) {
      launch.value.lease?.release();
      return started;
    }
    this.#successorLaunch = launch.value;
    this.#releaseAtEnd(started.value, launch.value);
    return started;
  }

  #becomeMain(
    instance: Instance,
    launch: Launch | undefined,
  ): { readonly main: Instance | undefined; readonly launch: Launch | undefined } {
    const before = { main: this.#main, launch: this.#launch };
    this.#main = instance;
    this.#launch = launch;
    void instance.exited.then((status) => {
      if (this.#main !== instance) return; // Then it is a matter of the overlap.
      const isStopping = this.process.state === 'STOPPING';
      this.#orphans.note(instance, orphanGraceS(instance, { isStopping, status }));
    });
    return before;
  }

  /** The sockets of an instance go with it, unless they are those of the process, which will be started again. */
  #releaseAtEnd(instance: Instance, launch: Launch): void {
    void instance.exited.then(() => {
      if (this.#launch !== launch) launch.lease?.release();
    });
  }

  #onChange(): void {
    if (this.process.state === 'BACKOFF') this.#isLaunchStale = true;
    if (this.process.state === 'RUNNING' || this.process.isAtRest) this.#orphans.end();
    this.#closeIdleSockets();
    this.#world.onChange();
  }

  /** Where nobody would accept there must be nobody to connect to. */
  #closeIdleSockets(): void {
    if (!this.#isHeld && this.process.isAtRest && this.#overlap.isIdle) this.#closeSockets();
  }

  /** Those of a FastCGI group stay open as long as the group is active. */
  #closeSockets(): void {
    if (this.program.kind === 'fcgi-program') return;
    this.#launch?.lease?.release();
    this.#launch = undefined;
  }

  #save(
    role: SavedProcess['role'],
    instance: Instance,
    record: Pick<SavedProcess, 'id' | 'state' | 'startedEpochMs'>,
  ): SavedProcess {
    const { program } = this;
    const { id, state, startedEpochMs } = record;
    return {
      id,
      state,
      startedEpochMs,
      role,
      group: program.group,
      name: program.name,
      kind: program.kind,
      logs: this.process.logs,
      memory: this.process.memory,
      fingerprint: digestOnce(role === 'main' ? this.programInForce : program),
      sockets: instance.sockets,
      files: instance.files,
      gracefulTimeoutS: instance.gracefulTimeoutS,
      ...(role === 'retiring' && this.#overlap.isTold(instance) ? { isTold: true } : {}),
      stop: {
        signalNumber: program.stopsignalNumber,
        waitSecs: instance.patienceS,
        asGroup: program.stopasgroup,
        killAsGroup: program.killasgroup,
      },
    };
  }

  #fail(reason: string): Result<never, Fault> {
    return err({ name: 'FAILED', detail: `${nameSpecOf(this.program)}: ${reason}` });
  }

  async #publish(instance: Instance): Promise<void> {
    await this.#starter.publishPidFile(instance);
    await this.#starter.publishControlSocket(instance);
  }
}

/** Asked for at every change of anything. */
const digests = new WeakMap<Program, string>();

function digestOnce(program: Program): string {
  const digest = digests.get(program) ?? digestOf(program);
  digests.set(program, digest);
  return digest;
}
