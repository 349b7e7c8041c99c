import type { StructuredPatchHunk } from 'diff';
import type { EditedFile } from './edit-text.ts';
import { findSecretLines } from './secret-lines.ts';

/** A file's changes as hunks of a diff that patch(1) takes. */
export interface FilePatch {
  readonly hunks: readonly StructuredPatchHunk[];
  /** Lines, counted from 1, whose change is left out because it would show a secret. */
  readonly hidden: readonly number[];
}

interface NumberedLine {
  readonly text: string;
  /** Where the line stands, or would stand, in either file; from 1. */
  readonly old: number;
  readonly new: number;
}

/** Lines around a change. */
const CONTEXT = 2;

/** The changes without lines that hold a secret: less context, or the change is left out. */
export async function makePatch({ before, after }: EditedFile): Promise<FilePatch> {
  const { structuredPatch } = await import('diff');
  const whole = structuredPatch('', '', before, after, undefined, undefined, { context: CONTEXT });
  const oldSecrets = findSecretLines(before);
  const newSecrets = findSecretLines(after);
  const isSecret = ({ text, ...at }: NumberedLine): boolean =>
    text.startsWith('+') ? newSecrets.has(at.new - 1) : oldSecrets.has(at.old - 1);
  const pieces = whole.hunks.flatMap((hunk) => splitAt(numbered(hunk), isSecret));
  const hidden = whole.hunks.flatMap((hunk) =>
    changesOf(numbered(hunk)).flatMap((change) =>
      change.some(isSecret) ? [change[0]?.old ?? 0] : [],
    ),
  );
  let shift = 0;
  const hunks = pieces.flatMap((piece) => {
    const hunk = toHunk(piece, shift);
    if (hunk === undefined) return [];
    shift += hunk.newLines - hunk.oldLines;
    return [hunk];
  });
  return { hunks, hidden };
}

function numbered(hunk: StructuredPatchHunk): readonly NumberedLine[] {
  let old = hunk.oldStart;
  let now = hunk.newStart;
  // '\\ No newline at end of file' belongs to the line above it.
  const lines = hunk.lines.reduce<string[]>(
    (all, text) =>
      text.startsWith('\\')
        ? [...all.slice(0, -1), `${all.at(-1) ?? ''}\n${text}`]
        : [...all, text],
    [],
  );
  return lines.map((text) => {
    const line = { text, old, new: now };
    if (!text.startsWith('+')) old += 1;
    if (!text.startsWith('-')) now += 1;
    return line;
  });
}

/** Runs of lines that change together. */
function changesOf(lines: readonly NumberedLine[]): ReadonlyArray<readonly NumberedLine[]> {
  const changes: NumberedLine[][] = [];
  let wasChange = false;
  for (const line of lines) {
    const isChange = !line.text.startsWith(' ');
    if (isChange && wasChange) changes.at(-1)?.push(line);
    else if (isChange) changes.push([line]);
    wasChange = isChange;
  }
  return changes;
}

/** The parts between secrets. A change with a secret is left out as a whole. */
function splitAt(
  lines: readonly NumberedLine[],
  isSecret: (line: NumberedLine) => boolean,
): ReadonlyArray<readonly NumberedLine[]> {
  const left = new Set(changesOf(lines).flatMap((change) => (change.some(isSecret) ? change : [])));
  const parts: NumberedLine[][] = [[]];
  for (const line of lines) {
    if (left.has(line) || isSecret(line)) parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts;
}

/** Equal context on both sides: patch(1) takes less on one side for an end of the file. */
function toHunk(part: readonly NumberedLine[], shift: number): StructuredPatchHunk | undefined {
  const isContext = ({ text }: NumberedLine): boolean => text.startsWith(' ');
  const first = part.findIndex((line) => !isContext(line));
  if (first === -1) return undefined;
  const last = part.findLastIndex((line) => !isContext(line));
  const around = Math.min(first, part.length - 1 - last);
  const lines = part.slice(first - around, last + around + 1);
  const oldLines = lines.filter(({ text }) => !text.startsWith('+')).length;
  const newLines = lines.filter(({ text }) => !text.startsWith('-')).length;
  const start = lines[0]?.old ?? 1;
  return {
    oldStart: start,
    oldLines,
    newStart: start + shift,
    newLines,
    lines: lines.map(({ text }) => text),
  };
}
