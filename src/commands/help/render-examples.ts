import type { CommandRecord } from '../records/command-record.ts';

/** The examples of a command, with `prefix` before each ('reloadctl ', nothing in the shell). */
export function renderExamples(
  examples: CommandRecord['examples'],
  prefix: string,
): readonly string[] {
  if (examples.length === 0) return [];
  return [
    '',
    'Examples:',
    ...examples.flatMap(([line, does]) => [`  ${prefix}${line}`, `      ${does}`]),
  ];
}
