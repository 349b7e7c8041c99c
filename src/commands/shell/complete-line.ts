import { modelOf } from '../completion/command-model.ts';
import { findWanted } from '../completion/find-wanted.ts';
import { listCandidates, needsNames, type Names } from '../completion/list-candidates.ts';
import { splitLine } from '../completion/split-line.ts';
import { COMMANDS } from '../records/commands.ts';

/**
 * The candidates for what stands before the cursor, each with a blank behind it as supervisorctl has them, and the part of the line that
 * they stand for.
 */
export async function completeLine(
  line: string,
  readNames: () => Promise<Names>,
): Promise<readonly [readonly string[], string]> {
  const model = modelOf(COMMANDS);
  // '?x' is 'help x'.
  const typed = line.replace(/^\s*\?/, 'help ');
  const { words, current } = splitLine(typed, { backslash: false });
  const wanted = findWanted(model, words, current);
  const names = needsNames(wanted) ? await readNames() : { processes: [], groups: [] };
  const candidates = listCandidates(model, wanted, current, names);
  return [candidates.map(({ word }) => `${word} `), current];
}
