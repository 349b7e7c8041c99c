import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonForTests } from '../../rig/python.ts';
import { CORPUS, type CorpusEntry } from '../config-corpus.ts';
import { hasReferenceMessages } from '../config-python.ts';
import { SERVERS } from '../daemon/support/both-servers.ts';
import { ConformanceSite } from './support/conformance-site.ts';
import {
  CONFIGURATION_VECTORS,
  INCLUDE_VECTORS,
  NAME_VECTORS,
  type ConfigurationVector,
} from './support/configuration-vectors.ts';

const python = await pythonForTests('newest');
/** Whether the words of Python itself are those of the specification. */
const isReference = python !== undefined && hasReferenceMessages(python);

/** What a server makes of a configuration that it is told to read again: its answer, and what it says of all programs. */
interface Read {
  readonly answer: unknown;
  readonly programs: unknown;
}

describe.skipIf(python === undefined)('a configuration', () => {
  let sites: readonly ConformanceSite[];

  beforeAll(async () => {
    if (python === undefined) return;
    sites = await Promise.all(
      SERVERS.map((name) => ConformanceSite.start(name, python, '', 'TICK_3600')),
    );
  });
  afterAll(() => Promise.all(sites.map((site) => site.stop())));

  /** Puts the files where the configuration of the server is, lets it read them and takes them away. */
  async function read(site: ConformanceSite, entry: CorpusEntry): Promise<Read> {
    const { directory } = site.server;
    const files = typeof entry === 'string' ? { 's.conf': entry } : entry;
    const made: string[] = [];
    for (const [name, text] of Object.entries(files)) {
      const path = join(directory, name === 's.conf' ? 'supervisord.conf' : name);
      const directoryOfIt = name.endsWith('/') ? path : dirname(path);
      const first = mkdirSync(directoryOfIt, { recursive: true });
      if (first !== undefined) made.push(first);
      if (name.endsWith('/')) continue;
      writeFileSync(path, text);
      made.push(path);
    }
    try {
      const answer = await site.call('reloadConfig');
      return {
        answer: plain(site, answer),
        programs: plain(site, withoutNews(await site.call('getAllConfigInfo'))),
      };
    } finally {
      for (const path of made) rmSync(path, { recursive: true, force: true });
    }
  }

  /** Without what is of the server itself; CPython's own words change from release to release. */
  function plain({ server }: ConformanceSite, value: unknown): unknown {
    const text = JSON.stringify(value)
      .replaceAll(server.directory, '<D>')
      // supervisord still knows the environment of configurations that it has read before.
      .replace(/(Available names: )(?:[^"i]|i(?!n section))*/, '$1');
    const isFault = text.startsWith('"92 ');
    return JSON.parse(isFault && !isReference ? '"refused"' : text);
  }

  async function readByBoth(entry: CorpusEntry): Promise<readonly [Read, Read]> {
    const [theirs, ours] = await Promise.all(sites.map((site) => read(site, entry)));
    if (theirs === undefined || ours === undefined) throw new Error('no servers');
    return [theirs, ours];
  }

  it('check 58: every entry of the corpus is read alike, or refused in the same words', async () => {
    const different: unknown[] = [];
    const refused: CorpusEntry[] = [];
    for (const entry of CORPUS) {
      const [theirs, ours] = await readByBoth(entry);
      if (isDeepStrictEqual(theirs, ours)) continue;
      if (/Invalid user|refused/.test(String(ours.answer))) refused.push(entry);
      else different.push({ entry, theirs, ours });
    }
    expect(different).toEqual([]);
    // Difference: `reread` looks at `user=` of `[supervisord]` as well. supervisord does so when it starts.
    expect(refused).toEqual(['[supervisord]\nuser=nosuch', '[supervisord]\nuser=99999']);
  });

  /** Both read it alike, and as the specification has it. */
  async function expectRead(
    entry: CorpusEntry,
    expected: ConfigurationVector['expected'],
  ): Promise<void> {
    const [theirs, ours] = await readByBoth(entry);
    expect(ours).toEqual(theirs);
    if (typeof expected === 'string') {
      expect(ours.answer).toBe(isReference ? `92 CANT_REREAD: ${expected}` : 'refused');
      return;
    }
    const keys = Object.keys(expected[0] ?? {});
    const programs = ours.programs as ReadonlyArray<Readonly<Record<string, unknown>>>;
    const shown = programs.map((each) => Object.fromEntries(keys.map((key) => [key, each[key]])));
    expect(shown).toEqual(expected);
  }

  it.for(CONFIGURATION_VECTORS)('check 58: $text', ({ text, expected }) =>
    expectRead(text, expected),
  );

  // Difference: Numbers of more than 31 bits are told.
  it('check 58: a number of more than 31 bits breaks the answer of supervisord alone', async () => {
    const text = '[supervisord]\n[program:a]\ncommand=/a\nstdout_logfile_maxbytes=2GB\n';
    for (const [index, site] of sites.entries()) {
      site.write('supervisord.conf', text);
      expect(await site.call('reloadConfig')).toEqual([[['a'], [], ['recorder']]]);
      const programs = await site.call('getAllConfigInfo');
      if (SERVERS[index] === 'supervisord') expect(programs).toBe('protocol');
      else expect(programs).toMatchObject([{ name: 'a', stdout_logfile_maxbytes: 2 ** 31 }]);
    }
  });

  it.for(INCLUDE_VECTORS)('check 59: $title', ({ files, expected }) => expectRead(files, expected));

  it.for(NAME_VECTORS.filter(({ check }) => check === 60))('check 60: $title', (vector) =>
    expectRead(vector.text, vector.expected),
  );

  it.for(NAME_VECTORS.filter(({ check }) => check === 61))('check 61: $title', (vector) =>
    expectRead(vector.text, vector.expected),
  );
});

/** Difference: `getAllConfigInfo` tells `autorestart`. Releases after 4.3 do so as well. */
function withoutNews(programs: unknown): unknown {
  if (!Array.isArray(programs)) throw new Error(`no programs: ${JSON.stringify(programs)}`);
  return (programs as ReadonlyArray<Record<string, unknown>>).map((each) =>
    Object.fromEntries(Object.entries(each).filter(([key]) => key !== 'autorestart')),
  );
}
