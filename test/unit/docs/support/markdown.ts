import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../../rig/place.ts';

/** A Markdown file of the repository. */
export interface Page {
  /** From the top directory: 'docs/deploy.md'. */
  readonly path: string;
  readonly text: string;
  /** The text without what stands in code blocks. */
  readonly prose: string;
}

/** Reads one page. */
export function readPage(path: string): Page {
  const text = readFileSync(join(REPOSITORY, path), 'utf8');
  return { path, text, prose: text.replaceAll(/^```[^\n]*\n[\s\S]*?^```$/gm, '') };
}

/** Every page that is part of the project. */
export function listPages(): readonly Page[] {
  const names = [
    ...readdirSync(REPOSITORY),
    ...['docs', 'notes']
      .filter((folder) => existsSync(join(REPOSITORY, folder)))
      .flatMap((folder) => listFiles(folder)),
  ];
  return names
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map(readPage);
}

/** The files of a folder of the repository and of the folders below it, from the top directory. */
function listFiles(folder: string): readonly string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
    join(folder, name),
  );
}

/** Where the links of a page lead, as written. */
export function linksOf({ prose }: Page): readonly string[] {
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}

/** The headings of one level, or of all, without their marks. */
export function headingsOf({ prose }: Page, level?: number): readonly string[] {
  const marks = level === undefined ? '#{1,6}' : `#{${level}}`;
  return [...prose.matchAll(new RegExp(`^${marks} (.+)$`, 'gm'))].map(([, text = '']) => text);
}

/** The part of a page below a heading, up to the next one of its level or a higher one. */
export function sectionOf({ path, text }: Page, heading: string): Page {
  const lines = text.split('\n');
  const start = lines.findIndex(
    (line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading,
  );
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length;
  if (level === undefined) throw new Error(`${path} has no heading '${heading}'`);
  const end = lines.findIndex(
    (line, index) => index > start && new RegExp(`^#{1,${level}} `).test(line),
  );
  const section = lines.slice(start, end === -1 ? undefined : end).join('\n');
  return { path, text: section, prose: section.replaceAll(/^```[^\n]*\n[\s\S]*?^```$/gm, '') };
}

/** The anchor that GitHub makes of a heading. */
export function anchorOf(heading: string): string {
  return heading
    .replaceAll('`', '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The rows of every table of a page, cells trimmed, without the headings. */
export function tableRows({ prose }: Page): ReadonlyArray<readonly string[]> {
  const lines = prose.split('\n').filter((line) => line.startsWith('|'));
  return lines
    .filter((line, index) => !isRule(line) && !isRule(lines[index + 1] ?? ''))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

/** What stands between back-quotes. */
export function codeOf(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function isRule(line: string): boolean {
  return /^\|[\s:|-]+\|$/.test(line);
}
