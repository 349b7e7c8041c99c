import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FoundPython } from '../rig/python.ts';

const TIMEOUT_MS = 60_000;

/** The environment of both sides: small, and with a locale to which Python has nothing to add. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: '/tmp',
  LC_ALL: 'C.UTF-8',
  PATH: '/usr/bin:/bin',
  FOO: 'bar',
  PERCENT: '50%',
  // Old releases of supervisor import pkg_resources, which says on stderr that it is outdated.
  PYTHONWARNINGS: 'ignore',
};

/** What `script` answers to `input`, both as JSON over stdin and stdout, in the interpreter that runs supervisord. */
export function askPython(python: FoundPython, script: string, input: unknown): unknown {
  const output = execFileSync(interpreterOf(python), ['-c', script], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { ...ENVIRONMENT },
    maxBuffer: 256 * 1024 * 1024,
    timeout: TIMEOUT_MS,
  });
  return JSON.parse(output) as unknown;
}

/** supervisord may live in another interpreter than gunicorn: the first line of its script says in which. */
function interpreterOf(python: FoundPython): string {
  const [, interpreter] =
    /^#!(\/\S*python\S*)/.exec(readFileSync(python.bin.supervisord, 'utf8')) ?? [];
  return interpreter ?? python.bin.python;
}

/** Whether messages that come from Python itself are those of CPython 3.11, which the reference describes. */
export function hasReferenceMessages(python: FoundPython): boolean {
  // It reads its input: else the pipe may be closed before that is written.
  const script = 'import sys; sys.stdin.read(); print(list(sys.version_info[:2]))';
  return askPython(python, script, null)?.toString() === '3,11';
}

/** A new directory with files by relative path; names that end in a slash are directories. */
export function makeTree(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-config-'));
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(path, text);
  }
  return directory;
}

/** Removes what {@link makeTree} made. */
export function removeTree(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
