import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from '../../rig/place.ts';
import {
  anchorOf,
  headingsOf,
  linksOf,
  listPages,
  readPage,
  type Page,
} from './support/markdown.ts';

/** Written by `make bench`, so that a clone may be without it. */
const GENERATED: ReadonlySet<string> = new Set(['docs/benchmarks.md']);

const isRelative = (target: string): boolean => !/^[a-z]+:/.test(target);

/** Why a relative link leads nowhere; undefined where it leads somewhere. */
function faultOf(page: Page, target: string): string | undefined {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? page.path : normalize(join(dirname(page.path), file));
  if (GENERATED.has(path)) return undefined;
  if (!existsSync(join(REPOSITORY, path))) return `${target}: there is no ${path}`;
  if (anchor === undefined) return undefined;
  const anchors = headingsOf(readPage(path)).map(anchorOf);
  return anchors.includes(anchor) ? undefined : `${target}: ${path} has no such heading`;
}

describe('the documentation', () => {
  const pages = listPages();

  test.for(pages)('$path: every relative link leads somewhere', (page) => {
    const faults = linksOf(page)
      .filter(isRelative)
      .map((target) => faultOf(page, target));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  test('every page of docs/ is in its index', () => {
    // The types of servers have an index of their own, which the first one names.
    const linked = [
      ...linksOf(readPage('docs/README.md')),
      ...linksOf(readPage('docs/servers/README.md')).map((link) => `servers/${link}`),
    ];
    const missing = pages
      .map(({ path }) => path)
      .filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')
      .filter((path) => !linked.includes(path.slice('docs/'.length)));
    expect(missing).toEqual([]);
  });

  test.for(pages)('$path: shows no directory of the machine that it was written on', (page) => {
    expect(page.text).not.toMatch(/(?<![\w.~])\/(?:work|root|home)\//);
  });
});
