import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SERVER_TYPES } from '../../../src/servers/registry.ts';
import { REPOSITORY } from '../../rig/place.ts';

const NAMES = SERVER_TYPES.map(({ name }) => name);

/** Where a word that is also the name of a type stands for something else. */
const OTHERWISE: ReadonlyMap<string, readonly string[]> = new Map([
  // Who KILLed a process, and what shows it.
  ['src/reload/events.ts', ['gunicorn']],
  ['src/reload/grace-watch.ts', ['gunicorn']],
]);

const files = readdirSync(join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' })
  .map((path) => join('src', path))
  .filter((path) => path.endsWith('.ts') && !path.startsWith('src/servers/'));

/** Names of types that stand in a file as words of code. */
function namesIn(path: string): readonly string[] {
  const text = readFileSync(join(REPOSITORY, path), 'utf8');
  // Comments may tell of servers, and facts of gunicorn's own have a field.
  const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$|\w\['\w+'\]/gm, '');
  const allowed = OTHERWISE.get(path) ?? [];
  return NAMES.filter((name) => code.includes(`'${name}'`) && !allowed.includes(name));
}

describe('the name of a server type', () => {
  it('stands nowhere but in its own file: what depends on the type is a field of it', () => {
    const found = files.flatMap((path) => namesIn(path).map((name) => `${path}: ${name}`));
    expect(found).toEqual([]);
  });

  it('has a file of its own, or a folder', () => {
    const places = readdirSync(join(REPOSITORY, 'src/servers'), {
      recursive: true,
      encoding: 'utf8',
    });
    for (const { name } of SERVER_TYPES) {
      const own = name === 'celery-beat' ? 'celery' : name;
      expect(places.some((path) => path.endsWith(`/${own}.ts`))).toBe(true);
    }
  });
});
