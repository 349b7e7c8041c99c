import { err, ok, type Result } from '../../base/result.ts';
import type { Program } from '../../config/program.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import { isAlive, watchUntilGone } from '../adopt/foreign-processes.ts';
import type { SavedProcess } from '../adopt/saved-state.ts';
import type { Fault, OverlapSnapshot, Retirement } from '../control.ts';
import type { InstanceStarter } from '../groups/instance-starter.ts';
import type { MemberPipes } from '../groups/member-pipes.ts';
import type { MemberDeps } from '../groups/member-deps.ts';
import type { ManagedProcess } from '../process/managed-process.ts';
import { NO_PLAN } from '../sockets/plan-launch.ts';
import { ProgramSockets } from '../sockets/program-sockets.ts';
import { socketOwnerOf } from '../sockets/socket-registry.ts';
import { findCommand, type FoundCommand } from '../spawn/find-command.ts';
import type { SpawnedChild } from '../spawn/spawn-child.ts';
import type { SpawnPlace } from '../spawn/spawn-turns.ts';
import { orphanGraceS } from './end-orphans.ts';
import { CONFIGURED_FILES, filesForSuccessor } from './instance-files.ts';
import type { Instance, Launch } from './instance.ts';
import { Orphans } from './orphans.ts';
import { markOfSuccessor, Overlap } from './overlap.ts';
import { stopPatienceS } from './stop-patience.ts';

/** What {@link Instances} are made of. */
export interface InstancesDeps {
  readonly world: MemberDeps;
  readonly starter: InstanceStarter;
  readonly pipes: MemberPipes;
  /** As the configuration has it now. */
  readonly program: () => Program;
  /** The process itself, which one of them is. */
  readonly process: () => ManagedProcess;
  readonly onChange: () => void;
}

/** How a process is started that is the only one. */
const FIRST = { files: CONFIGURED_FILES, args: [], isSecond: false };

/** The instances of one program: the one that is the process, and those beside it. */
export class Instances {
  readonly overlap: Overlap;
  readonly orphans: Orphans;
  readonly sockets: ProgramSockets;
  readonly #deps: InstancesDeps;
  readonly #watch = new AbortController();
  #main: Instance | undefined;
  #isAdopted = false;
  #successorLaunch: Launch | undefined;

  constructor(deps: InstancesDeps) {
    const { os, logger } = deps.world;
    const { program, process, onChange } = deps;
    this.#deps = deps;
    this.overlap = new Overlap({ program, os, logger, onChange });
    this.orphans = new Orphans({ os, logger }, () => program().name);
    this.sockets = new ProgramSockets({
      os,
      stayOpen: program().kind === 'fcgi-program',
      isIdle: () => process().isAtRest && this.overlap.isIdle,
    });
  }

  /** The instance that is the process, also for a while after its end. */
  get main(): Instance | undefined {
    return this.#main;
  }

  /** Whether none comes or goes beside the process. */
  get isIdle(): boolean {
    return this.overlap.isIdle && this.orphans.isIdle;
  }

