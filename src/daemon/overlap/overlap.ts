import { reasonOf } from '../../base/reason-of.ts';
import { err, type Result } from '../../base/result.ts';
import type { Program } from '../../config/program.ts';
import type { Os } from '../../os/os.ts';
import type { OverlapSnapshot, RetiredInstance, Retirement } from '../control.ts';
import type { Logger } from '../logs/logger.ts';
import { Alarm } from '../process/alarm.ts';
import { describeExit, type ExitStatus } from '../process/exit-status.ts';
import { Waiters } from '../process/waiters.ts';
import { endInstance } from './end-instance.ts';
import { endOrphans, orphanGraceS } from './end-orphans.ts';
import type { Instance } from './instance.ts';

/** What an {@link Overlap} needs of the world around it. */
export interface OverlapWorld {
  /** As the configuration has it now. */
  readonly program: () => Program;
  readonly os: Pick<Os, 'now' | 'sleep' | 'kill' | 'processes' | 'environment'>;
  readonly logger: Logger;
  /** Called after every change of {@link Overlap.snapshot}. */
  readonly onChange: () => void;
}

/**
 * The second instance of a program.
 *
 * ```
 *   none ──start──▶ starting ──spawned──▶ waiting ──take──▶ none (it is the process now)
 *     ▲                │ │                   │
 *     │◀───failed──────┘ └─abandon─┐         │ ended,
 *     │                            ▼         │
 *     └──────gone, all of it──── ending ◀────┘ abandon, lease over
 * ```
 */
type Successor =
  | { readonly phase: 'none' }
  | { readonly phase: 'starting'; readonly isAbandoned: boolean }
  | { readonly phase: 'waiting'; readonly instance: Instance }
  | { readonly phase: 'ending'; readonly instance: Instance };

/** The instances of one program beside the process itself: the one that is to follow it, and those that it has followed. */
export class Overlap {
  readonly #world: OverlapWorld;
  readonly #lease: Alarm;
  #successor: Successor = { phase: 'none' };
  #successorEnd: OverlapSnapshot['successorEnd'];
  readonly #retiring = new Set<Instance>();
  /** Of those that retire with a time of their own: how long their program says, and whether they have their signals. */
  readonly #patient = new Map<Instance, { readonly ownS: number; isTold: boolean }>();
  #retired: RetiredInstance | undefined;
  readonly #idleWaiters = new Waiters();

