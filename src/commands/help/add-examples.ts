import type { Command } from 'commander';
import { EXAMPLES } from './examples.ts';

/** Adds a command's examples to its help. */
export function addExamples(command: Command): void {
  const examples = EXAMPLES[command.name()] ?? [];
  if (examples.length === 0) return;
  const lines = examples.flatMap(({ line, does }) => [`  reloadctl ${line}`, `      ${does}`]);
  command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'));
}
