import type { Change } from '../finding.ts';

/** A configuration file that would be changed. */
export interface EditedFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Makes the changes of one file. A value of several lines is replaced as a whole; comments stay. Of
 * two changes to a key the first counts.
 */
export function editText(text: string, changes: readonly Change[]): string {
  const lines = text.split('\n');
  const added = new Map<number, string[]>();
  const done = new Set<string>();
  for (const change of changes) {
    const index = change.position.line - 1;
    const line = lines[index];
    const identity = change.change === 'set' ? `${change.section} ${change.key}` : `${index}`;
    if (line === undefined || done.has(identity)) continue;
    done.add(identity);
    if (change.change === 'reword') {
      lines[index] = line.replace(new RegExp(escapeRegExp(change.from), 'i'), () => change.to);
    } else if (change.replaces) {
      const value = /^(\s*[^=:]+?\s*[=:]\s*)/.exec(line)?.[1] ?? `${change.key}=`;
      lines[index] = `${value}${change.value}${commentOf(line)}`;
      removeContinuations(lines, index, line);
    } else {
      const list = added.get(index) ?? [];
      list.push(`${change.key}=${change.value}`);
      added.set(index, list);
    }
  }
  return lines
    .flatMap((line, index) => (line === REMOVED ? [] : [line, ...(added.get(index) ?? [])]))
    .join('\n');
}

/** No line of a file holds a line break. */
const REMOVED = '\n';

/** Deeper indented lines belong to the value; comments and empty lines do not end it. */
function removeContinuations(lines: string[], index: number, first: string): void {
  for (let next = index + 1; next < lines.length; next += 1) {
    const line = lines[next] ?? '';
    if (line.trim() === '' || /^\s*[;#]/.test(line)) continue;
    if (indentOf(line) <= indentOf(first)) return;
    lines[next] = REMOVED;
  }
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

function commentOf(line: string): string {
  return /(?<!\s)\s+[;#].*$/.exec(line)?.[0] ?? '';
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
