import type { Names } from './python/percent-format.ts';

/** How many characters all expansions of one configuration may add: more than anybody needs. */
const MAX_GROWTH = 256 * 1024 * 1024;

/** Processes of all programs together: no machine runs so many. */
export const MAX_PROCESSES = 250_000;

/** What one configuration may still come to. */
interface Growth {
  left: number;
  processes: number;
}

/**
 * Names in layers, of which the first decides: the few names of a section lie over an environment
 * that may have thousands, without copying it.
 */
export class LayeredNames implements Names {
  readonly #layers: ReadonlyArray<ReadonlyMap<string, string | number>>;
  readonly #growth: Growth;

  constructor(
    layers: ReadonlyArray<ReadonlyMap<string, string | number>>,
    growth: Growth = { left: MAX_GROWTH, processes: MAX_PROCESSES },
  ) {
    this.#layers = layers;
    this.#growth = growth;
  }

  get(name: string): string | number | undefined {
    for (const layer of this.#layers) {
      const value = layer.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  keys(): Iterable<string> {
    return new Set(this.#layers.flatMap((layer) => [...layer.keys()]));
  }

  /** These with `layer` before them; both grow from the same store. */
  over(layer: ReadonlyMap<string, string | number>): LayeredNames {
    return new LayeredNames([layer, ...this.#layers], this.#growth);
  }

  /** These with `layer` behind them. */
  under(layer: ReadonlyMap<string, string | number>): LayeredNames {
    return new LayeredNames([...this.#layers, layer], this.#growth);
  }

  /** Takes note of that many processes. False when the configuration as a whole has too many. */
  count(processes: number): boolean {
    this.#growth.processes -= Math.max(0, processes);
    return this.#growth.processes >= 0;
  }

  /** Counts what an expansion has added. False when the whole configuration has grown too far. */
  grow(characters: number): boolean {
    this.#growth.left -= Math.max(0, characters);
    return this.#growth.left >= 0;
  }
}
