import { err, ok, type Result } from '../base/result.ts';
import { rememberSecret } from '../base/secrets/known-secrets.ts';
import { isSecretName } from '../base/secrets/secret-name.ts';
import { formatPercent, type Names } from './python/percent-format.ts';
import { repr } from './python/repr.ts';
import { compareCodePoints } from './python/text.ts';

const LONGEST_SHOWN = 10_000;

/**
 * `text` with its %(name)s filled in. The error is supervisord's (supervisor/options.py, expand);
 * `label` names the key in it.
 */
export function expand(text: string, names: Names, label: string): Result<string, string> {
  if (!text.includes('%')) return ok(text);
  const filled = formatPercent(text, names);
  const subject = (): string => `Format string ${repr(shorten(text))} for ${repr(label)}`;
  if (filled.ok) {
    const isWithin = !(names instanceof LayeredNames) || names.grow(filled.value.length);
    return isWithin ? filled : err(`${subject()} makes the configuration as a whole too long`);
  }
  if (filled.error.kind === 'malformed') {
    return err(`${subject()} is badly formatted: ${filled.error.text}`);
  }
  const available = [...names.keys()].sort(compareCodePoints).join(', ');
  return err(
    `${subject()} contains names (${repr(filled.error.name)}) which cannot be expanded. Available names: ${available}`,
  );
}

/** An error shows the whole value, as supervisord's does, unless nobody could read it. */
function shorten(text: string): string {
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, 100)}…`;
}

/** The ENV_ names of an environment. */
export function environmentNames(
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    names.set(`ENV_${name}`, value);
    if (isSecretName(name)) rememberSecret(value);
  }
  return names;
}

/** Characters that all expansions of one configuration may add to it: more than any machine's programs need, and memory is finite. */
const MAX_GROWTH = 256 * 1024 * 1024;

/** Processes of all programs together: no machine runs so many. */
export const MAX_PROCESSES = 250_000;

/** What one configuration may still come to. */
interface Growth {
  left: number;
  processes: number;
}

/**
 * Names in layers, of which the first that has a name decides: a section has a few of its own over the thousands that an environment may
 * have, and these are not to be copied for each section.
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

  /** Takes note of what an expansion has added. False when the configuration as a whole has grown too far. */
  grow(characters: number): boolean {
    this.#growth.left -= Math.max(0, characters);
    return this.#growth.left >= 0;
  }
}
