import type { StateDirectory } from '../os/state-files.ts';
import { HISTORY_FILE, isHistoryEntry, type DeployEntry, type HistoryEntry } from './journal.ts';

/** What was done, oldest first; `program`, as people write it, leaves out what others had done to them. Lines that are none are passed over. */
export async function readHistory(
  state: StateDirectory | undefined,
  program: string | undefined,
): Promise<ReadonlyArray<HistoryEntry | DeployEntry>> {
  const texts = [await state?.read(`${HISTORY_FILE}.1`), await state?.read(HISTORY_FILE)];
  return texts
    .flatMap((text) => text?.split('\n') ?? [])
    .flatMap((line) => parseEntry(line) ?? [])
    .filter((entry) => program === undefined || entry.program === program);
}

function parseEntry(line: string): HistoryEntry | DeployEntry | undefined {
  if (line === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isHistoryEntry(value) ? value : undefined;
  } catch {
    return undefined; // A line that a crash has cut short.
  }
}
