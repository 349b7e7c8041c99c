import type { LiveServer } from './live-process.ts';
import type { AskAside, Recognition } from './server-type.ts';

/** A server that an interpreter runs. */
export interface Interpreted {
  readonly interpreter: 'python' | 'ruby' | 'node';
  /** Names of its script, without a directory: 'uvicorn'. */
  readonly scripts: readonly string[];
  /** What stands after -m: 'uvicorn'. */
  readonly modules?: readonly string[];
  /** How a title that it gives itself begins: 'puma ', 'unicorn master'. */
  readonly titles?: readonly string[];
}

const BINARIES: Readonly<Record<Interpreted['interpreter'], RegExp>> = {
  python: /^(python|pypy)[\d.]*$/,
  ruby: /^(ruby|jruby|truffleruby)[\d.]*$/,
  node: /^(node|nodejs)$/,
};

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');

const oneOf = (words: readonly string[]): string => `(?:${words.map(escape).join('|')})`;

/**
 * What tells such a server: the interpreter is the file that the process runs, and its argv has the script right after the interpreter and
 * its options, or the module after -m, or is a title that the server has set.
 */
export function interpreted(server: Interpreted): Pick<Recognition, 'binaries' | 'argv'> {
  const { interpreter, scripts, modules = [], titles = [] } = server;
  // Those that take their value as the next word: -X and -W of python, -r, -I and -C of ruby, -r of node.
  const options = '(?: (?:-[XWrIC]|--require|--import) \\S+| -\\S+)*?';
  const forms = [
    // A name on PATH or a path; the kernel puts the interpreter of the first line before it.
    ...(scripts.length > 0 ? [`^\\S+${options} (?:\\S*/)?${oneOf(scripts)}(?: |$)`] : []),
    ...(modules.length > 0 ? [`^\\S+${options} -m ${oneOf(modules)}(?: |$)`] : []),
    ...(titles.length > 0 ? [`^${oneOf(titles)}`] : []),
  ];
  return { binaries: BINARIES[interpreter], argv: new RegExp(forms.join('|'), 'u') };
}

/** The version of a distribution, as the interpreter of the live process finds it (importlib.metadata). */
export function askPythonVersion(
  distribution: string,
): (live: LiveServer, ask: AskAside) => Promise<string | undefined> {
  return async ({ argv, exe }, ask) => {
    // argv[0] finds the virtual environment again, which the resolved file would not.
    const python = argv[0]?.startsWith('/') === true ? argv[0] : exe;
    if (python === undefined) return undefined;
    const code = `from importlib.metadata import version; print(version(${JSON.stringify(distribution)}))`;
    return (await ask([python, '-c', code]))?.trim().split('\n')[0];
  };
}
