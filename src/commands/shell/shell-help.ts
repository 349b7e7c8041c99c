import type { Command } from 'commander';
import { wrapHanging } from '../../terminal/text/wrap.ts';
import { renderExamples } from '../help/render-examples.ts';
import type { CommandRecord } from '../records/command-record.ts';

/** What `help` of the shell prints: its commands, or what there is to know of one. */
export function renderShellHelp(
  records: readonly CommandRecord[],
  program: Command,
  topic: string,
  width: number,
): readonly string[] {
  if (topic === '') return renderList(records, width);
  const record = records.find(({ name }) => name === topic);
  const command = program.commands.find((each) => each.name() === topic);
  if (record === undefined || command === undefined) return [`*** No help on ${topic}`];
  const text = command
    .helpInformation()
    .trimEnd()
    .replace(/^Usage: reloadctl /, 'Usage: ');
  return [...text.split('\n'), ...renderExamples(record.examples, '')];
}

function renderList(records: readonly CommandRecord[], width: number): readonly string[] {
  const longest = Math.max(...records.map(({ name }) => name.length));
  const lines = records.flatMap(({ name, description }) =>
    wrapHanging(`  ${name.padEnd(longest + 2)}`, description, width),
  );
  return ['', 'commands (help COMMAND tells more):', ...lines, ''];
}
