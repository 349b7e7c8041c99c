import type { Statement } from '../text/dialect.ts';
import { kindOfSection } from '../known-sections.ts';
import { nearMiss } from '../nearest.ts';
import type { ConfigWarning } from '../position.ts';
import { missingBracket } from './broken-header.ts';

/** Keys that nobody reads in sections that somebody reads; with the nearest key if misspelt. */
export function findUnknownOptions(statements: readonly Statement[]): readonly ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  for (const statement of statements) {
    if (statement.kind !== 'option' || missingBracket(statement) !== undefined) continue;
    const { section, key, position } = statement;
    const known = kindOfSection(section)?.keys;
    if (known === undefined || known.includes(key)) continue;
    const meant = nearMiss(key, known);
    const advice = meant === undefined ? '' : `; did you mean '${meant}'?`;
    warnings.push({
      message: `unknown option '${key}' in [${section}] is ignored${advice}`,
      position,
    });
  }
  return warnings;
}
