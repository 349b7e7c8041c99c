import { basename } from 'node:path';
import type { LiveServer } from './live-process.ts';
import type { AskAside, Recognition } from './server-type.ts';
import printVersion from './print-version.py';

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

/** Options that take their value as the next word: -X and -W of python, -r, -I and -C of ruby, -r of node. */
const VALUED = /^(?:-[XWrIC]|--require|--import)$/;

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');

const oneOf = (words: readonly string[]): string => `(?:${words.map(escape).join('|')})`;

/**
 * What tells such a server: the interpreter is the file that the process runs, and its argv has the script right after the interpreter and
 * its options, or the module after -m, or is a title that the server has set.
 */
export function interpreted(server: Interpreted): Pick<Recognition, 'binaries' | 'argv'> {
  const { interpreter, scripts, modules = [], titles = [] } = server;
  const options = '(?: (?:-[XWrIC]|--require|--import) \\S+| -\\S+)*?';
  const forms = [
    // A name on PATH or a path; the kernel puts the interpreter of the first line before it.
    ...(scripts.length > 0 ? [`^\\S+${options} (?:\\S*/)?${oneOf(scripts)}(?: |$)`] : []),
    ...(modules.length > 0 ? [`^\\S+${options} -m ${oneOf(modules)}(?: |$)`] : []),
    ...(titles.length > 0 ? [`^${oneOf(titles)}`] : []),
  ];
  return { binaries: BINARIES[interpreter], argv: new RegExp(forms.join('|'), 'u') };
}

/** What a server was started with: the interpreter's own options, and what follows the script or module. */
export interface InterpretedCommand {
  readonly options: readonly string[];
  readonly args: readonly string[];
}

/** Reads the argv of such a server; undefined where it is another one, or has overwritten its argv with a title. */
export function readInterpreted(
  argv: readonly string[],
  { scripts, modules = [] }: Pick<Interpreted, 'scripts' | 'modules'>,
): InterpretedCommand | undefined {
  let at = 1;
  for (let word = argv[at]; word?.startsWith('-') === true; word = argv[at]) {
    const options = argv.slice(1, at);
    if (word === '-m') {
      const isIt = modules.includes(argv[at + 1] ?? '');
      return isIt ? { options, args: argv.slice(at + 2) } : undefined;
    }
    at += VALUED.test(word) ? 2 : 1;
  }
  const isIt = scripts.includes(basename(argv[at] ?? ''));
  return isIt ? { options: argv.slice(1, at), args: argv.slice(at + 1) } : undefined;
}

/** The interpreter of a live process, to run something else in the same environment. */
export function interpreterOf({ argv, exe }: Pick<LiveServer, 'argv' | 'exe'>): string | undefined {
  const [name = ''] = argv;
  // It finds a virtual environment again, by itself or on PATH, which the resolved file would not. A title is no command.
  const isCommand = name.startsWith('/') || Object.values(BINARIES).some((each) => each.test(name));
  return isCommand ? name : exe;
}

/** The version of a distribution, as the interpreter of the live process finds it (importlib.metadata). */
export function askPythonVersion(
  distribution: string,
): (live: LiveServer, ask: AskAside) => Promise<string | undefined> {
  return async (live, ask) => {
    const python = interpreterOf(live);
    if (python === undefined) return undefined;
    return (await ask([python, '-c', printVersion, distribution]))?.trim().split('\n')[0];
  };
}
