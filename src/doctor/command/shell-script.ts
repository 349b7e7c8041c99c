import { splitCommand } from '../../config/split-command.ts';
import { SHELL_BUILTINS, SHELL_KEYWORDS } from './shell-words.ts';

/** A shell script as far as it matters: what it runs, and whether the shell gives way to it. */
export interface ShellReading {
  /** The simple commands in order, split into words; what cannot be split is left out. */
  readonly commands: ReadonlyArray<readonly string[]>;
  /** The last simple command, as written. */
  readonly last: string;
  /** The last external simple command; '' when there is none, or it is an `exec`. */
  readonly program: string;
  /** It sets a trap and has what it starts in the background: it waits for signals. */
  readonly handlesSignals: boolean;
  /** The last command is an `exec`. */
  readonly execs: boolean;
  /** Anything but a list of simple commands: pipes, redirections, loops, conditions, functions. */
  readonly isCompound: boolean;
  /** The last command runs in the background. */
  readonly backgrounds: boolean;
}

/**
 * Reads a POSIX shell script roughly (quotes, but no here-documents or substitutions): enough to
 * find the command at its end, which matters for signals.
 */
export function readShell(text: string): ShellReading {
  const pieces = splitAtOperators(text);
  const simple = pieces.filter(({ text: piece }) => {
    const [first = ''] = piece.split(/\s+/);
    return piece !== '' && !SHELL_KEYWORDS.has(first) && !/^\w+\(\)/.test(piece);
  });
  const words = simple.flatMap(({ text: piece }) => {
    const split = splitCommand(withoutRedirections(piece));
    return split.ok && split.value.length > 0 ? [skipAssignments(split.value)] : [];
  });
  const last = simple.at(-1);
  const functions = new Set(
    [...text.matchAll(/(?:^|[\s;])(?:function\s+)?([\w-]+)\s*\(\s*\)/g)].map(
      ([, name = '']) => name,
    ),
  );
  const program = pieces
    .map(({ text: piece, operator }) => ({ text: withoutKeywords(piece), operator }))
    .findLast(({ text: piece }) => becomes(piece) || isProgram(nameOf(piece), functions));
  const startsNone = program === undefined || becomes(program.text);
  return {
    commands: words.filter((each) => each.length > 0),
    last: last?.text ?? '',
    program: startsNone ? '' : program.text,
    handlesSignals:
      program?.operator === '&' && simple.some(({ text: piece }) => nameOf(piece) === 'trap'),
    execs: last !== undefined && /^(\w+=\S*\s+)*exec\s/.test(last.text),
    isCompound:
      pieces.some(({ operator }) => operator === '|' || operator === '(' || operator === ')') ||
      simple.length < pieces.filter(({ text: piece }) => piece !== '').length ||
      /[<>]/.test(last?.text ?? ''),
    backgrounds: last?.operator === '&',
  };
}

/** `do command`, `then command` → command. */
function withoutKeywords(piece: string): string {
  const words = piece.split(/(?<=\s)(?=\S)/);
  // What follows these is no command.
  if (/^(for|case|select|function)\s/.test(piece)) return '';
  const start = words.findIndex((word) => !SHELL_KEYWORDS.has(word.trim()));
  return start === -1 ? '' : words.slice(start).join('');
}

/** An `exec` of something, not of redirections alone. */
const becomes = (piece: string): boolean => /^(\w+=\S*\s+)*exec\s+[^\s\d<>]/.test(piece);

/** The word that names the command. */
const nameOf = (piece: string): string => skipAssignments(piece.split(/\s+/))[0] ?? '';

function isProgram(name: string, functions: ReadonlySet<string>): boolean {
  return name !== '' && !SHELL_BUILTINS.has(name) && !functions.has(name);
}

/** `FOO=1 BAR=2 command` → command. */
function skipAssignments(words: readonly string[]): readonly string[] {
  const start = words.findIndex((word) => !/^\w+=/.test(word));
  return start === -1 ? [] : words.slice(start);
}

function withoutRedirections(piece: string): string {
  return piece.replace(/\s\d?(>>|>&|>|<)\s*&?[\w./$-]+/g, ' ');
}

interface Piece {
  readonly text: string;
  /** What follows it: ';', '\n', '&&', '||', '|', '&', '(' , ')' or ''. */
  readonly operator: string;
}

function splitAtOperators(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let current = '';
  let quote = '';
  const push = (operator: string): void => {
    pieces.push({ text: current.trim(), operator });
    current = '';
  };
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    const next = text[index + 1] ?? '';
    if (quote !== '') {
      current += character;
      if (character === '\\' && quote === '"') {
        current += next;
        index += 1;
      } else if (character === quote) quote = '';
    } else if (character === '\\') {
      // A line that goes on in the next one.
      current += next === '\n' ? ' ' : character + next;
      index += 1;
    } else if (character === '"' || character === "'") {
      quote = character;
      current += character;
    } else if (character === '#' && (current === '' || /\s$/.test(current))) {
      while (index + 1 < text.length && text[index + 1] !== '\n') index += 1;
    } else if (character === '&' && (next === '>' || /[<>]$/.test(current))) {
      current += character;
    } else if ((character === '&' || character === '|') && next === character) {
      push(character + next);
      index += 1;
    } else if ('&|;\n()'.includes(character) && !(character === '(' && current.endsWith('$'))) {
      push(character);
    } else current += character;
  }
  push('');
  return pieces;
}
