import { escapeForTerminal } from './text/escape.ts';

/** One process as supervisorctl's `status` shows it. */
export interface StatusRow {
  /** 'name', or 'group:name' where the two differ. */
  readonly name: string;
  /** supervisord's word: RUNNING, FATAL, … */
  readonly state: string;
  readonly description: string;
}

/** supervisorctl's columns are at least this wide (supervisorctl.py, _show_statuses). */
const MIN_NAME = 30;
const NAME_GAP = 3;
const STATE_WIDTH = 10;

/** `status`: byte for byte as supervisorctl prints it, blanks at the end of lines included; what came from the server is escaped. */
export function renderStatus(rows: readonly StatusRow[]): string[] {
  const safe = rows.map(({ name, state, description }) => ({
    name: escapeForTerminal(name),
    state: escapeForTerminal(state, { maxLength: 40 }),
    description: escapeForTerminal(description, { maxLength: 1_000 }),
  }));
  // Python counts characters, not columns.
  const longest = Math.max(MIN_NAME, ...safe.map(({ name }) => Array.from(name).length));
  return safe.map(
    ({ name, state, description }) =>
      ljust(name, longest + NAME_GAP) + ljust(state, STATE_WIDTH) + description,
  );
}

function ljust(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - Array.from(text).length));
}
