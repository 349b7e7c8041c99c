import type { DeployEntry, HistoryEntry } from '../reload/journal.ts';
import { releaseWords } from './deploy-text.ts';
import { formatDuration } from './text/quantities.ts';
import { shown } from './text/shown.ts';
import { padEnd, displayWidth } from './text/width.ts';
import type { Theme, Tone } from './theme.ts';

type Entry = HistoryEntry | DeployEntry;

const HEAD = ['WHEN', 'WHO', 'WHAT', 'PROGRAM', 'HOW', 'TOOK', 'RESULT'] as const;

/** The history as a table that fits on a terminal; the result stands last and is never cut. */
export function renderHistory(entries: readonly Entry[], theme: Theme, width: number): string[] {
  const rows = entries.map(cellsOf);
  const widths = HEAD.map((head, column) =>
    Math.max(displayWidth(head), ...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  const full = widths.reduce((sum, each) => sum + each + 2, -2);
  // Who and how long are what a narrow terminal does without first.
  const hidden = new Set(full > width ? [1, 5] : []);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => padEnd(cell, widths[column] ?? 0))
      .filter((_, column) => !hidden.has(column))
      .join('  ')
      .trimEnd();
  return [
    theme.paint('faint', theme.plain(line(HEAD))),
    ...entries.map((entry, index) => {
      const text = theme.plain(line(rows[index] ?? []));
      const tone = toneOf(entry);
      return tone === undefined ? text : theme.paint(tone, text);
    }),
  ];
}

function toneOf({ exitCode }: Entry): Tone | undefined {
  if (exitCode === 0) return undefined;
  return exitCode === 12 ? 'bad' : 'warn';
}

function cellsOf(entry: Entry): readonly string[] {
  return [
    when(entry.startedEpochMs),
    shown(entry.user, 20),
    entry.action,
    shown(entry.program, 40),
    howOf(entry),
    formatDuration(entry.elapsedMs),
    entry.exitCode === 0 ? 'done' : `${entry.outcome} (exit ${entry.exitCode})`,
  ];
}

function howOf(entry: Entry): string {
  if (!('link' in entry)) return entry.strategy ?? '';
  const revision = entry.revision === undefined ? '' : ` (${shown(entry.revision, 12)})`;
  return `${releaseWords(entry.from)} → ${releaseWords(entry.to)}${revision}`;
}

/** '2026-12-01 03:04:05', in local time. */
function when(epochMs: number): string {
  const local = new Date(epochMs - new Date(epochMs).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}
