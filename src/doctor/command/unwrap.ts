import { basename } from 'node:path';
import { findExecPlace } from './exec-place.ts';
import { readServerCall, type ServerCall } from '../../servers/server-call.ts';
import { readShell } from './shell-script.ts';

/** A configured command, taken apart as far as can be seen without running it. */
export interface CommandReading {
  readonly words: readonly string[];
  /** The server at its heart. */
  readonly call: ServerCall | undefined;
  /** The innermost words that start it. */
  readonly inner: readonly string[];
  /** A shell that stays above what it starts. */
  readonly shell: StayingShell | undefined;
  /** A program that becomes another user and stays above what it starts. */
  readonly userSwitch: { readonly by: string; readonly user: string | undefined } | undefined;
  readonly backgrounds: boolean;
  /** Whether `reloadctl run` holds its sockets. */
  readonly isHeld: boolean;
}

/** A shell that does not give way to what it starts. */
export interface StayingShell {
  readonly name: string;
  /** The last program that its script starts, as far as can be seen. */
  readonly last: string;
  /** The text of its last command where `exec` may be written before it. */
  readonly mayExec: string | undefined;
  /** Where its script stands. */
  readonly place: 'command' | 'file';
}

/** Wrappers that become what they start (execve), with the number of words before the command. */
const EXECUTING: ReadonlyMap<string, number> = new Map([
  ['nice', 0],
  ['ionice', 0],
  ['setsid', 0],
  ['stdbuf', 0],
  ['authbind', 0],
  ['newrelic-admin', 1],
  ['ddtrace-run', 0],
  ['opentelemetry-instrument', 0],
  ['bundle', 1],
  ['poetry', 1],
  ['pipenv', 1],
  ['gosu', 1],
  ['su-exec', 1],
  ['chpst', 0],
  ['catchsegv', 0],
]);

const SHELL = /^(sh|bash|dash|ash|zsh|ksh)$/;
const MAX_DEPTH = 6;

/** Reads the start of a file; undefined when it is none or may not be read. */
export type ReadHead = (path: string) => Promise<string | undefined>;

/** Takes wrappers, shells and scripts off a command. */
export function readCommand(words: readonly string[], readHead: ReadHead): Promise<CommandReading> {
  return unwrap(
    {
      words,
      call: undefined,
      inner: words,
      shell: undefined,
      userSwitch: undefined,
      backgrounds: false,
      isHeld: false,
    },
    readHead,
    0,
  );
}

async function unwrap(
  reading: CommandReading,
  readHead: ReadHead,
  depth: number,
): Promise<CommandReading> {
  const { inner } = reading;
  const [first] = inner;
  const call = readServerCall(inner);
  if (first === undefined || call !== undefined || depth >= MAX_DEPTH) return { ...reading, call };
  const name = basename(first);
  const deeper: Deeper = (next, more = {}) =>
    unwrap({ ...reading, ...more, inner: next }, readHead, depth + 1);
  if (name === 'env') return deeper(afterEnv(inner));
  if (SHELL.test(name)) {
    const at = inner.findIndex((word, index) => index > 0 && /^-\w*c$/.test(word));
    const script =
      at === -1 ? inner.find((word, index) => index > 0 && !word.startsWith('-')) : undefined;
    const text =
      at === -1 ? (script === undefined ? undefined : await readHead(script)) : inner[at + 1];
    return text === undefined
      ? { ...reading, call }
      : throughShell(reading, name, text, at !== -1, deeper);
  }
  if (name === 'sudo' || name === 'su' || name === 'runuser') {
    const switched = readSwitch(name, inner);
    return deeper(switched.inner, { userSwitch: { by: name, user: switched.user } });
  }
  if (isOurs(name, inner)) {
    const dashes = inner.indexOf('--');
    return deeper(dashes === -1 ? [] : inner.slice(dashes + 1), { isHeld: true });
  }
  const own = EXECUTING.get(name);
  if (own !== undefined) return deeper(afterOptions(inner, own));
  // Our own file is a script as well, and no wrapper.
  const text = first.includes('/') && name !== 'reloadctl' ? await readHead(first) : undefined;
  const shell = text === undefined ? undefined : shebangShell(text);
  if (text !== undefined && shell !== undefined) {
    return throughShell(reading, shell, text, false, deeper);
  }
  return { ...reading, call };
}

