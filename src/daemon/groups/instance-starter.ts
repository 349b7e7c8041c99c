import { reasonOf } from '../../base/reason-of.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { FcgiSettings, Program } from '../../config/program.ts';
import { settleWithin } from '../../os/clock.ts';
import { errnoOf } from '../../os/errno.ts';
import type { Os } from '../../os/os.ts';
import type { Proc, ProcId } from '../../os/proc.ts';
import { markerIn } from '../../os/program-marker.ts';
import type { InTurn } from '../logs/in-turn.ts';
import type { Instance, Launch } from '../overlap/instance.ts';
import {
  publishControlSocket,
  publishPidFile,
  removeInstanceFiles,
  removePidFileOfZombie,
  type FilesWorld,
  type InstanceFiles,
} from '../overlap/instance-files.ts';
import { membersOf, type LeftBehind } from '../overlap/process-group.ts';
import { stopPatienceS } from '../overlap/stop-patience.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import { planLaunch, type LaunchPlan } from '../sockets/plan-launch.ts';
import { socketOwnerOf, type SocketRegistry } from '../sockets/socket-registry.ts';
import { childEnvironment } from '../spawn/child-environment.ts';
import type { FoundCommand } from '../spawn/find-command.ts';
import { spawnChild } from '../spawn/spawn-child.ts';
import type { SpawnPlace, SpawnTurns } from '../spawn/spawn-turns.ts';
import { withRaw, type StartedWith } from '../spawn/started-with.ts';
import type { MemberPipes, PipesWorld } from './member-pipes.ts';

/** What starting needs of the daemon. */
export interface StarterWorld extends PipesWorld {
  readonly os: Pick<
    Os,
    | 'me'
    | 'wallClock'
    | 'process'
    | 'processes'
    | 'run'
    | 'files'
    | 'rightsOf'
    | 'userById'
    | 'pathWriters'
  >;
  /** The daemon's own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What Node has changed of what the programs inherit. */
  readonly startedWith: StartedWith;
  readonly defaultServerUrl: string | undefined;
  readonly sockets: SocketRegistry;
  /** Whether programs are told to end when we die, however that happens. */
  readonly childrenEndWithUs: boolean;
  /** Whose turn it is to be spawned. */
  readonly spawnTurns: SpawnTurns;
  /** Whose turn it is to be asked for its settings. */
  readonly inPlanTurn: InTurn;
}

/** For all that is done with an instance's files at once. */
const FILES_MS = 10_000;

/** What differs between a first and a second instance. */
export interface StartOptions {
  readonly files: InstanceFiles;
  /** Arguments after those of the command. */
  readonly args: readonly string[];
  /** Whether another instance has the pipes in use. */
  readonly isSecond: boolean;
  /** Whose turn it is. */
  readonly place: SpawnPlace;
}

/** Starts the instances of one program: their sockets, their pipes, their process. */
export class InstanceStarter {
  readonly #fcgi: FcgiSettings | undefined;
  readonly #world: StarterWorld;
  readonly #pipes: MemberPipes;
  /** Those whose end has not been noticed yet. */
  readonly #alive = new Set<ProcId>();
  /** As what an instance was started; the configuration may say another user by now. */
  readonly #programs = new WeakMap<Instance, Program>();

  constructor(fcgi: FcgiSettings | undefined, world: StarterWorld, pipes: MemberPipes) {
    this.#fcgi = fcgi;
    this.#world = world;
    this.#pipes = pipes;
  }

  /** Takes the next place among those that are to be spawned, for as long as the work lasts. */
  async inPlace<T>(work: (place: SpawnPlace) => Promise<T>): Promise<T> {
    const place = this.#world.spawnTurns.reserve();
    try {
      return await work(place);
    } finally {
      place.release();
    }
  }

