import type { ConfigDocument } from './text/document.ts';
import type { ConfigHost } from './host.ts';
import type { SectionReader } from './section-reader.ts';
import type { LayeredNames } from './layered-names.ts';
import type { ConfigWarning } from './program.ts';

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
