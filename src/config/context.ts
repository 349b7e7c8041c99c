import type { ConfigDocument } from './document.ts';
import type { Names } from './expansion.ts';
import type { ConfigHost } from './host.ts';
import type { SectionReader } from './keys.ts';
import type { ConfigWarning } from './program.ts';

/** What the readers of sections share while a document is being understood. */
export interface ReadContext {
  readonly document: ConfigDocument;
  readonly host: ConfigHost;
  /** The ENV_ names: the environment of the supervisor and environment= of [supervisord]. */
  readonly environment: Names;
  /** environment= of [supervisord]. */
  readonly daemonEnvironment: Readonly<Record<string, string>>;
  /** What supervisord would write to its log as warnings. */
  readonly warnings: ConfigWarning[];
}

/** A reader of `section` that expands ENV_ names, and `names` before them. */
export function readerOf(
  context: ReadContext,
  section: string,
  names: Names | ReadonlyArray<readonly [string, string | number]>,
): SectionReader {
  return {
    sections: context.document.sections,
    section,
    names: new Map([...context.environment, ...names]),
    host: context.host,
  };
}
