import { compareCodePoints } from '../python/text.ts';
import { isKeptText, visibleText } from './kept-text.ts';
import type { OptionTexts } from './option-texts.ts';

/** An option that differs. */
export interface OptionChange {
  readonly option: string;
  /** As the file could have it; undefined where unknown, and for environment=, which is secret. */
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

/** What takes effect only when a process starts: what it is given, and where its output goes. */
const AT_START: ReadonlySet<string> = new Set([
  'command',
  'directory',
  'environment',
  'user',
  'umask',
  'serverurl',
  'redirect_stderr',
  ...['stdout', 'stderr'].flatMap((channel) =>
    ['logfile', 'capture_maxbytes', 'events_enabled', 'syslog'].map((key) => `${channel}_${key}`),
  ),
]);

/** Whether a running process has to be started anew for this option. */
export function takesRestart({ option }: Pick<OptionChange, 'option'>): boolean {
  return AT_START.has(option);
}

/**
 * The options that differ, as far as both sides know them. AUTO is no change of the log that the
 * supervisor has chosen.
 */
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
