import type { ProcessInfo } from '../rpc/supervisor.ts';
import { splitNameSpec } from '../base/name-spec.ts';

/** The processes to show, and supervisorctl's lines for words that mean none. */
interface Selection {
  readonly infos: readonly ProcessInfo[];
  readonly errors: readonly string[];
}

/** What words such as 'name', 'group:name', 'group:*' and 'all' mean to `status`; no word means all. */
export function selectProcesses(all: readonly ProcessInfo[], words: readonly string[]): Selection {
  if (words.length === 0 || words.includes('all')) return { infos: all, errors: [] };
  const infos: ProcessInfo[] = [];
  const errors: string[] = [];
  for (const word of words) {
    const { group, name } = splitNameSpec(word);
    const found = all.filter(
      (info) => info.group === group && (name === undefined || info.name === name),
    );
    for (const info of found) infos.push(info);
    if (found.length === 0) {
      errors.push(
        name === undefined ? `${group}: ERROR (no such group)` : `${word}: ERROR (no such process)`,
      );
    }
  }
  return { infos, errors };
}
