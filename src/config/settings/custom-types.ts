import { err, ok, type Result } from '../../base/result.ts';
import type { SignalName } from '../../os/signals.ts';
import {
  keyError,
  key,
  readKeys,
  sectionError,
  type KeyTable,
  type KeyValues,
} from '../section-reader.ts';
import type { ConfigError } from '../config-error.ts';
import { readerOf, type ReadContext } from '../section-reader.ts';
import { nameInSection } from '../section-names.ts';
import { nearest } from '../nearest.ts';
import { repr } from '../python/repr.ts';
import { splitWords, strip } from '../python/text.ts';
import { parsePositiveSeconds, parseSignalName } from './setting-values.ts';
import { splitCommand } from '../split-command.ts';
import { parseBoolean, parseText, type Parse } from '../option-values.ts';

const PREFIX = 'reloadctl-type:';

const oneOf =
  <const Choice extends string>(...choices: readonly Choice[]): Parse<Choice> =>
  (text) => {
    const found = choices.find((choice) => choice === text.toLowerCase());
    return found === undefined
      ? err(`is ${repr(text)}; it has to be one of ${choices.join(', ')}`)
      : ok(found);
  };

/** Each makes comparing a name with it longer by the length of the name. */
const MAX_STARS = 3;

const parseWords: Parse<readonly string[]> = (text) => {
  const words = splitWords(text);
  if (words.length === 0) return err('is empty');
  const many = words.find((word) => word.split('*').length > MAX_STARS + 1);
  return many === undefined ? ok(words) : err(`holds ${repr(many)}: no more than ${MAX_STARS} '*'`);
};

const parseCommand: Parse<readonly string[]> = (text) => {
  const words = splitCommand(text);
  if (!words.ok) return err(`cannot be split: ${words.error}`);
  return words.value.length === 0 ? err('is empty') : ok(words.value);
};

const parseSignals: Parse<readonly SignalName[]> = (text) => {
  const signals: SignalName[] = [];
  for (const word of splitWords(text)) {
    const signal = parseSignalName(word);
    if (!signal.ok) return signal;
    signals.push(signal.value);
  }
  return ok(signals);
};

const signal = key(parseSignalName, undefined);
const seconds = key(parsePositiveSeconds, undefined);

/** The keys of [reloadctl-type:NAME]. */
export const CUSTOM_TYPE_KEYS = {
  binary: key(parseWords, undefined),
  argv: key(parseText, undefined),
  kind: key(oneOf('web', 'job-runner', 'data', 'log'), 'web' as const),
  workers: key(oneOf('children', 'descendants', 'none'), 'children' as const),
  worker_ready: key(parseSignals, [] as readonly SignalName[]),
  reload: signal,
  reload_command: key(parseCommand, undefined),
  loads: key(oneOf('code', 'configuration'), 'code' as const),
  cost: key(oneOf('none', 'stall', 'gap'), 'none' as const),
  keeps_old: key(parseBoolean, false),
  old_workers: key(oneOf('killed', 'left'), 'killed' as const),
  effect_secs: seconds,
  boot_secs: seconds,
  drain_secs: seconds,
  check: key(parseCommand, undefined),
  graceful_stop: signal,
  grace_secs: seconds,
  fast_stop: signal,
  quiet: signal,
  reopen_logs: signal,
  more_workers: signal,
  fewer_workers: signal,
  upgrade: signal,
  upgrade_pid: key(oneOf('same', 'new'), 'new' as const),
} satisfies KeyTable;

/**
 * A server type that a [reloadctl-type:NAME] section describes, by its keys; undefined: not set. docs/configuration.md has what each
 * means.
 */
export type CustomType = Omit<KeyValues<typeof CUSTOM_TYPE_KEYS>, 'binary'> & {
  readonly name: string;
  /** File names; '*' stands for anything. */
  readonly binary: readonly string[];
};

/** The types that [reloadctl-type:NAME] sections describe. A key that is not known is an error that names the nearest known one. */
export function readCustomTypes(context: ReadContext): Result<readonly CustomType[], ConfigError> {
  const types: CustomType[] = [];
  const { sections } = context.document;
  for (const section of sections.withPrefix(PREFIX)) {
    const names = new Map<string, string | number>([
      ['here', context.document.here],
      ['host_node_name', context.host.hostname],
    ]);
    const reader = readerOf(context, section, names);
    const name = strip(nameInSection(section));
    if (!/^[a-z][a-z0-9-]*$/.test(name)) {
      return asSetting(
        sectionError(reader, `[${section}]: a type is named with lower case letters, digits and -`),
      );
    }
    const wrong = sections
      .ownKeys(section)
      .find((option) => !Object.hasOwn(CUSTOM_TYPE_KEYS, option));
    if (wrong !== undefined) {
      const known = nearest(wrong, Object.keys(CUSTOM_TYPE_KEYS));
      return asSetting(
        keyError(reader, wrong, `has no key ${repr(wrong)}; did you mean ${repr(known)}?`),
      );
    }
    const values = readKeys(reader, CUSTOM_TYPE_KEYS);
    if (!values.ok) {
      return asSetting(err({ ...values.error, message: `[${section}] ${values.error.message}` }));
    }
    const { binary, reload, reload_command: command } = values.value;
    if (binary === undefined) {
      return asSetting(
        sectionError(
          reader,
          `[${section}] needs 'binary': the name of the file that the server runs`,
        ),
      );
    }
    if (reload !== undefined && command !== undefined) {
      return asSetting(keyError(reader, 'reload_command', 'has reload too: one of them'));
    }
    types.push({ ...values.value, binary, name });
  }
  return ok(types);
}

/** supervisord knows nothing of these sections: it is a setting of ours that is wrong. */
const asSetting = <T>(result: {
  readonly ok: false;
  readonly error: ConfigError;
}): Result<T, ConfigError> => err({ ...result.error, code: 'settings-invalid' });