  /** Seconds from the stop signal to the KILL of the process that runs, or ran last. */
  get patienceS(): number {
    return stopPatienceS(this.#program, this.#main?.gracefulTimeoutS);
  }

  get snapshot(): OverlapSnapshot {
    const { group, name } = this.#program;
    return {
      group,
      name,
      pid: this.#process.snapshot.pid,
      sockets: this.sockets.launch?.lease?.addresses ?? [],
      socketReason: this.#socketReason,
      adopted: this.#isAdopted,
      ...this.overlap.snapshot,
      gracefulTimeoutS: this.#main?.gracefulTimeoutS ?? 0,
    };
  }

  /** The process has another state. */
  noteChange(): void {
    const { state, isAtRest } = this.#process;
    if (state === 'BACKOFF') this.sockets.expire();
    if (state === 'RUNNING' || isAtRest) this.orphans.end();
    this.sockets.closeIdle();
  }

  /** Starts the process: after a crash as before, else as its settings are now. */
  spawn(program: Program, command: FoundCommand): Promise<Result<SpawnedChild, string>> {
    return this.#deps.starter.inPlace((place) => this.#spawnIn(place, program, command));
  }

  async #spawnIn(
    place: SpawnPlace,
    program: Program,
    command: FoundCommand,
  ): Promise<Result<SpawnedChild, string>> {
    const { starter, pipes } = this.#deps;
    const mainBefore = this.#main;
    const plan = this.sockets.plan ?? (await starter.plan(program, command));
    // As long as they listen nobody else can.
    await this.orphans.whenGone();
    // A lease of its own: whatever happens to the one before, these sockets are open until the process has them.
    const opened = await starter.openSockets(program, plan);
    if (!opened.ok) return opened;
    const launch = opened.value;
    const pidfile = plan.gunicorn?.pidfile;
    if (pidfile !== undefined && mainBefore !== undefined) {
      await starter.removePidFileOfZombie(program, pidfile, mainBefore.id);
    }
    const started = await starter.start(program, command, launch, { ...FIRST, place });
    if (!started.ok) {
      launch.lease?.release();
      return started;
    }
    const instance = started.value;
    this.sockets.releaseAtEnd(instance, launch);
    if (this.#main !== mainBefore) {
      // Its successor was promoted while it was started.
      void this.overlap.retire(instance);
      return err('another instance has become the process');
    }
    this.#becomeMain(instance, launch)?.lease?.release();
    this.sockets.refresh();
    this.#isAdopted = false;
    pipes.current?.attach(instance.id.pid);
    if (this.#process.state === 'STOPPING') this.sockets.closeUnlessHeld();
    return ok({ id: instance.id, exited: instance.exited });
  }

  /**
   * Starts a second instance from the configuration file as it is now, on the same sockets; the value is its pid. Unless promoted
   * within `leaseS` seconds it is ended. NOT_RUNNING; FAILED: where there are no sockets, unless it may be `withoutSockets`.
   */
  async startSuccessor(leaseS: number, withoutSockets: boolean): Promise<Result<number, Fault>> {
    const { world } = this.#deps;
    const { state } = this.#process;
    if (state === 'STOPPED' || state === 'STOPPING' || state === 'UNKNOWN') {
      return err({ name: 'NOT_RUNNING', detail: nameSpecOf(this.#program) });
    }
    if (!world.mayStart()) return this.#fail('the daemon is ending');
    const command = findCommand(this.#program, world.environment.PATH);
    if (!command.ok) return this.#fail(command.error.text);
    const started = await this.overlap.start(leaseS, () =>
      this.#spawnSuccessor(command.value, withoutSockets),
    );
    world.saveNow();
    return started.ok ? ok(started.value.id.pid) : this.#fail(started.error);
  }

  /** Makes the successor the process, and ends the one before it. FAILED: there is no successor. */
  async promoteSuccessor(retirement: Retirement = {}): Promise<Result<true, Fault>> {
    const { world, starter, pipes } = this.#deps;
    const waiting = this.overlap.successor;
    if (waiting === undefined) return this.#fail('there is no successor');
    if (!(await isAlive(world.os, waiting.id))) return this.#fail('the successor has ended');
    // From here to the saving in one turn: nothing can happen in between.
    if (!this.#process.canBePromoted) return this.#fail(`it is ${this.#process.state}`);
    const launch = this.#successorLaunch;
    const successor = this.overlap.take();
    if (successor === undefined) return this.#fail('the successor is being stopped');
    const old = this.#process.record === undefined ? undefined : this.#main;
    // An old one removes the pid file at its end, unless it names another by then.
    const published = starter.publishPidFile(successor);
    const oldLaunch = this.#becomeMain(successor, launch);
    this.#isAdopted = false;
    this.#process.promote(successor.id, successor.startedEpochMs, successor.exited);
    pipes.current?.takeOver(successor.id.pid);
    const { pid } = successor.id;
    world.logger.log('info', `promoted: '${this.#program.name}' is now pid ${pid}`);
    const ended =
      old === undefined ? undefined : this.overlap.retire(old, { ...retirement, after: published });
    world.saveNow();
    if (ended === undefined) oldLaunch?.lease?.release();
    void Promise.resolve(ended).then(() => {
      if (this.#main === successor && this.#process.record?.id === successor.id) {
        void starter.publishControlSocket(successor);
      }
    });
    await published;
    return ok(true);
  }

  /** Goes on with a process of an earlier daemon. */
  takeOver(saved: SavedProcess): Instance {
    const { starter } = this.#deps;
    const instance = this.#adopt(saved);
    const launch = this.reclaimSockets(saved.sockets);
    this.#isAdopted = true;
    this.#becomeMain(instance, launch);
    if (launch !== undefined) this.sockets.releaseAtEnd(instance, launch);
    // The daemon may have died between the promotion of this one and the last steps of it.
    void starter.publishPidFile(instance).then(() => starter.publishControlSocket(instance));
    return instance;
  }

  /** Takes the sockets with these addresses, or all of the program, from an earlier daemon; undefined when there are none. */
  reclaimSockets(addresses?: readonly string[]): Launch | undefined {
    const { sockets } = this.#deps.world;
    const owner = socketOwnerOf(this.#program);
    const lease =
      addresses === undefined ? sockets.reclaimAll(owner) : sockets.reclaim(owner, addresses);
    return lease === undefined ? undefined : { plan: NO_PLAN, lease, reason: '' };
  }

  /** Ends an instance that an earlier daemon had beside the process, as the successor or as one that had been replaced. */
  endBeside(saved: SavedProcess): void {
    void this.overlap.retire(this.#adopt(saved), { isTold: saved.isTold === true });
  }

  /** No timer and no look at anybody's processes moves them any more. */
  dispose(): void {
    this.overlap.dispose();
    this.sockets.dispose();
    this.#watch.abort();
  }

  get #program(): Program {
    return this.#deps.program();
  }

  get #process(): ManagedProcess {
    return this.#deps.process();
  }

  get #socketReason(): string {
    const { launch } = this.sockets;
    if (launch !== undefined) return launch.reason;
    if (!this.#isAdopted) return 'it is not started';
    return (this.#main?.sockets.length ?? 0) === 0
      ? 'an earlier daemon has started it'
      : 'an earlier daemon has started it, was killed, and its sockets could not be taken back';
  }

  #adopt(saved: SavedProcess): Instance {
    const { world, starter } = this.#deps;
    const gone = watchUntilGone(world.os, saved.id, this.#watch.signal);
    return starter.adopt(this.#program, {
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

  async #spawnSuccessor(
    command: FoundCommand,
    withoutSockets: boolean,
  ): Promise<Result<Instance, string>> {
    const { starter, world } = this.#deps;
    const program = this.#program;
    const plan = await starter.plan(program, command);
    const isWithout = withoutSockets && program.kind === 'program' && plan.sockets.length === 0;
    if (plan.sockets.length === 0 && !isWithout) return err(plan.reason);
    const launch = await starter.openSockets(program, plan);
    if (!launch.ok) return launch;
    if (launch.value.lease === undefined && !isWithout) return err(launch.value.reason);
    const { files, args } =
      plan.gunicorn === undefined
        ? { files: CONFIGURED_FILES, args: [] }
        : filesForSuccessor(plan.gunicorn, markOfSuccessor(world.os.wallClock()));
    const started = await starter.inPlace((place) =>
      starter.start(program, command, launch.value, { files, args, isSecond: true, place }),
    );
    if (!started.ok) {
      launch.value.lease?.release();
      return started;
    }
    this.#successorLaunch = launch.value;
    this.sockets.releaseAtEnd(started.value, launch.value);
    return started;
  }

  /** Returns with what the one before was started. */
  #becomeMain(instance: Instance, launch: Launch | undefined): Launch | undefined {
    this.#main = instance;
    void instance.exited.then((status) => {
      if (this.#main !== instance) return; // Then it is a matter of the overlap.
      const isStopping = this.#process.state === 'STOPPING';
      this.orphans.note(instance, orphanGraceS(instance, { isStopping, status }));
    });
    return this.sockets.change(launch);
  }

  #fail(reason: string): Result<never, Fault> {
    return err({ name: 'FAILED', detail: `${nameSpecOf(this.#program)}: ${reason}` });
  }
}
