import { toReloadctlError } from './config-error.ts';
import { readDocument } from './text/document.ts';
import { thisHost, type ConfigHost } from './host.ts';
import { understandDocument } from './load-configuration.ts';
import type { ConfigWarning } from './position.ts';
import { findRepetitions } from './warnings/find-repetitions.ts';
import { findShadowedPrograms } from './warnings/find-shadowed-programs.ts';
import { findSwallowedLines } from './warnings/find-swallowed-lines.ts';
import { findUnknownOptions } from './warnings/find-unknown-options.ts';
import { findUnknownSections } from './warnings/find-unknown-sections.ts';

/**
 * What supervisord ignores in `file` and its includes, or only logs, in order of place. Throws a
 * {@link ReloadctlError} only where the file cannot be read.
 */
export function findConfigWarnings(
  file: string,
  differences: Partial<ConfigHost> = {},
): readonly ConfigWarning[] {
  const host = thisHost(differences);
  const document = readDocument(file, host, { include: true });
  if (!document.ok) throw toReloadctlError(document.error);
  const { statements, files } = document.value;
  const configuration = understandDocument(document.value, host);
  const warnings = [
    ...findSwallowedLines(statements),
    ...findUnknownSections(statements),
    ...findUnknownOptions(statements),
    ...findRepetitions(statements),
    ...(configuration.ok
      ? [...configuration.value.warnings, ...findShadowedPrograms(configuration.value)]
      : document.value.warnings),
  ];
  const order = (warning: ConfigWarning): readonly [number, number] => [
    warning.position === undefined ? -1 : Math.max(0, files.indexOf(warning.position.file)),
    warning.position?.line ?? 0,
  ];
  return warnings.toSorted((left, right) => {
    const [leftFile, leftLine] = order(left);
    const [rightFile, rightLine] = order(right);
    return leftFile - rightFile || leftLine - rightLine;
  });
}