  /** Reads the program's settings as they are now. */
  plan(program: Program, command: FoundCommand): Promise<LaunchPlan> {
    const { os, inPlanTurn } = this.#world;
    const context = { program, command, env: this.#environment(program), fcgi: this.#fcgi };
    return inPlanTurn(() => planLaunch(os, context));
  }

  /** Has the sockets of a plan opened. The error is for a program that cannot be started without them. */
  async openSockets(program: Program, plan: LaunchPlan): Promise<Result<Launch, string>> {
    if (plan.sockets.length === 0) return ok({ plan, lease: undefined, reason: plan.reason });
    const { name } = program;
    const lease = await this.#world.sockets.acquire(socketOwnerOf(program), plan.sockets);
    if (lease.ok) return ok({ plan, lease: lease.value, reason: '' });
    const { logger } = this.#world;
    logger.log('warn', `could not listen for '${name}' on ${lease.error}`);
    return plan.isRequired
      ? err(`could not listen on ${lease.error}`)
      : ok({ plan, lease: undefined, reason: `could not listen on ${lease.error}` });
  }

  /** Starts a process. The error is what becomes the spawn error. */
  async start(
    program: Program,
    command: FoundCommand,
    { plan, lease }: Launch,
    { files, args, isSecond, place }: StartOptions,
  ): Promise<Result<Instance, string>> {
    const { os, childrenEndWithUs, environment, startedWith } = this.#world;
    const { softFiles } = startedWith;
    let opened: Awaited<ReturnType<MemberPipes['openFor']>>;
    try {
      opened = await this.#pipes.openFor(program, { isSecond });
    } catch (error) {
      const code = errnoOf(error) ?? reasonOf(error);
      return err(`unknown error making dispatchers for '${program.name}': ${code}`);
    }
    const { pipes, startedAs } = opened;
    const [word, ...words] = command.argv;
    const sockets = lease?.fds ?? [];
    const onStdin = plan.passing === 'stdin' ? sockets[0] : undefined;
    const spawned = await place.run(() =>
      pipes.lend(
        ({ stdio: [stdin, stdout, stderr], kept }) =>
          spawnChild(os, {
            name: program.name,
            command: { file: command.file, argv: [word, ...words, ...args] },
            ...withRaw(this.#environment(program), environment, startedWith.rawVariables),
            softFiles,
            cwd: program.directory,
            umask: program.umask,
            user: program.user,
            fds:
              onStdin === undefined
                ? [stdin, stdout, stderr, ...sockets]
                : [onStdin, stdout, stderr],
            kept,
            endsWithUs: childrenEndWithUs,
            tellsSockets: onStdin === undefined && sockets.length > 0,
          }),
        { isSecond },
      ),
    );
    if (!spawned.ok) return spawned;
    const { id, exited } = spawned.value;
    return ok(
      this.adopt(program, {
        id,
        exited,
        startedAs,
        files,
        sockets: lease?.addresses ?? [],
        startedEpochMs: os.wallClock(),
        gracefulTimeoutS: plan.gunicorn?.gracefulTimeout,
        patienceS: stopPatienceS(program, plan.gunicorn?.gracefulTimeout),
      }),
    );
  }

  /** Has the end of an instance of `program` mean that all it has written is in the log. */
  adopt(program: Program, instance: Omit<Instance, 'left'>): Instance {
    const { id, files } = instance;
    this.#alive.add(id);
    const exited = instance.exited.then(async (status): Promise<ExitStatus> => {
      this.#alive.delete(id);
      await this.#pipes.flush(this.#alive.size === 0);
      await this.#withFiles(program, files, (world) => removeInstanceFiles(world, files, id.pid));
      return status;
    });
    const adopted = { ...instance, exited, left: this.#leftBy(program, instance) };
    this.#programs.set(adopted, program);
    return adopted;
  }

  /** Looked at as soon as it has ended: later its number may be another group's. */
  #leftBy(program: Program, { id, exited, sockets }: Omit<Instance, 'left'>): LeftBehind {
    const { os } = this.#world;
    return {
      members: exited
        .then(async () => (sockets.length === 0 ? [] : membersOf(await os.processes(), id)))
        .catch((): readonly Proc[] => []), // No descriptor left for a look: then the marks alone tell.
      marker: markerIn(this.#environment(program)),
      uid: program.user?.uid ?? os.me.uid,
    };
  }

  /** Has the configured pid file name this instance. Tells in the log what does not succeed. */
  publishPidFile(instance: Instance): Promise<void> {
    const { files, id } = instance;
    const program = this.#programs.get(instance);
    return this.#withFiles(program, files, (world) => publishPidFile(world, files, id.pid));
  }

  /** Has the configured control socket lead to this instance. Tells in the log what does not succeed. */
  publishControlSocket(instance: Instance): Promise<void> {
    const { files } = instance;
    const program = this.#programs.get(instance);
    return this.#withFiles(program, files, (world) => publishControlSocket(world, files));
  }

  /** As removePidFileOfZombie. */
  removePidFileOfZombie(program: Program, pidfile: string, ended: ProcId): Promise<void> {
    const { os } = this.#world;
    const pidFile = { configured: pidfile, own: pidfile };
    return this.#withFiles(program, { pidFile, controlSocket: undefined }, ({ rights }) =>
      removePidFileOfZombie({ os, rights }, pidfile, ended),
    );
  }

  /** A directory of the program's that does not answer must not hold anything up for long. */
  async #withFiles(
    program: Program | undefined,
    { pidFile, controlSocket }: InstanceFiles,
    work: (world: FilesWorld) => Promise<Result<true, string>>,
  ): Promise<void> {
    if (program === undefined || (pidFile ?? controlSocket) === undefined) return;
    const { os, logger } = this.#world;
    const { name, user } = program;
    const done = async (): Promise<Result<true, string>> =>
      work({ os, rights: user === undefined ? 'ours' : await os.rightsOf(user) });
    const late = err(`the files of the program did not answer within ${FILES_MS / 1000} s`);
    const result = await settleWithin(done(), FILES_MS, late);
    if (!result.ok) logger.log('warn', `'${name}': ${result.error}`);
  }

  #environment(program: Program): Readonly<Record<string, string>> {
    const { environment, defaultServerUrl } = this.#world;
    return childEnvironment(program, environment, defaultServerUrl);
  }
}
