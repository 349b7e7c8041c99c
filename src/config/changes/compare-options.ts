import { compareCodePoints } from '../python/text.ts';
import type { Program } from '../program.ts';
import { COMPARED_OPTIONS, type Compared } from '../supervisord-options.ts';
import { isKeptText, visibleText } from './kept-text.ts';

/** An option that differs. */
export interface OptionChange {
  readonly option: string;
  /** As the file could have it; undefined where it is not known. Neither is there for environment=, whose values are secret. */
  readonly old?: string | undefined;
  readonly new?: string | undefined;
  /** With environment=: the names that differ. */
  readonly names?: NameChanges;
}

/** Names that differ between two environments. */
interface NameChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** The options of a process by their names in the file, each as the file could have it. Without environment=, which holds secrets. */
export type OptionTexts = ReadonlyMap<string, string>;

/** A process as a struct of getAllConfigInfo tells of it (supervisor/rpcinterface.py). */
export type ConfigInfo = Readonly<Record<string, unknown>>;

/** The options of a program as the configuration has it: all of them. */
export function textsOfProgram(program: Program): OptionTexts {
  return textsBy(program.redirectStderr, ({ valueOf }) => valueOf(program));
}

/** Those that are told of a process; environment, umask, stopasgroup and, before 4.3, autorestart are not among them. */
export function textsOfInfo(info: ConfigInfo): OptionTexts {
  return textsBy(info.redirect_stderr === true, ({ told }) =>
    told === undefined ? undefined : info[told],
  );
}

/** What is told of a program. */
export function infoOfProgram(program: Program): ConfigInfo {
  return Object.fromEntries(
    [...COMPARED_OPTIONS.values()].flatMap(({ told, valueOf }): Array<[string, unknown]> =>
      told === undefined ? [] : [[told, valueOf(program)]],
    ),
  );
}

function textsBy(isRedirected: boolean, valueOf: (option: Compared) => unknown): OptionTexts {
  const texts = new Map<string, string>();
  for (const [name, option] of COMPARED_OPTIONS) {
    if (isRedirected && name.startsWith('stderr_')) continue;
    const value = valueOf(option);
    const text = value === undefined ? undefined : option.textOf(value);
    if (text !== undefined) texts.set(name, text);
  }
  return texts;
}

/** Whether a running process has to be started anew for this option; the others are the supervisor's own business. */
export function takesRestart({ option }: Pick<OptionChange, 'option'>): boolean {
  return option === 'environment' || COMPARED_OPTIONS.get(option)?.isAtStart === true;
}

/** The options that differ, as far as both sides know them; `old` may be texts that were kept in a file. A log that the supervisor may name itself (AUTO) is no change of the one that it has. */
export function compareOptions(old: OptionTexts, wanted: OptionTexts): readonly OptionChange[] {
  const changes: OptionChange[] = [];
  for (const [option, text] of wanted) {
    const before = old.get(option);
    const isAuto = text === 'auto' && option.endsWith('_logfile');
    if (before === undefined || isKeptText(before, text) || isAuto) continue;
    changes.push({ option, old: visibleText(before), new: text });
  }
  return changes;
}

/** The change of environment=, undefined where there is none. */
export function compareEnvironments(
  old: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): OptionChange | undefined {
  const has = (record: object, name: string): boolean => Object.hasOwn(record, name);
  const sorted = (names: readonly string[]): readonly string[] =>
    [...names].sort(compareCodePoints);
  const names: NameChanges = {
    added: sorted(Object.keys(wanted).filter((name) => !has(old, name))),
    changed: sorted(
      Object.keys(wanted).filter((name) => has(old, name) && old[name] !== wanted[name]),
    ),
    removed: sorted(Object.keys(old).filter((name) => !has(wanted, name))),
  };
  const count = names.added.length + names.changed.length + names.removed.length;
  return count === 0 ? undefined : { option: 'environment', names };
}
