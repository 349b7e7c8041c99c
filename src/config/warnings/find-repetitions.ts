import type { Option, Statement } from '../text/dialect.ts';
import type { ConfigWarning, Position } from '../position.ts';

/** Sections that occur twice, which are merged silently, and keys that are set twice in one. */
export function findRepetitions(statements: readonly Statement[]): readonly ConfigWarning[] {
  const headers = new Map<string, Position>();
  const options = new Map<string, Position>();
  const warnings: ConfigWarning[] = [];
  for (const statement of statements) {
    const { section, position } = statement;
    const isHeader = statement.kind === 'header';
    const seen = isHeader ? headers : options;
    const identity = isHeader ? section : identityOf(statement);
    const before = seen.get(identity);
    if (before !== undefined) {
      const place = `${before.file}:${before.line}`;
      const message = isHeader
        ? `section [${section}] continues the one at ${place}: their keys are merged, the last of equal ones wins`
        : `'${statement.key}' of [${section}] replaces its value at ${place}`;
      warnings.push({ message, position });
    }
    seen.set(identity, position);
  }
  return warnings;
}

function identityOf(option: Option): string {
  return JSON.stringify([option.section, option.key]);
}