/** `reloadctl … run … --`; without the dashes the options cannot be told from the command. */
function isOurs(name: string, words: readonly string[]): boolean {
  const dashes = words.indexOf('--');
  return name === 'reloadctl' && words.slice(1, dashes === -1 ? 2 : dashes).includes('run');
}

type Deeper = (next: readonly string[], more?: Partial<CommandReading>) => Promise<CommandReading>;

async function throughShell(
  reading: CommandReading,
  name: string,
  text: string,
  isArgument: boolean,
  deeper: Deeper,
): Promise<CommandReading> {
  const script = readShell(text);
  const commands = script.commands.map((words) => (words[0] === 'exec' ? words.slice(1) : words));
  // The last that is a server, else the last.
  const results = await Promise.all(commands.map((words) => deeper(words, { shell: undefined })));
  const found = results.findLast(({ call }) => call !== undefined) ?? results.at(-1) ?? reading;
  // bash 5.1 becomes the last command of a plain list after -c; dash and scripts do not.
  const becomesLast = isArgument && name === 'bash' && !script.isCompound;
  // A shell with only builtins starts nobody, and one that handles signals may pass them on.
  const staysOut = script.program === '' || script.handlesSignals;
  const own: StayingShell | undefined = staysOut
    ? undefined
    : { name, last: script.program, mayExec: findExecPlace(text), place: 'command' };
  const shell = script.execs || becomesLast ? found.shell : own;
  return {
    ...found,
    shell: shell !== undefined && !isArgument ? { ...shell, place: 'file' } : shell,
    backgrounds: found.backgrounds || script.backgrounds,
  };
}

function shebangShell(text: string): string | undefined {
  const line = /^#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(text);
  const interpreter = basename(line?.[1] ?? '');
  const name = interpreter === 'env' ? basename(line?.[2] ?? '') : interpreter;
  return SHELL.test(name) ? name : undefined;
}

function afterEnv(words: readonly string[]): readonly string[] {
  let index = 1;
  for (; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '-u' || word === '-C') index += 1;
    else if (!word.startsWith('-') && !/^\w+=/.test(word)) break;
  }
  return words.slice(index);
}

/**
 * Skips the wrapper's options and words and a '--'. Options with values are nice's, ionice's,
 * chpst's.
 */
function afterOptions(words: readonly string[], own: number): readonly string[] {
  let index = 1;
  let left = own;
  for (; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') continue;
    if (/^-[ncpuiUem]$/.test(word)) index += 1;
    else if (word.startsWith('-')) continue;
    else if (left > 0) left -= 1;
    else break;
  }
  return words.slice(index);
}

function readSwitch(
  name: string,
  words: readonly string[],
): { readonly inner: readonly string[]; readonly user: string | undefined } {
  const at = words.findIndex((word) => word === '-c' || word === '--command');
  const userAt = words.findIndex((word) => word === '-u' || word === '--user');
  if (name !== 'sudo') {
    const user = words.find(
      (word, index) => index > 0 && index !== at + 1 && !word.startsWith('-'),
    );
    return { inner: at === -1 ? [] : ['sh', '-c', words[at + 1] ?? ''], user };
  }
  const rest = words.slice(1);
  const start = rest.findIndex(
    (word, index) =>
      !word.startsWith('-') &&
      rest[index - 1] !== '-u' &&
      rest[index - 1] !== '--user' &&
      !/^\w+=/.test(word),
  );
  return {
    inner: start === -1 ? [] : rest.slice(start),
    user: userAt === -1 ? undefined : words[userAt + 1],
  };
}
