import type { ConfigDocument } from '../config/text/document.ts';
import type { Option, Statement } from '../config/text/dialect.ts';
import { kindOfSection } from '../config/known-sections.ts';
import { nearMiss } from '../config/nearest.ts';
import type { Configuration, ConfigWarning, Position } from '../config/program.ts';
import { findRepetitions } from '../config/warnings/find-repetitions.ts';
import { findShadowedPrograms } from '../config/warnings/find-shadowed-programs.ts';
import { findSwallowedLines } from '../config/warnings/find-swallowed-lines.ts';
import { findUnknownOptions } from '../config/warnings/find-unknown-options.ts';
import { findUnknownSections } from '../config/warnings/find-unknown-sections.ts';
import type { Change, Finding, FindingCode, Severity } from './finding.ts';

type MessageCode = Extract<
  FindingCode,
  | 'line-misread'
  | 'option-misspelt'
  | 'option-unknown'
  | 'section-misspelt'
  | 'set-twice'
  | 'never-exists'
  | 'config-remark'
>;

/** Lines that supervisord misreads or ignores. `configuration`: where the whole was understood. */
export function examineLines(
  document: ConfigDocument,
  configuration: Configuration | undefined,
): readonly Finding[] {
  const { statements } = document;
  const findings = (
    severity: Severity,
    code: MessageCode,
    warnings: readonly ConfigWarning[],
  ): readonly Finding[] =>
    warnings.map(({ message, position }) => ({
      severity,
      program: undefined,
      position,
      trouble: { code, message },
      change: undefined,
    }));
  const unknown = findUnknownOptions(statements);
  const optionAt = optionsByPlace(statements);
  const isMisspelt = ({ message }: ConfigWarning): boolean => message.includes('did you mean');
  return [
    ...findings('error', 'line-misread', findSwallowedLines(statements)),
    ...findings('error', 'section-misspelt', findUnknownSections(statements)),
    ...findings('error', 'option-misspelt', unknown.filter(isMisspelt)).map((finding) => ({
      ...finding,
      change: renamed(optionAt, finding),
    })),
    ...findings(
      'warning',
      'option-unknown',
      unknown.filter((each) => !isMisspelt(each)),
    ),
    ...findings('warning', 'set-twice', findRepetitions(statements)),
    ...(configuration === undefined
      ? findings('warning', 'config-remark', document.warnings)
      : [
          ...findings('error', 'never-exists', findShadowedPrograms(configuration)),
          ...findings('warning', 'config-remark', configuration.warnings),
        ]),
  ];
}

type OptionAt = (position: Position) => Option | undefined;

function optionsByPlace(statements: readonly Statement[]): OptionAt {
  const placeOf = ({ file, line }: Position): string => `${line}:${file}`;
  const options = new Map<string, Option>();
  for (const statement of statements) {
    if (statement.kind === 'option') options.set(placeOf(statement.position), statement);
  }
  return (position) => options.get(placeOf(position));
}

function renamed(optionAt: OptionAt, { position }: Finding): Change | undefined {
  const option = position === undefined ? undefined : optionAt(position);
  if (option === undefined || position === undefined) return undefined;
  const to = nearMiss(option.key, kindOfSection(option.section)?.keys ?? []);
  return to === undefined ? undefined : { change: 'reword', from: option.key, to, position };
}
