import { basename } from 'node:path';

/** How a running gunicorn was started, read off its argv. */
export interface GunicornCommandLine {
  /** argv[0]: the interpreter as it was called, so that a virtual environment is found again. */
  readonly python: string;
  /** Everything up to and including gunicorn itself: ['/venv/bin/python', '/venv/bin/gunicorn'] or […, '-m', 'gunicorn']. */
  readonly launcher: readonly string[];
  /** gunicorn's own arguments. */
  readonly args: readonly string[];
}

/** python's options that take their value as the next argument (python --help). */
const PYTHON_OPTIONS_WITH_VALUE: ReadonlySet<string> = new Set([
  '-W',
  '-X',
  '--check-hash-based-pycs',
]);

const isPython = (word: string): boolean => /^(python|pypy)[\d.]*$/.test(basename(word));

/** The console script as pip and Debian name it: gunicorn, gunicorn3, gunicorn-3.11. */
const isGunicornScript = (word: string): boolean => /^gunicorn(3|-[\d.]+)?$/.test(basename(word));

const isGunicornModule = (word: string | undefined): boolean =>
  word === 'gunicorn' || word === 'gunicorn.__main__' || word === 'gunicorn.app.wsgiapp';

/**
 * Reads the argv of a live gunicorn master: an interpreter, its options, then the gunicorn script or `-m gunicorn`. Undefined for
 * anything else: a process that embeds gunicorn, or one whose title was rewritten ("gunicorn: master [app]").
 */
export function parseGunicornArgv(argv: readonly string[]): GunicornCommandLine | undefined {
  const [python] = argv;
  if (python === undefined || !isPython(python)) return undefined;
  let index = 1;
  for (; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '-m') {
      if (!isGunicornModule(argv[index + 1])) return undefined;
      return split(argv, python, index + 2);
    }
    if (PYTHON_OPTIONS_WITH_VALUE.has(word)) index += 1;
    else if (!word.startsWith('-')) break;
  }
  return isGunicornScript(argv[index] ?? '') ? split(argv, python, index + 1) : undefined;
}

function split(argv: readonly string[], python: string, end: number): GunicornCommandLine {
  return { python, launcher: argv.slice(0, end), args: argv.slice(end) };
}

/**
 * The argv that the kernel would build for a gunicorn script called by path: its interpreter line first. `head` is the start of the
 * script. pip writes `#!/bin/sh` and an exec line where the interpreter's path is too long for the kernel.
 */
export function parseGunicornScript(
  script: string,
  head: string,
  args: readonly string[],
): GunicornCommandLine | undefined {
  if (!isGunicornScript(script)) return undefined;
  const [first = '', second = ''] = head.split('\n');
  const viaShell = /^'''exec' "?([^"]+?)"? "\$0" "\$@"$/.exec(second)?.[1];
  const words = first.startsWith('#!') ? first.slice(2).trim().split(/\s+/) : [];
  const interpreter = viaShell === undefined ? words : [viaShell];
  const afterEnv = basename(interpreter[0] ?? '') === 'env' ? interpreter.slice(1) : interpreter;
  return parseGunicornArgv([...afterEnv, script, ...args]);
}
