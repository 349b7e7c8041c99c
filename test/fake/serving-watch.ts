import type { FakeMachine } from './machine.ts';

/** A time in which nobody took requests. */
export interface Gap {
  /** 'refused': nobody listened. 'stalled': connections waited. */
  readonly kind: 'refused' | 'stalled';
  readonly fromMs: number;
  /** undefined: it lasts. */
  toMs: number | undefined;
}

/** Looks after each moment whether a connection to an address would be taken at once. */
export class ServingWatch {
  readonly #machine: FakeMachine;
  readonly #address: string;
  readonly #gaps: Gap[] = [];
  #open: Gap | undefined;

  constructor(machine: FakeMachine, address: string) {
    this.#machine = machine;
    this.#address = address;
    machine.clock.watch(() => {
      this.#look();
    });
  }

  /** Gaps that were open at `fromMs` or later. */
  gapsSince(fromMs: number): readonly Gap[] {
    return this.#gaps.filter(({ toMs }) => toMs === undefined || toMs > fromMs);
  }

  get isServed(): boolean {
    return this.#state() === 'served';
  }

  #state(): 'served' | Gap['kind'] {
    // Asked after each moment of each test: nothing is allocated here.
    let isBound = false;
    for (const { address, holders, acceptors } of this.#machine.kernel.sockets) {
      if (address !== this.#address || holders.size === 0) continue;
      isBound = true;
      for (const { state } of acceptors) if (state === 'S') return 'served';
    }
    return isBound ? 'stalled' : 'refused';
  }

  #look(): void {
    const state = this.#state();
    if (this.#open?.kind === state) return;
    if (this.#open !== undefined) this.#open.toMs = this.#machine.clock.nowMs;
    this.#open =
      state === 'served'
        ? undefined
        : { kind: state, fromMs: this.#machine.clock.nowMs, toMs: undefined };
    if (this.#open !== undefined) this.#gaps.push(this.#open);
  }
}
