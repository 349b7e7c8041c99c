import { readServerCall } from '../../servers/server-call.ts';
import { SHELL_BUILTINS, SHELL_KEYWORDS } from './shell-words.ts';

/**
 * The last command of a shell script, if `exec` may be put before it: certainly an external
 * program, and the last thing to run. undefined in every doubt.
 */
export function findExecPlace(script: string): string | undefined {
  const tokens = tokenize(script);
  if (tokens === undefined) return undefined;
  const list = lastList(tokens);
  const [first] = list ?? [];
  const last = list?.at(-1);
  if (list === undefined || first?.kind !== 'word' || last === undefined) return undefined;
  if (!isProgram(first.text)) return undefined;
  const words = list.flatMap(({ kind, text }) => (kind === 'word' ? [text] : []));
  // What was read in may have defined functions: only what is surely none.
  const isSure = first.text.includes('/') || readServerCall(words) !== undefined;
  if (readsElsewhere(tokens) && !isSure) return undefined;
  return script.slice(first.start, last.end);
}

interface Token {
  readonly kind: 'word' | 'operator';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SEPARATORS: ReadonlySet<string> = new Set([';', '\n', '&&', '||', '|']);
const OPENING: ReadonlySet<string> = new Set(['if', 'for', 'while', 'until', '{']);
const CLOSING: ReadonlySet<string> = new Set(['fi', 'done', '}']);
/** After these nothing can be told: what they define, or what happens when the shell ends. */
const UNSURE: ReadonlySet<string> = new Set(
  'case select function coproc repeat foreach trap alias enable autoload emulate exec time'.split(
    ' ',
  ),
);

/** The tokens of the last simple command, if it ends a plain list at the top level. */
function lastList(tokens: readonly Token[]): readonly Token[] | undefined {
  let depth = 0;
  let isStart = true;
  let command: Token[] = [];
  let previous = '\n';
  let last: { readonly tokens: readonly Token[]; readonly isPlain: boolean } | undefined;
  let isPlain = true;
  const end = (operator: string): void => {
    if (operator === '|' || operator === '||') isPlain = false;
    if (command.length > 0) last = { tokens: command, isPlain: isPlain && depth === 0 };
    // An and-or list goes on behind a line break after its operator.
    const goesOn = operator === '\n' && command.length === 0 && previous !== '\n';
    if ((operator === ';' || operator === '\n') && !goesOn) isPlain = true;
    if (!goesOn) previous = operator === ';' ? '\n' : operator;
    command = [];
    isStart = true;
  };
  for (const token of tokens) {
    const { kind, text } = token;
    if (kind === 'operator' && SEPARATORS.has(text)) {
      end(text);
      continue;
    }
    if (isStart && kind === 'word') {
      if (UNSURE.has(text)) return undefined;
      if (OPENING.has(text)) depth += 1;
      if (CLOSING.has(text)) depth -= 1;
      // The words after these are a command again.
      isStart = SHELL_KEYWORDS.has(text) && text !== 'for';
    }
    command.push(token);
  }
  end('\n');
  return last?.isPlain === true && depth === 0 && !['&&', '||', '|'].includes(previous)
    ? last.tokens
    : undefined;
}

/** Whether a word in the place of a command can be nothing but a program. */
function isProgram(word: string): boolean {
  if (SHELL_BUILTINS.has(word) || SHELL_KEYWORDS.has(word)) return false;
  if (/^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/.test(word)) return false;
  // A variable may hold anything, but not a function's name with a slash behind it.
  return /^[\w.+-]+$/.test(word)
    ? /^[A-Za-z_]/.test(word)
    : /^["']?[\w.+~${}/-]+["']?$/.test(word) && /^["']?[$~/.\w][^"']*\/[\w.+-]+["']?$/.test(word);
}

const readsElsewhere = (tokens: readonly Token[]): boolean =>
  tokens.some(({ kind, text }) => kind === 'word' && ['.', 'source', 'eval'].includes(text));

/**
 * Words and operators; undefined for anything more: background, subshells, functions,
 * here-documents.
 */
function tokenize(script: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let index = 0;
  while (index < script.length) {
    const rest = script.slice(index);
    const blank = /^(?:[ \t\r]|\\\n)+/.exec(rest) ?? /^#[^\n]*/.exec(rest);
    if (blank !== null) {
      index += blank[0].length;
      continue;
    }
    const operator = /^(?:\d*(?:>>|>\||>&|<&|<>|>|<(?!<))|&&|\|\||;(?!;)|\n|\|(?!&))/.exec(rest);
    const end = operator === null ? endOfWord(script, index) : index + operator[0].length;
    if (end === undefined || end === index) return undefined;
    const kind = operator === null ? 'word' : 'operator';
    tokens.push({ kind, text: script.slice(index, end), start: index, end });
    index = end;
  }
  return tokens;
}

/** Where a word ends; undefined: not to be told. */
function endOfWord(script: string, start: number): number | undefined {
  let index = start;
  while (index < script.length && !' \t\r\n;&|<>()'.includes(script[index] ?? '')) {
    const next = endOfPart(script, index);
    if (next === undefined) return undefined;
    index = next;
  }
  return index;
}

/** Past one character, escape, quotation or substitution. */
function endOfPart(script: string, index: number): number | undefined {
  const character = script[index];
  if (character === '\\') return index + 2 <= script.length ? index + 2 : undefined;
  if (character === "'") {
    const end = script.indexOf("'", index + 1);
    return end === -1 ? undefined : end + 1;
  }
  if (character === '"' || character === '`') return endOf(script, index + 1, character);
  if (character === '$' && script[index + 1] === '(') return endOf(script, index + 2, ')');
  if (character === '$' && script[index + 1] === '{') return endOf(script, index + 2, '}');
  return index + 1;
}

function endOf(script: string, start: number, closing: string): number | undefined {
  let index = start;
  let open = 0;
  while (index < script.length) {
    const character = script[index];
    if (character === closing && open === 0) return index + 1;
    if (closing === ')' && character === '(') open += 1;
    if (closing === ')' && character === ')') open -= 1;
    // An apostrophe between double quotes is none.
    const isPlain = character === "'" && closing === '"';
    const next = isPlain ? index + 1 : endOfPart(script, index);
    if (next === undefined) return undefined;
    index = next;
  }
  return undefined;
}
