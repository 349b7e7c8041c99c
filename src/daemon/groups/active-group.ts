import type { Program, ProgramGroup } from '../../config/program.ts';
import { createInTurn } from '../logs/in-turn.ts';
import { ListenerPool } from '../events/listener-pool.ts';
import type { MemberDeps } from './member-deps.ts';
import { Member, type ListenerHooks } from './member.ts';

/** A group whose programs are supervised. */
export class ActiveGroup {
  readonly #world: MemberDeps;
  readonly #pool: ListenerPool | undefined;
  #config: ProgramGroup;
  #members: readonly Member[];
  /** No longer asked for, but still there. */
  #leaving: readonly Member[] = [];
  readonly #inTurn = createInTurn();

  constructor(config: ProgramGroup, world: MemberDeps) {
    this.#config = config;
    this.#world = world;
    this.#pool = config.eventlistener === undefined ? undefined : this.#openPool(world);
    this.#members = programsOf(config).map((program) => this.#createMember(program));
  }

  get config(): ProgramGroup {
    return this.#config;
  }

  /** What the configuration would have to say to be what runs. */
  get configInForce(): ProgramGroup {
    const programs = this.#config.programs.map(
      (program) => this.member(program.name)?.programInForce ?? program,
    );
    return { ...this.#config, programs };
  }

  /** In the order of the configuration: the order of autostart. */
  get members(): readonly Member[] {
    return [...this.#members, ...this.#leaving];
  }

  get name(): string {
    return this.config.name;
  }

  get priority(): number {
    return this.config.priority;
  }

  /** By ascending priority, stable. */
  get byPriority(): readonly Member[] {
    return [...this.members].sort((a, b) => a.program.priority - b.program.priority);
  }

  get isStopped(): boolean {
    return this.members.every((member) => member.isStopped);
  }

  member(name: string): Member | undefined {
    return this.members.find(({ program }) => program.name === name);
  }

  /** Starts what has autostart and has never been started. */
  autostart(): void {
    for (const { process, program } of this.members) {
      if (program.autostart && process.isFresh) process.launch();
    }
  }

  /**
   * Takes a new configuration of the group, of the same kind: what needs no start is in force at once, new processes are made, those that are
   * gone are stopped. What runs is not touched; of what does not run, `restless` says what is started. Resolves when the last one that was
   * not asked for any more has ended.
   */
  update(config: ProgramGroup, restless: (name: string) => boolean): Promise<void> {
    return this.#inTurn(async () => {
      const old = new Map(this.#members.map((member) => [member.program.name, member]));
      this.#config = config;
      this.#members = programsOf(config).map((program) => {
        const member = old.get(program.name);
        member?.configure(program);
        if (member !== undefined) return member;
        const added = this.#createMember(program);
        added.pipes.nameLogs();
        return added;
      });
      this.#leaving = [...old.values()].filter((member) => !this.#members.includes(member));
      for (const { process, program } of this.#members) {
        const isDue = process.isFresh || (process.isStopped && restless(program.name));
        if (program.autostart && isDue) process.launch();
      }
      await Promise.all(this.#leaving.map((member) => leave(member)));
      this.#leaving = [];
    });
  }

  /** Stops everything together, in descending priority; resolves when nothing runs any more. Nothing is tried again. */
  async shutDown(): Promise<void> {
    const members = [...this.byPriority].reverse();
    await Promise.all(members.map((member) => member.shutDown()));
  }

  async close(): Promise<void> {
    this.#pool?.close();
    await Promise.all(this.members.map((member) => member.close()));
  }

  #createMember(program: Program): Member {
    return new Member(program, this.#world, {
      fcgi: this.#config.fcgi,
      listener: this.#hooksOf(program.name),
    });
  }

  #openPool({ identifier, serials, events, logger }: MemberDeps): ListenerPool {
    return new ListenerPool({
      group: this.#config,
      identifier,
      serials,
      events,
      logger,
      send: (name, data) => this.member(name)?.pipes.current?.write(data).ok === true,
    });
  }

  #hooksOf(name: string): ListenerHooks | undefined {
    const pool = this.#pool;
    if (pool === undefined) return undefined;
    return {
      receive: (chunk) => {
        pool.receive(name, chunk);
      },
      takeOver: (isRunning) => {
        pool.takeOver(name, { isRunning });
      },
    };
  }
}

/** Of two programs with one name the last counts, as in supervisord. */
function programsOf({ programs }: ProgramGroup): readonly Program[] {
  return [...new Map(programs.map((program) => [program.name, program])).values()];
}

async function leave(member: Member): Promise<void> {
  await member.shutDown();
  await member.close();
}
