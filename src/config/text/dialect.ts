import { err, ok, type Result } from '../../base/result.ts';
import { atOnce, type Turns } from '../../base/turns.ts';
import { invalid, type ConfigError } from '../config-error.ts';
import { rememberSecretsOf } from './remember-secrets.ts';
import type { Position } from '../position.ts';
import { repr } from '../python/repr.ts';
import { indentationOf, isSpace, strip, stripEnd } from '../python/text.ts';

/** A [section] line. The name is kept as written, spaces included. */
export interface Header {
  readonly kind: 'header';
  readonly section: string;
  readonly position: Position;
}

/** A key with its whole value: the lines of a continued value are joined by '\n'. */
export interface Option {
  readonly kind: 'option';
  readonly section: string;
  /** In lower case. */
  readonly key: string;
  readonly value: string;
  readonly position: Position;
  /** The lines below the first that were taken into the value, blank ones too. */
  readonly continuations: readonly Continuation[];
}

interface Continuation {
  readonly text: string;
  readonly line: number;
}

/** What one line, or one line and its continuations, says. */
export type Statement = Header | Option;

/** An option whose value may go on. */
interface OpenOption {
  readonly option: Option;
  readonly continuations: Continuation[];
  /** Where it stands among the statements. */
  readonly at: number;
}

/** Most options have none; there may be hundreds of thousands of them. */
const NO_CONTINUATIONS: readonly Continuation[] = [];

/** Between two of them nothing else is done. */
const LINES_A_TURN = 1000;

/** Of a file of another kind every line is wrong. */
const MOST_SHOWN = 100;

const HEADER = /^\[(.+)\]/s;

/**
 * Reads a configuration file as supervisord does: RawConfigParser with ';' and '#' as inline
 * comments (supervisor/options.py, UnhosedConfigParser). The order of the tests matters: an
 * indented line continues a value even if it looks like a header.
 */
export function readDialect(text: string, file: string): Result<readonly Statement[], ConfigError> {
  return atOnce(readingDialect(text, file));
}

/** As {@link readDialect}, in turns. */
export function* readingDialect(
  text: string,
  file: string,
): Turns<Result<readonly Statement[], ConfigError>> {
  const statements: Statement[] = [];
  const bogus: Array<{ readonly line: number; readonly text: string }> = [];
  let section: string | undefined;
  let open: OpenOption | undefined;
  let indentation = 0;
  const close = (): void => {
    if (open === undefined) return;
    const option = open.continuations.length === 0 ? open.option : whole(open);
    statements[open.at] = option;
    rememberSecretsOf(option.key, option.value);
    open = undefined;
  };
  for (const [index, raw] of splitLines(text).entries()) {
    if (index % LINES_A_TURN === 0) yield;
    const position = { file, line: index + 1 };
    const commentAt = findComment(raw);
    const content = strip(raw.slice(0, commentAt));
    if (content === '') {
      if (commentAt === undefined) open?.continuations.push({ text: '', line: index + 1 });
      continue;
    }
    const ownIndentation = indentationOf(raw);
    if (open !== undefined && ownIndentation > indentation) {
      open.continuations.push({ text: content, line: index + 1 });
      continue;
    }
    indentation = ownIndentation;
    const name = HEADER.exec(content)?.[1];
    if (name !== undefined) {
      section = name;
      close();
      statements.push({ kind: 'header', section, position });
      continue;
    }
    if (section === undefined) return err(missingHeader(raw, position));
    const delimiter = content.search(/[=:]/);
    const key = stripEnd(content.slice(0, Math.max(delimiter, 0)));
    if (key === '') {
      bogus.push({ line: index + 1, text: raw });
      // A line without a delimiter leaves the value above open; one without a name closes it.
      if (delimiter !== -1) close();
      continue;
    }
    close();
    const option: Option = {
      kind: 'option',
      section,
      key: key.toLowerCase(),
      value: strip(content.slice(delimiter + 1)),
      position,
      continuations: NO_CONTINUATIONS,
    };
    open = { option, continuations: [], at: statements.length };
    statements.push(option);
  }
  close();
  return bogus.length > 0 ? err(parsingErrors(bogus, file)) : ok(statements);
}

function whole({ option, continuations }: OpenOption): Option {
  const lines = [option.value, ...continuations.map((each) => each.text)];
  const value = stripEnd(lines.join('\n'));
  return { ...option, value, continuations };
}

/** The lines with their line breaks as '\n', as Python reads a text file. */
function splitLines(text: string): readonly string[] {
  return text.replaceAll(/\r\n?/g, '\n').match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * Where the comment of a line begins. Each round takes the next ';' and '#'; the first round with
 * one at the start or after white space decides, so an earlier one of the other kind can be missed.
 */
function findComment(line: string): number | undefined {
  if (/^[;#]/.test(strip(line))) return 0;
  let next = [line.indexOf(';'), line.indexOf('#')];
  while (next.some((at) => at !== -1)) {
    const comments = next.filter((at) => at === 0 || (at > 0 && isSpace(line[at - 1])));
    if (comments.length > 0) return Math.min(...comments);
    next = next.map((at) => (at === -1 ? -1 : line.indexOf(line.charAt(at), at + 1)));
  }
  return undefined;
}

function missingHeader(line: string, position: Position): ConfigError {
  return {
    ...invalid(
      `File contains no section headers.\nfile: ${repr(position.file)}, line: ${position.line}\n${repr(line)}`,
      position,
    ),
    ...(line.startsWith('\ufeff')
      ? {
          hint: 'The file begins with a byte order mark, which supervisord does not skip: remove it.',
        }
      : {}),
  };
}

function parsingErrors(
  bogus: ReadonlyArray<{ readonly line: number; readonly text: string }>,
  file: string,
): ConfigError {
  const lines = bogus
    .slice(0, MOST_SHOWN)
    .map(({ line, text }) => `\n\t[line ${String(line).padStart(2)}]: ${repr(text)}`);
  const more = bogus.length > MOST_SHOWN ? `\n\t[and ${bogus.length - MOST_SHOWN} lines more]` : '';
  const first = bogus[0];
  return invalid(
    `Source contains parsing errors: ${repr(file)}${lines.join('')}${more}`,
    first === undefined ? undefined : { file, line: first.line },
  );
}
