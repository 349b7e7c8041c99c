import { err, ok, type Result } from '../base/result.ts';
import { invalid, type ConfigError } from './config-error.ts';
import { expand } from './expansion.ts';
import type { ConfigHost } from './host.ts';
import type { LayeredNames } from './expansion.ts';
import type { HostParse } from './option-values.ts';
import type { ConfigWarning } from './position.ts';
import type { ConfigDocument } from './text/document.ts';
import type { Sections } from './text/sections.ts';

/** How a key is read, and its value when the section does not have it. */
export interface Key<T> {
  readonly parse: HostParse<T>;
  readonly fallback: T;
}

/** The keys of a kind of section in supervisord's order: the first wrong one is the error. */
export type KeyTable = Readonly<Record<string, Key<unknown>>>;

/** The values of a {@link KeyTable}. */
export type KeyValues<Table extends KeyTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Key<infer T> ? T : never;
};

/** One section with what its values are expanded and parsed with. */
export interface SectionReader {
  readonly sections: Sections;
  readonly section: string;
  readonly names: LayeredNames;
  readonly host: ConfigHost;
}

/** What the readers of sections share while a document is being understood. */
export interface ReadContext {
  readonly document: ConfigDocument;
  readonly host: ConfigHost;
  /** The ENV_ names: the environment of the supervisor and environment= of [supervisord]. */
  readonly environment: LayeredNames;
  /** environment= of [supervisord]. */
  readonly daemonEnvironment: Readonly<Record<string, string>>;
  /** What supervisord would write to its log as warnings. */
  readonly warnings: ConfigWarning[];
}

/** A reader of `section` that expands ENV_ names, and `names` before them. */
export function readerOf(
  context: ReadContext,
  section: string,
  names: ReadonlyMap<string, string | number> | ReadonlyArray<readonly [string, string | number]>,
): SectionReader {
  return {
    sections: context.document.sections,
    section,
    names:
      names instanceof Map
        ? context.environment.over(names)
        : context.environment.over(new Map(names)),
    host: context.host,
  };
}

/** A {@link Key}. */
export function key<T, F>(parse: HostParse<T>, fallback: F): Key<T | F> {
  return { parse, fallback };
}

/** The value of one key of a section: expanded, then parsed. */
export function readKey<T>(
  reader: SectionReader,
  name: string,
  { parse, fallback }: Key<T>,
): Result<T, ConfigError> {
  const entry = reader.sections.get(reader.section, name);
  if (entry === undefined) return ok(fallback);
  const expanded = expand(entry.value, reader.names, `${reader.section}.${name}`);
  const parsed = expanded.ok ? parse(expanded.value, reader.host) : expanded;
  return parsed.ok ? parsed : err(invalid(parsed.error, entry.position));
}

/** The values of all keys of `table`, which have `prefix` before their names in the file. */
export function readKeys<Table extends KeyTable>(
  reader: SectionReader,
  table: Table,
  prefix = '',
): Result<KeyValues<Table>, ConfigError> {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    const value = readKey(reader, prefix + name, spec);
    if (!value.ok) return value;
    values[name] = value.value;
  }
  // The loop above puts in one value of the right type for each name of the table.
  return ok(values as KeyValues<Table>);
}

/** The error of a section as a whole, at its header. */
export function sectionError(
  reader: Pick<SectionReader, 'sections' | 'section'>,
  message: string,
): { readonly ok: false; readonly error: ConfigError } {
  return err(invalid(message, reader.sections.positionOf(reader.section)));
}

/** The error of a section's key, placed at the key; the text follows the section's name. */
export function keyError(
  reader: Pick<SectionReader, 'sections' | 'section'>,
  name: string,
  text: string,
): { readonly ok: false; readonly error: ConfigError } {
  const position = reader.sections.get(reader.section, name)?.position;
  return err(
    invalid(`[${reader.section}] ${text}`, position ?? reader.sections.positionOf(reader.section)),
  );
}
