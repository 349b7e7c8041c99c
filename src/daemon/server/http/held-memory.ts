/** For the bodies of requests that are being read, and for answers that are on their way: two of the longest that there are. */
const LIMIT_BYTES = 48 * 1024 * 1024;

/** Memory that somebody else decides on when it is let go. */
export interface Hold {
  /** It is so much more. */
  readonly grow: (bytes: number) => void;
  /** The other side has done something. */
  readonly progress: () => void;
  readonly release: () => void;
}

interface Holder {
  bytes: number;
  readonly cut: () => void;
}

/**
 * What all servers of a daemon together keep for clients that are slow to send and to read. Where it becomes too much, those are cut off that
 * have done nothing for the longest time, so that whoever reads its answer gets it.
 */
export class HeldMemory {
  readonly #limitBytes: number;
  /** Insertion order is the time since they did something. */
  readonly #holders = new Set<Holder>();
  #bytes = 0;

  constructor(limitBytes = LIMIT_BYTES) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `cut` ends the connection that the memory is for. */
  hold(bytes: number, cut: () => void): Hold {
    const holder: Holder = { bytes: 0, cut };
    this.#holders.add(holder);
    const grow = (more: number): void => {
      if (!this.#holders.has(holder)) return;
      holder.bytes += more;
      this.#bytes += more;
      this.#cutOthers(holder);
    };
    grow(bytes);
    return {
      grow,
      progress: () => {
        if (this.#holders.delete(holder)) this.#holders.add(holder);
      },
      release: () => {
        this.#letGo(holder);
      },
    };
  }

  /** One alone may be larger than the limit: how much an answer may hold is decided elsewhere. */
  #cutOthers(newest: Holder): void {
    for (const holder of this.#holders) {
      if (this.#bytes <= this.#limitBytes) return;
      if (holder === newest) continue;
      this.#letGo(holder);
      holder.cut();
    }
  }

  #letGo(holder: Holder): void {
    if (this.#holders.delete(holder)) this.#bytes -= holder.bytes;
  }
}
