import { dirname, isAbsolute, join, resolve } from 'node:path';
import { EXIT, ReloadctlError } from '../../base/errors.ts';
import type { Program } from '../../config/program.ts';
import type { Files } from '../../os/files.ts';
import { pathsOf, type ReleasePlace } from './release-place.ts';

/** A link to a directory. */
interface FoundLink {
  readonly path: string;
  /** What it says. */
  readonly text: string;
  /** Where it leads. */
  readonly leadsTo: string;
}

/** The link as it is, and where it is to lead. */
export interface LinkMove extends ReleasePlace {
  /** What the link says now. */
  readonly fromText: string;
  /** What it is to say: relative where it is so now and can be again. */
  readonly toText: string;
}

/**
 * The link that all of the programs are started through: `named`, else the only one in what their configuration names that leads to a directory
 * beside `release`. Throws a ReloadctlError where it is not clear.
 */
export async function findLink(
  files: Files,
  programs: readonly Program[],
  release: string,
  named: string | undefined,
): Promise<LinkMove> {
  const to = await directoryOf(files, release);
  const link = named === undefined ? await onlyLink(files, programs, to) : await look(files, named);
  return {
    link: link.path,
    from: link.leadsTo,
    to,
    fromText: link.text,
    toText: textFor(link, to),
  };
}

/** Links among the paths of the programs, outermost first. */
export async function linksOf(
  files: Files,
  programs: readonly Program[],
): Promise<readonly FoundLink[]> {
  const found = new Map<string, FoundLink>();
  const seen = new Set<string>();
  for (const path of programs.flatMap(pathsOf)) {
    for (const part of partsOf(path)) {
      if (seen.has(part)) continue;
      seen.add(part);
      const link = await readLink(files, part);
      if (link !== undefined) found.set(part, link);
    }
  }
  return [...found.values()];
}

async function onlyLink(
  files: Files,
  programs: readonly Program[],
  to: string,
): Promise<FoundLink> {
  const links = await linksOf(files, programs);
  const beside = links.filter(({ leadsTo }) => dirname(leadsTo) === dirname(to));
  const [only, second] = beside.length > 0 ? beside : links;
  if (only !== undefined && second === undefined) return only;
  const names = programs.map(({ name }) => name).join(', ');
  throw refuse(
    only === undefined
      ? `${names}: no link to a release is named in the configuration`
      : `${names}: which link? ${(beside.length > 0 ? beside : links).map(({ path }) => path).join(', ')}`,
    only === undefined
      ? 'Let directory= or --chdir name a link to the release (…/current), or name it: --link PATH.'
      : 'Name the one that is to lead to the release: --link PATH.',
  );
}

async function look(files: Files, named: string): Promise<FoundLink> {
  const path = resolve(named);
  const link = await readLink(files, path);
  if (link === undefined) {
    throw refuse(
      `--link ${named}: not a link that leads to a directory`,
      'Name the link that the programs are started through, …/current for example.',
    );
  }
  return link;
}

async function readLink(files: Files, path: string): Promise<FoundLink | undefined> {
  const text = await files.readLink(path);
  if (!text.ok) return undefined;
  const [leadsTo, stat] = await Promise.all([files.realpath(path), files.stat(path)]);
  return leadsTo.ok && stat.ok && stat.value.kind === 'directory'
    ? { path, text: text.value, leadsTo: leadsTo.value }
    : undefined;
}

async function directoryOf(files: Files, release: string): Promise<string> {
  const path = resolve(release);
  const [real, stat] = await Promise.all([files.realpath(path), files.stat(path)]);
  if (real.ok && stat.ok && stat.value.kind === 'directory') return real.value;
  throw refuse(
    `${release}: not a directory that can be entered`,
    'Name the directory of the release that is to be put into service.',
  );
}

/** '/a', '/a/b', '/a/b/c'. */
function partsOf(path: string): readonly string[] {
  const names = resolve(path).split('/').slice(1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

function textFor(link: FoundLink, to: string): string {
  if (isAbsolute(link.text)) return to;
  const beside = join(dirname(link.text), to.slice(dirname(to).length + 1));
  return dirname(link.leadsTo) === dirname(to) ? beside : to;
}

const refuse = (message: string, hint: string): ReloadctlError =>
  new ReloadctlError(message, { code: 'usage', exitCode: EXIT.usage, hint });
