import { isAbsolute, join } from 'node:path';
import { splitCommand } from '../../config/split-command.ts';
import type { Files } from '../../os/files.ts';
import type { ProgramSubject } from '../subject.ts';

/** With the rights of the program. */
type CodeFiles = Pick<Files, 'stat' | 'readFile'>;

/** A path that decides what code a program runs. */
interface CodePath {
  readonly part: 'command' | 'script' | 'interpreter' | 'directory';
  readonly path: string;
}

/** supervisord's own where nothing else is set (supervisor/options.py, getpath). */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

const INTERPRETERS = /^(?:python[\d.]*|node|ruby|perl|php|bash|dash|sh|ksh|zsh|java|env)$/u;
const HEAD_BYTES = 512;

/** The files that a starting program executes, as its command shows them, and its directory. */
export async function findCode(
  files: CodeFiles,
  { program, reading }: ProgramSubject,
): Promise<readonly CodePath[]> {
  const words = splitCommand(program.command);
  const found: CodePath[] = [];
  const search = (program.environment.PATH ?? process.env.PATH ?? DEFAULT_PATH).split(':');
  for (const list of [words.ok ? words.value : [], reading.words, reading.inner]) {
    const [command, ...args] = list;
    const path = command === undefined ? undefined : await findExecutable(files, command, search);
    if (path === undefined || found.some((each) => each.path === path)) continue;
    found.push({ part: 'command', path });
    const interpreter = await readInterpreter(files, path);
    if (interpreter !== undefined) found.push({ part: 'interpreter', path: interpreter });
    if (INTERPRETERS.test(path.slice(path.lastIndexOf('/') + 1))) {
      const script = await findScript(files, args, program.directory);
      if (script !== undefined) found.push({ part: 'script', path: script });
    }
  }
  if (program.directory !== undefined) found.push({ part: 'directory', path: program.directory });
  return found;
}

async function findExecutable(
  files: CodeFiles,
  command: string,
  search: readonly string[],
): Promise<string | undefined> {
  if (command.includes('/')) return isAbsolute(command) ? command : undefined;
  for (const directory of search) {
    if (!isAbsolute(directory)) continue;
    const path = join(directory, command);
    const stat = await files.stat(path);
    if (stat.ok && stat.value.kind === 'file') return path;
  }
  return undefined;
}

/** The first word that is a file. What follows -c or -m is none. */
async function findScript(
  files: CodeFiles,
  args: readonly string[],
  directory: string | undefined,
): Promise<string | undefined> {
  for (const word of args) {
    if (/^-[a-zA-Z]*[cm]$/u.test(word)) return undefined;
    if (word.startsWith('-')) continue;
    if (!isAbsolute(word) && directory === undefined) return undefined;
    const path = isAbsolute(word) ? word : join(directory ?? '/', word);
    const stat = await files.stat(path);
    if (stat.ok && stat.value.kind === 'file') return path;
  }
  return undefined;
}

async function readInterpreter(files: CodeFiles, path: string): Promise<string | undefined> {
  const head = await files.readFile(path, HEAD_BYTES);
  return head.ok ? /^#!\s*(\/\S+)/u.exec(head.value)?.[1] : undefined;
}
