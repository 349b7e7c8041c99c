import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from '../../rig/place.ts';
import { sourceFiles } from './support/source-files.ts';

const programs = sourceFiles('.py');
const paths = programs.map(({ path }) => path);
const sources = sourceFiles('.ts');

const run = (
  argv: readonly string[],
): { readonly status: number | null; readonly output: string } => {
  const [command = '', ...args] = argv;
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: REPOSITORY,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, output: `${stdout}${stderr}` };
};

/** Python 3.6 and later, the oldest first: by name on PATH, and what pyenv has. */
function candidates(): readonly string[] {
  const names = Array.from({ length: 10 }, (_, index) => `python3.${index + 6}`);
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  let installed: readonly string[] = [];
  try {
    installed = readdirSync(versions);
  } catch {
    // There is no pyenv.
  }
  return [
    ...names.flatMap((name) => [
      name,
      ...installed
        .filter((version) => `python${version}`.startsWith(`${name}.`))
        .map((version) => join(versions, version, 'bin/python')),
    ]),
    'python3',
  ];
}

const oldest = candidates().find((python) => run([python, '-c', '']).status === 0);
const linter = [
  {
    asks: ['ruff', '--version'],
    argv: ['ruff', 'check', '--isolated', '--no-cache', '--select', 'E7,E9,F,W'],
  },
  { asks: ['pyflakes', '--version'], argv: ['pyflakes'] },
  { asks: ['python3', '-m', 'pyflakes', '--version'], argv: ['python3', '-m', 'pyflakes'] },
].find(({ asks }) => run(asks).status === 0);

if (oldest === undefined) console.error('skipped: there is no Python to check *.py with');
if (linter === undefined) console.error('skipped: there is neither ruff nor pyflakes');

describe('Python that is run', () => {
  test.skipIf(oldest === undefined)('is understood by the oldest Python that there is', () => {
    const compile = 'import sys; [compile(open(p).read(), p, "exec") for p in sys.argv[1:]]';
    expect(run([oldest ?? '', '-c', compile, ...paths])).toEqual({ status: 0, output: '' });
  });

  test.skipIf(linter === undefined)('passes a linter', () => {
    const { status, output } = run([...(linter?.argv ?? []), ...paths]);
    expect(output).toMatch(/^(All checks passed!\n)?$/);
    expect(status).toBe(0);
  });

  test.for(programs)('$path is loaded by one file beside it', ({ path }) => {
    const users = sources.filter(({ text }) => text.includes(`from './${basename(path)}'`));
    expect(users.map((user) => dirname(user.path))).toEqual([dirname(path)]);
  });

  test('is in no string of TypeScript', () => {
    const statement = /^\s*(import [\w., ]+|from [\w.]+ import [\w.*, ]+|def \w+\(.*\):)$/m;
    expect(sources.filter(({ text }) => statement.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
