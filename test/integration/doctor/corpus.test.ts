import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { builtCli } from '../../rig/cli.ts';
import { runCommand, showResult } from '../../rig/command.ts';
import { REPOSITORY } from '../../rig/place.ts';
import { pythonForTests } from '../../rig/python.ts';
import { layOut } from './corpus-file.ts';

const python = await pythonForTests('newest');
const CORPUS = join(REPOSITORY, 'fixtures', 'doctor');

const filesOf = (kind: 'bad' | 'good'): readonly string[] =>
  readdirSync(join(CORPUS, kind))
    .filter((name) => name.endsWith('.conf'))
    .map((name) => join(CORPUS, kind, name));

interface Answer {
  readonly findings: ReadonlyArray<{ readonly code: string; readonly severity: string }>;
}

/** Runs `reloadctl doctor --offline --json` on a copy, where gunicorn is on PATH. */
async function examine(
  source: string,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
): Promise<{
  readonly expected: readonly string[];
  readonly answer: Answer;
  readonly code: number | null;
  readonly shown: string;
}> {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-doctor-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const expected = layOut(source, directory);
  const argv = [
    process.execPath,
    await builtCli(),
    ...['-c', 'supervisord.conf', '--json', 'doctor', '--offline'],
  ] as const;
  const result = await runCommand([argv[0], ...argv.slice(1)], {
    cwd: directory,
    env: {
      PATH: [dirname(python?.bin.gunicorn ?? ''), process.env.PATH].join(delimiter),
      HOME: directory,
      USER: userInfo().username,
      RELOADCTL_STATE_DIR: directory,
    },
  });
  const shown = showResult([argv[0], ...argv.slice(1)], result);
  expect(result.stderr, shown).toBe('');
  return { expected, answer: JSON.parse(result.stdout) as Answer, code: result.code, shown };
}

describe.skipIf(python === undefined).concurrent('doctor on the corpus', () => {
  test('is large enough', () => {
    expect(filesOf('bad').length).toBeGreaterThanOrEqual(40);
    expect(filesOf('good').length).toBeGreaterThanOrEqual(10);
  });

  describe.each(filesOf('bad').map((path) => ({ name: basename(path, '.conf'), path })))(
    'bad: $name',
    ({ path }) => {
      test('is found, and nothing else', async (context) => {
        const { expected, answer, code, shown } = await examine(path, context);
        const codes = answer.findings.map((finding) => finding.code).toSorted();
        expect(codes, shown).toEqual(expected.toSorted());
        const hasError = answer.findings.some(({ severity }) => severity === 'error');
        expect(code, shown).toBe(hasError ? 1 : 0);
      });
    },
  );

  test.for(filesOf('good').map((path) => ({ name: basename(path, '.conf'), path })))(
    'good: nothing in $name',
    async ({ path }, context) => {
      const { answer, code, shown } = await examine(path, context);
      expect(answer.findings, shown).toEqual([]);
      expect(code).toBe(0);
    },
  );
});
