import type { EventOf } from './progress.ts';
import { escapeForTerminal } from './text/escape.ts';
import { redactText } from '../base/secrets/redact-text.ts';
import type { Theme } from './theme.ts';

/** The end of a traceback is what says why; more of it buries the rest of the report. */
const MAX_LINES = 40;
const MAX_LINE_LENGTH = 500;

/** What somebody else printed, as an indented block with a header that says whose words they are. */
export function renderOutput(
  output: Pick<EventOf<'output'>, 'source' | 'text'>,
  theme: Theme,
): readonly string[] {
  const all = escapeForTerminal(redactText(lastPart(output.text)), { block: true })
    .replace(/^\n+|(?<!\s)\s+$/gu, '')
    .split('\n');
  const lines = all.slice(-MAX_LINES);
  const cut = all.length > lines.length ? ` (last ${lines.length} of ${all.length} lines)` : '';
  return [
    theme.plain(`${sourceWords(output.source)}${cut}:`),
    ...lines.map((line) => theme.plain(`    ${bounded(line)}`).trimEnd()),
  ];
}

function sourceWords(source: EventOf<'output'>['source']): string {
  switch (source) {
    case 'preflight':
      return 'The new version said when it was tried aside';
    case 'program-log':
      return "The program's log says";
    case 'hook':
      return 'The hook said';
  }
}

/** The end of a text that would be cut at its end otherwise, from the start of a line where there is one. */
function lastPart(text: string): string {
  const end = text.slice(-25_000);
  return end.length === text.length ? text : end.slice(end.indexOf('\n') + 1);
}

function bounded(line: string): string {
  return line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}…` : line;
}
