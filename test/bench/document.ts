import { format, resolveConfig } from 'prettier';
import type { Machine } from './machine.ts';
import { toMarkdown, type Table } from './tables/table.ts';
import { COMMANDS, WAYS } from './way.ts';

/** The machine and the versions in sentences, for the terminal and for the document. */
export function describeConditions(machine: Machine): readonly string[] {
  const { cpu, cores, memoryGib, kernel, loadAverage } = machine;
  return [
    `Measured on ${machine.date} on ${cpu}, ${cores} cores, ${memoryGib} GiB, ${kernel}, which had a load average of ${loadAverage.toFixed(1)} when the bench began.`,
    `reloadctl ${machine.reloadctl}, node ${machine.node}, Python ${machine.python}, gunicorn ${machine.gunicorn}, supervisor ${machine.supervisor}.`,
  ];
}

/** What is typed for each way, in lines. */
export function describeWays(): readonly string[] {
  const longest = Math.max(...WAYS.map(({ length }) => length));
  return WAYS.map((way) => `${way.padEnd(longest)}  ${COMMANDS[way]}`);
}

/** docs/benchmarks.md, formatted as `npm run format` would. */
export function toDocument(
  machine: Machine,
  tables: readonly Table[],
  path: string,
): Promise<string> {
  const ways = WAYS.map((way) => `- ${way}: \`${COMMANDS[way]}\``);
  const text = [
    '# Benchmarks',
    '',
    '<!-- Written by `make bench`; changes by hand are lost. -->',
    '',
    'What it costs to put new code into service, measured side by side in one run of `make bench`: a real supervisord, a real gunicorn with four workers on loopback, and an app whose import takes a known time.',
    '',
    ...describeConditions(machine).flatMap((sentence) => [sentence, '']),
    'Absolute numbers belong to this machine and to what else it did, which shows in the load average and in the lags below; the ratios, of commands that ran one after the other, travel better.',
    '',
    ...ways,
    '',
    ...tables.map(toMarkdown),
  ].join('\n');
  return prettify(text, path);
}

async function prettify(text: string, path: string): Promise<string> {
  const config = await resolveConfig(path);
  return format(text, { ...config, filepath: path });
}
