import type { Command } from 'commander';
import { EXAMPLES } from './examples.ts';

/** The examples of a command, with `prefix` before each ('reloadctl ', nothing in the shell). */
export function renderExamples(name: string, prefix: string): readonly string[] {
  const examples = EXAMPLES[name] ?? [];
  if (examples.length === 0) return [];
  return [
    '',
    'Examples:',
    ...examples.flatMap(({ line, does }) => [`  ${prefix}${line}`, `      ${does}`]),
  ];
}

/** Adds a command's examples to its help. */
export function addExamples(command: Command): void {
  command.addHelpText('after', renderExamples(command.name(), 'reloadctl ').join('\n'));
}
