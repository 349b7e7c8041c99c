import type { Option, Statement } from '../text/dialect.ts';
import { kindOfSection } from '../known-sections.ts';
import type { ConfigWarning } from '../position.ts';
import { missingBracket } from './broken-header.ts';

/**
 * Lines that are read as something else than was meant: headers without a bracket (options to the
 * parser), and indented headers or options (part of the value above).
 */
export function findSwallowedLines(statements: readonly Statement[]): readonly ConfigWarning[] {
  return statements.flatMap((statement) =>
    statement.kind === 'option'
      ? [...findBrokenHeader(statement), ...findIndentedLines(statement)]
      : [],
  );
}

function findBrokenHeader(option: Option): readonly ConfigWarning[] {
  const bracket = missingBracket(option);
  if (bracket === undefined) return [];
  const which = bracket === ']' ? "closing ']'" : "opening '['";
  const message = `section header without its ${which}: the line is read as an option of [${option.section}], and so is what follows`;
  return [{ message, position: option.position }];
}

function findIndentedLines(option: Option): readonly ConfigWarning[] {
  const known = kindOfSection(option.section)?.keys ?? [];
  return option.continuations
    .filter(({ text }) => looksLikeHeader(text) || known.includes(keyOf(text)))
    .map(({ text, line }) => ({
      message: `'${text}' is indented deeper than '${option.key}' in line ${option.position.line} and is read as part of its value`,
      position: { file: option.position.file, line },
    }));
}

function looksLikeHeader(text: string): boolean {
  const name = /^\[(.+)\]/.exec(text)?.[1];
  return name !== undefined && kindOfSection(name) !== undefined;
}

function keyOf(text: string): string {
  return /^([a-z_]+)\s*[=:]/.exec(text)?.[1] ?? '';
}