  constructor(world: OverlapWorld) {
    this.#world = world;
    this.#lease = new Alarm(world.os, () => {
      this.#onLeaseOver();
    });
  }

  get snapshot(): Pick<OverlapSnapshot, 'successor' | 'successorEnd' | 'retiring' | 'retired'> {
    return {
      successor: this.successor?.id.pid ?? 0,
      successorEnd: this.#successorEnd,
      retiring: [...this.#retiring].map(({ id }) => id.pid),
      retired: this.#retired,
    };
  }

  /** The second instance, also while it ends. */
  get successor(): Instance | undefined {
    const successor = this.#successor;
    return successor.phase === 'waiting' || successor.phase === 'ending'
      ? successor.instance
      : undefined;
  }

  get retiring(): readonly Instance[] {
    return [...this.#retiring];
  }

  /** Whether there is no instance beside the process, and none on its way. */
  get isIdle(): boolean {
    return this.#successor.phase === 'none' && this.#retiring.size === 0;
  }

  /** Resolves when it is idle. */
  whenIdle(): Promise<void> {
    const idle = this.#idleWaiters.wait();
    this.#tellWaiters();
    return idle;
  }

  /** Starts a second instance; unless it is taken within `leaseS` seconds it is ended. The error says why there is none. */
  async start(
    leaseS: number,
    spawn: () => Promise<Result<Instance, string>>,
  ): Promise<Result<Instance, string>> {
    const { phase } = this.#successor;
    if (phase !== 'none') {
      const pid = this.successor?.id.pid;
      return err(`there is a second instance already${pid === undefined ? '' : ` (pid ${pid})`}`);
    }
    this.#successorEnd = undefined;
    this.#successor = { phase: 'starting', isAbandoned: false };
    let spawned: Result<Instance, string>;
    try {
      spawned = await spawn();
    } catch (error) {
      // A pipe that somebody removed, a bug: neither must leave the program without reloads for ever.
      spawned = err(reasonOf(error));
    }
    if (!spawned.ok) {
      this.#become({ phase: 'none' });
      return spawned;
    }
    const instance = spawned.value;
    const { name } = this.#world.program();
    const { logger, os } = this.#world;
    logger.log('info', `spawned: second instance of '${name}' with pid ${instance.id.pid}`);
    const isAbandoned = this.#isAbandoned();
    this.#become({ phase: 'waiting', instance });
    this.#follow(instance);
    if (isAbandoned) {
      this.abandon();
      return err('it was stopped while it was started');
    }
    this.#lease.set(os.now() + leaseS * 1000);
    return spawned;
  }

  /** Ends the second instance, if there is one. */
  abandon(): void {
    const successor = this.#successor;
    switch (successor.phase) {
      case 'none':
      case 'ending':
        return;
      case 'starting':
        this.#successor = { phase: 'starting', isAbandoned: true };
        return;
      case 'waiting':
        this.#lease.set(undefined);
        this.#become({ phase: 'ending', instance: successor.instance });
        void endInstance(this.#world, this.#world.program(), successor.instance);
        return;
    }
  }

  /** Gives the second instance away: it is nobody's successor any more. Undefined when there is none that lives and stays. */
  take(): Instance | undefined {
    const successor = this.#successor;
    if (successor.phase !== 'waiting') return undefined;
    this.#lease.set(undefined);
    this.#become({ phase: 'none' });
    return successor.instance;
  }

  /** Ends an instance that is not needed any more; `isTold`: it has been sent its signals by an earlier daemon. Resolves when it has gone. */
  async retire(
    replaced: Instance,
    {
      signals = [],
      patienceS = 0,
      isTold = false,
      after,
    }: Retirement & {
      readonly isTold?: boolean;
      /** What has to be done before it is told. */
      readonly after?: Promise<unknown>;
    } = {},
  ): Promise<void> {
    const { logger } = this.#world;
    const program = this.#world.program();
    const { name } = program;
    const instance = { ...replaced, patienceS: Math.max(replaced.patienceS, patienceS) };
    logger.log('info', `waiting for replaced '${name}' (${instance.id.pid}) to stop`);
    this.#retiring.add(instance);
    const patient =
      isTold || patienceS > 0
        ? { ownS: isTold ? program.stopwaitsecs : replaced.patienceS, isTold }
        : undefined;
    if (patient !== undefined) this.#patient.set(instance, patient);
    this.#world.onChange();
    await after;
    const retired = await endInstance(
      this.#world,
      program,
      instance,
      isTold ? 'told' : signals,
      () => {
        if (patient === undefined || patient.isTold) return;
        patient.isTold = true;
        this.#world.onChange();
      },
    );
    await this.#endOrphansOf(instance, await instance.exited, true);
    this.#retired = retired;
    this.#retiring.delete(instance);
    this.#patient.delete(instance);
    logger.log('info', `stopped: replaced '${name}' (${retired.pid}) after ${retired.afterMs} ms`);
    this.#changed();
  }

  /** Whether an instance that retires with a time of its own has been sent its signals. */
  isTold(instance: Instance): boolean {
    return this.#patient.get(instance)?.isTold === true;
  }

  /** The program is stopped: those that retire have no more time from now on than it says. */
  hurry(): void {
    for (const [instance, { ownS }] of this.#patient) {
      this.#patient.delete(instance);
      void endInstance(
        this.#world,
        this.#world.program(),
        { ...instance, patienceS: ownS },
        'told',
      );
    }
  }

  /** No timer moves it any more. */
  dispose(): void {
    this.#lease.set(undefined);
  }

  #isAbandoned(): boolean {
    return this.#successor.phase === 'starting' && this.#successor.isAbandoned;
  }

  #onLeaseOver(): void {
    const pid = this.successor?.id.pid ?? 0;
    this.#world.logger.log(
      'warn',
      `second instance of '${this.#world.program().name}' (${pid}) was not promoted in time, stopping it`,
    );
    this.abandon();
  }

  #follow(instance: Instance): void {
    void instance.exited.then((status) => {
      if (this.successor !== instance) return;
      this.#lease.set(undefined);
      const { pid } = instance.id;
      this.#successorEnd = { pid, status: describeExit(status) };
      this.#world.logger.log(
        'info',
        `exited: second instance of '${this.#world.program().name}' (${pid}; ${describeExit(status)})`,
      );
      const isStopping = this.#successor.phase === 'ending';
      this.#become({ phase: 'ending', instance });
      void this.#endOrphansOf(instance, status, isStopping).then(() => {
        this.#become({ phase: 'none' });
      });
    });
  }

  #endOrphansOf(instance: Instance, status: ExitStatus, isStopping: boolean): Promise<void> {
    const graceS = orphanGraceS(instance, { isStopping, status });
    return endOrphans(this.#world, instance, { name: this.#world.program().name, graceS });
  }

  #become(successor: Successor): void {
    this.#successor = successor;
    this.#changed();
  }

  #changed(): void {
    this.#tellWaiters();
    this.#world.onChange();
  }

  #tellWaiters(): void {
    if (this.isIdle) this.#idleWaiters.settle();
  }
}

/** The name of a second instance's own files: unique among all that may be left of this machine's boots. */
export function markOfSuccessor(nowMs: number): string {
  return `reload-${Math.floor(nowMs).toString(36)}`;
}
