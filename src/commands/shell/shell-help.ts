import type { Command } from 'commander';
import { wrapHanging } from '../../terminal/text/wrap.ts';
import { renderExamples } from '../help/add-examples.ts';

/** What `help` of the shell prints: the commands, or what there is to know of one. */
export function renderShellHelp(
  commands: readonly Command[],
  topic: string,
  width: number,
): readonly string[] {
  if (topic === '') return renderList(commands, width);
  const command = commands.find((each) => each.name() === topic);
  if (command === undefined) return [`*** No help on ${topic}`];
  const text = command
    .helpInformation()
    .trimEnd()
    .replace(/^Usage: reloadctl /, 'Usage: ');
  return [...text.split('\n'), ...renderExamples(topic, '')];
}

function renderList(commands: readonly Command[], width: number): readonly string[] {
  const longest = Math.max(...commands.map((command) => command.name().length));
  const lines = [
    ...commands.flatMap((command) =>
      wrapHanging(`  ${command.name().padEnd(longest + 2)}`, command.description(), width),
    ),
  ];
  return ['', 'commands (help COMMAND tells more):', ...lines, ''];
}
