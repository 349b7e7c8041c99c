import { atOnce, type Turns } from '../../base/turns.ts';
import type { Header, Option, Statement } from './dialect.ts';
import type { Position } from '../position.ts';

/** One value and where it comes from. */
export interface Entry {
  readonly value: string;
  readonly position: Position;
}

/** The section whose keys stand in for missing keys of every other one. */
const DEFAULT = 'DEFAULT';
/** So many statements are taken in at a time. */
const PART = 1000;
const HERE = '%(here)s';

/**
 * The sections of a configuration, merged in the order of its files: the last one to set a key
 * wins. Not changed after reading.
 */
export class Sections {
  readonly #headers = new Map<string, Position>();
  readonly #entries = new Map<string, Map<string, Entry>>();
  /** Sections that were read since the last {@link substituteHere}. */
  readonly #touched = new Set<string>();
  /** Of {@link names}, until the next section is opened. */
  #names: readonly string[] | undefined;

  /** Takes in the statements of one file. */
  merge(statements: readonly Statement[]): void {
    atOnce(this.merging(statements));
  }

  /** As {@link merge}, in turns. */
  *merging(statements: readonly Statement[]): Turns<void> {
    for (const [index, statement] of statements.entries()) {
      if (index % PART === 0) yield;
      if (statement.kind === 'header') this.#open(statement);
      else this.#put(statement);
    }
  }

  /**
   * Replaces %(here)s everywhere, as supervisord does in a file with an [include] (expand_here).
   */
  substituteHere(directory: string): void {
    // Only what has been read since the last time: there may be thousands of files, and sections.
    const sections = this.#touched.has(DEFAULT) ? this.names() : [...this.#touched];
    this.#touched.clear();
    for (const section of sections) {
      for (const key of this.keys(section)) {
        const entry = this.get(section, key);
        if (entry?.value.includes(HERE) !== true) continue;
        const value = entry.value.replaceAll(HERE, () => directory);
        this.#entries.get(section)?.set(key, { ...entry, value });
      }
    }
  }

  /** Every section but [DEFAULT], in the order of first appearance. */
  names(): readonly string[] {
    this.#names ??= [...this.#headers.keys()].filter((name) => name !== DEFAULT);
    return this.#names;
  }

  /** The sections whose name starts with `prefix`. */
  withPrefix(prefix: string): readonly string[] {
    return this.names().filter((name) => name.startsWith(prefix));
  }

  has(section: string): boolean {
    return section !== DEFAULT && this.#headers.has(section);
  }

  /** Where the section's header first stands. */
  positionOf(section: string): Position | undefined {
    return this.#headers.get(section);
  }

  /** The value of a key, that of [DEFAULT] when the section has none. */
  get(section: string, key: string): Entry | undefined {
    return this.#entries.get(section)?.get(key) ?? this.#entries.get(DEFAULT)?.get(key);
  }

  /** The keys of a section and of [DEFAULT]. */
  keys(section: string): readonly string[] {
    return [
      ...new Set([
        ...(this.#entries.get(DEFAULT)?.keys() ?? []),
        ...(this.#entries.get(section)?.keys() ?? []),
      ]),
    ];
  }

  /** Whether a key stands in the section itself. */
  hasOwn(section: string, key: string): boolean {
    return this.#entries.get(section)?.has(key) === true;
  }

  /** The keys that stand in the section itself. */
  ownKeys(section: string): readonly string[] {
    return [...(this.#entries.get(section)?.keys() ?? [])];
  }

  #open({ section, position }: Header): void {
    this.#touched.add(section);
    if (!this.#headers.has(section)) {
      this.#headers.set(section, position);
      this.#names = undefined;
    }
    if (!this.#entries.has(section)) this.#entries.set(section, new Map());
  }

  #put({ section, key, value, position }: Option): void {
    this.#entries.get(section)?.set(key, { value, position });
  }
}
