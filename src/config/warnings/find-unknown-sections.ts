import type { Statement } from '../text/dialect.ts';
import { kindOfSection, SECTION_KINDS } from '../known-sections.ts';
import { nearMiss } from '../nearest.ts';
import type { ConfigWarning } from '../position.ts';

/** Sections that nobody reads and whose name is nearly a known one: [Program:a], [supervisor]. */
export function findUnknownSections(statements: readonly Statement[]): readonly ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  for (const statement of statements) {
    if (statement.kind !== 'header' || kindOfSection(statement.section) !== undefined) continue;
    const meant = meantSection(statement.section);
    if (meant === undefined) continue;
    const message = `section [${statement.section}] is ignored; did you mean [${meant}]?`;
    warnings.push({ message, position: statement.position });
  }
  return warnings;
}

function meantSection(section: string): string | undefined {
  const colon = section.indexOf(':');
  const written = (colon === -1 ? section : section.slice(0, colon)).trim();
  const kind = nearMiss(written, [...new Set(SECTION_KINDS.map((each) => each.kind))]);
  if (kind === undefined) return undefined;
  const forms = SECTION_KINDS.filter((each) => each.kind === kind).map((each) => each.name);
  const name = colon === -1 ? '' : section.slice(colon + 1).trim();
  if (name !== '' && !forms.every((form) => form === 'none')) return `${kind}:${name}`;
  return forms.every((form) => form === 'required') ? `${kind}:NAME` : kind;
}
