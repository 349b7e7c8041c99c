import type { Process } from '../processes.ts';

const LINES_SHOWN = 60;
const COMMANDS_SHOWN = 5;

/** What a report shows. */
export interface ReportSource {
  readonly title: string;
  readonly options: unknown;
  /** Names and texts of logs; their last lines are shown. */
  readonly files: ReadonlyArray<readonly [name: string, text: string]>;
  readonly processes: readonly Process[];
  /** Commands and what they said; the last ones are shown. */
  readonly commands: readonly string[];
}

/** What the processes of a site said, which of them run, and the last commands: for the reader of a failed test. */
export function writeReport(source: ReportSource): string {
  const processes = source.processes.map(
    ({ pid, ppid, state, argv }) => `${pid} ${ppid} ${state} ${argv.join(' ')}`,
  );
  return [
    `==== ${source.title}`,
    `options: ${JSON.stringify(source.options)}`,
    ...source.files.map(([name, text]) => `---- ${name}\n${lastLines(text)}`),
    `---- processes (pid ppid state argv)\n${processes.join('\n')}`,
    `---- commands\n${source.commands.slice(-COMMANDS_SHOWN).join('\n')}`,
    '====',
  ].join('\n');
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-LINES_SHOWN).join('\n');
}
