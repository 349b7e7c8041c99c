import type { ProgramGroup } from '../../config/program.ts';
import type { GroupSnapshot } from '../control.ts';
import { ListenerPool } from '../events/listener-pool.ts';
import { Member, type ListenerHooks, type MemberWorld } from './member.ts';

/** A group whose programs are supervised. */
export class ActiveGroup {
  readonly config: ProgramGroup;
  /** In the order of the configuration: the order of autostart. */
  readonly members: readonly Member[];
  readonly #pool: ListenerPool | undefined;

  constructor(config: ProgramGroup, world: MemberWorld) {
    this.config = config;
    // Of two programs with one name the last counts, as in supervisord.
    const byName = new Map(config.programs.map((program) => [program.name, program]));
    this.#pool = config.eventlistener === undefined ? undefined : this.#openPool(world);
    this.members = [...byName.values()].map(
      (program) => new Member(program, world, this.#hooksOf(program.name)),
    );
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
    return this.members.every(({ process }) => process.isStopped);
  }

  get snapshot(): GroupSnapshot {
    const { name, priority } = this;
    return { name, priority, members: this.byPriority.map(({ process }) => process.snapshot) };
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

  /** Stops everything together, in descending priority; resolves when nothing runs any more. Nothing is tried again. */
  async shutDown(): Promise<void> {
    const members = [...this.byPriority].reverse();
    for (const { process } of members) {
      process.giveUp();
      process.stop(); // Refused where there is nothing to stop.
    }
    await Promise.all(members.map(({ process }) => process.settleStop()));
  }

  async close(): Promise<void> {
    this.#pool?.close();
    await Promise.all(this.members.map((member) => member.close()));
  }

  #openPool({ identifier, serials, events, logger }: MemberWorld): ListenerPool {
    return new ListenerPool({
      group: this.config,
      identifier,
      serials,
      events,
      logger,
      send: (name, data) => this.member(name)?.send(data) === true,
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
