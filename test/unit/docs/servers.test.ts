import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serverDocuments } from '../../docs/server-documents.ts';
import { REPOSITORY } from '../../rig/place.ts';

const documents = await serverDocuments();

describe('the documents that are made from the types of servers', () => {
  it.each([...documents])('%s agrees with them (npm run docs:servers writes it)', (path, text) => {
    expect(readFileSync(join(REPOSITORY, path), 'utf8')).toBe(text);
  });

  it('are all that there is in docs/servers', () => {
    const pages = readdirSync(join(REPOSITORY, 'docs/servers')).map(
      (name) => `docs/servers/${name}`,
    );
    expect(pages.filter((page) => !documents.has(page))).toEqual([]);
  });

  it.each([...documents].filter(([path]) => /servers\/[a-z]/.test(path)))(
    '%s has the headings that every page has',
    (_path, text) => {
      expect(text.match(/^## .*$/gm)).toEqual([
        '## How to',
        '## What is sent to whom',
        '## What clients see',
        '## What is verified',
        '## Gotchas',
        '## Sources',
      ]);
    },
  );
});
