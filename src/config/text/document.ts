import { dirname, resolve } from 'node:path/posix';
import { err, ok, type Result } from '../../base/result.ts';
import { atOnce, type Turns } from '../../base/turns.ts';
import { invalid, type ConfigError } from '../config-error.ts';
import { readingDialect, type Statement } from './dialect.ts';
import { environmentNames, expand } from '../expansion.ts';
import type { FileFault } from './files.ts';
import type { ConfigHost } from '../host.ts';
import type { ConfigWarning } from '../position.ts';
import { glob } from '../python/glob.ts';
import { joinPaths } from '../python/paths.ts';
import { splitWords } from '../python/text.ts';
import { Sections } from './sections.ts';

/** The text of a configuration, read but not yet understood. */
export interface ConfigDocument {
  /** The main file as it was given; errors name it so. */
  readonly file: string;
  /** The directory of the main file, absolute: %(here)s. */
  readonly here: string;
  /** Every file that was read, absolute, the main one first. */
  readonly files: readonly string[];
  /** The statements of all files in the order in which they were read. */
  readonly statements: readonly Statement[];
  readonly sections: Sections;
  readonly warnings: readonly ConfigWarning[];
}

/** A document of which no file has the text: keys with their values by section, those without a value left out. `file` is absolute. */
export function documentOf(
  file: string,
  values: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>,
): ConfigDocument {
  const position = { file, line: 1 };
  const statements = Object.entries(values).flatMap(([section, keys]): Statement[] => [
    { kind: 'header', section, position },
    ...Object.entries(keys).flatMap(([key, value]): Statement[] =>
      value === undefined
        ? []
        : [{ kind: 'option', section, key, value, position, continuations: [] }],
    ),
  ]);
  const sections = new Sections();
  sections.merge(statements);
  return { file, here: dirname(file), files: [file], statements, sections, warnings: [] };
}

/** All files that are included; ten times what 100,000 programs need. */
const MAX_CHARACTERS = 128 * 1024 * 1024;

/** Reads a file, and with `include` the files that its [include] names. */
export function readDocument(
  file: string,
  host: ConfigHost,
  options: { readonly include: boolean },
): Result<ConfigDocument, ConfigError> {
  return atOnce(readingDocument(file, host, options));
}

/** As {@link readDocument}, in turns. */
export function* readingDocument(
  file: string,
  host: ConfigHost,
  { include }: { readonly include: boolean },
): Turns<Result<ConfigDocument, ConfigError>> {
  const path = resolve(host.cwd, file);
  const text = host.files.readText(path);
  if (!text.ok) return err(unreadable(file, text.error));
  const statements = yield* readingDialect(text.value, file);
  if (!statements.ok) return statements;
  const main: ConfigDocument = {
    file,
    here: dirname(path),
    files: [path],
    statements: statements.value,
    sections: yield* merging(statements.value),
    warnings: [],
  };
  return include ? yield* readingIncluded(main, host) : ok(main);
}

/** `main`, which was read without them, with the files that its [include] names. */
export function readIncluded(
  main: ConfigDocument,
  host: ConfigHost,
): Result<ConfigDocument, ConfigError> {
  return atOnce(readingIncluded(main, host));
}

function* readingIncluded(
  main: ConfigDocument,
  host: ConfigHost,
): Turns<Result<ConfigDocument, ConfigError>> {
  if (!main.sections.has('include')) return ok(main);
  const { here } = main;
  // Those of `main` stay as they are.
  const sections = yield* merging(main.statements);
  sections.substituteHere(here);
  const setting = sections.get('include', 'files');
  if (setting === undefined) {
    return err(
      invalid(
        '.ini file has [include] section, but no files setting',
        sections.positionOf('include'),
      ),
    );
  }
  const names = new Map([
    ['here', here],
    ['host_node_name', host.hostname],
    ...environmentNames(host.environment),
  ]);
  const patterns = expand(setting.value, names, 'include.files');
  if (!patterns.ok) return err(invalid(patterns.error, setting.position));
  const files = [...main.files];
  const statements = [...main.statements];
  const warnings: ConfigWarning[] = [];
  const { position } = setting;
  let characters = 0;
  for (const pattern of splitWords(patterns.value).map((each) => joinPaths(here, each))) {
    const paths = glob(pattern, host.files);
    if (paths === undefined) {
      return err(invalid(`include "${pattern}" is matched in too many directories`, position));
    }
    if (paths.length === 0) {
      warnings.push({ message: `No file matches via include "${pattern}"`, position });
    }
    for (const path of paths) {
      const text = host.files.readText(path);
      if (!text.ok && text.error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
        return err(unreadable(path, text.error));
      }
      if (text.ok) {
        characters += text.value.length;
        if (characters > MAX_CHARACTERS) {
          const message = `included file ${path} is too much: all files together have more than ${MAX_CHARACTERS} characters`;
          return err(invalid(message, position));
        }
        const included = yield* readingDialect(text.value, path);
        if (!included.ok) return included;
        files.push(path);
        for (const statement of included.value) statements.push(statement);
        yield* sections.merging(included.value);
      } else if (text.error.code === 'EFBIG') {
        return err(invalid(`included file ${path} is too large: ${text.error.reason}`, position));
      } else if (text.error.code !== 'EISDIR') {
        const reason = `included file ${path} cannot be read: ${text.error.reason}`;
        warnings.push({ message: reason, position });
      }
      sections.substituteHere(dirname(path));
    }
  }
  return ok({ ...main, files, statements, sections, warnings });
}

function* merging(statements: readonly Statement[]): Turns<Sections> {
  const sections = new Sections();
  yield* sections.merging(statements);
  return sections;
}

function unreadable(file: string, fault: FileFault): ConfigError {
  if (fault.code === 'ENOENT') {
    return {
      code: 'config-not-found',
      message: `could not find config file ${file}`,
      position: undefined,
      hint: 'Name the supervisord.conf with -c FILE.',
    };
  }
  return {
    code: 'config-unreadable',
    message: `could not read config file ${file}: ${fault.reason}`,
    position: undefined,
    hint:
      fault.code === 'EACCES'
        ? 'Run reloadctl as a user that may read the file, or name the server with -s URL.'
        : 'Name the supervisord.conf with -c FILE.',
  };
}
