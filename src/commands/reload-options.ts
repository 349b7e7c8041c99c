import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { Parse } from '../config/option-values.ts';
import { HOOK_MOMENTS, parseMs, type HookMoment } from '../config/settings/setting-values.ts';
import {
  NO_SETTINGS,
  SETTINGS,
  SHARED_KEYS,
  type ProgramSettings,
  type SettingFlags,
  type SharedKey,
} from '../config/settings/settings.ts';
import { splitCommand } from '../config/split-command.ts';
import type { ReloadOptions, ScaleChange } from '../policy/facts.ts';
import { LOCK_WAIT_MS } from '../reload/take-lock.ts';

/** The options of `reload`, `restart` and `plan` as commander gives them. */
export interface ReloadFlags extends SettingFlags {
  readonly wait?: boolean;
  readonly waitLimit?: string;
  readonly allowDowntime?: true;
  readonly dryRun?: true;
  readonly hard?: true;
  readonly parallel?: string;
  /** Of `scale`. */
  readonly scale?: ScaleChange;
}

/** The flags over the settings of the program. Throws 'usage' for a value that makes no sense. */
export function mergeOptions(
  flags: ReloadFlags,
  settings: ProgramSettings = NO_SETTINGS,
): ReloadOptions {
  const merged = { ...settings, ...readSettings(flags) };
  return {
    strategy: merged.strategy ?? 'auto',
    surge: merged.surge,
    ...(flags.surge === undefined && settings.surge !== undefined
      ? { isSurgeConfigured: true }
      : {}),
    healthUrls: merged.healthUrls,
    healthHost: merged.healthHost,
    healthHeaders: merged.healthHeaders,
    healthExpect: merged.healthExpect,
    settleMs: merged.settleMs,
    timeoutMs: merged.timeoutMs,
    allowDowntime: flags.allowDowntime === true,
    reloadSignal: merged.reloadSignal,
    hooks: splitHooks(settings),
    ...(flags.scale === undefined ? {} : { scale: flags.scale }),
  };
}

/** The settings that the command line has. */
function readSettings(flags: SettingFlags): Partial<ProgramSettings> {
  const values: Record<string, unknown> = {};
  for (const key of SHARED_KEYS) {
    const { field, parse, option } = SETTINGS[key];
    const given = flags[flagName(key)];
    if (typeof given === 'string') values[field] = readFlag<unknown>(option.flag, parse, given);
    else if (given !== undefined && given.length > 0) {
      values[field] = given.flatMap((text) => readSeveral(option.flag, parse, text));
    }
  }
  return values;
}

/** The name of a setting's option among those of commander: health_url is healthUrl. */
export function flagName(key: SharedKey): keyof SettingFlags {
  return key.replaceAll(/_(\w)/g, (_, letter: string) =>
    letter.toUpperCase(),
  ) as keyof SettingFlags;
}

function splitHooks(settings: ProgramSettings): ReloadOptions['hooks'] {
  const hooks: Partial<Record<HookMoment, readonly string[]>> = {};
  for (const moment of HOOK_MOMENTS) {
    const command = settings.hooks[moment];
    const words = command === undefined ? undefined : splitCommand(command);
    if (words?.ok === false) {
      throw usage(`hooks: ${moment}: ${words.error}`, 'Quote the words as a shell would.');
    }
    if (words?.ok === true && words.value.length > 0) hooks[moment] = words.value;
  }
  return hooks;
}

/** For how long to wait for another run: --no-wait, --wait-limit, else as long as a reload takes at most. Throws 'usage'. */
export function waitMsOf({ wait, waitLimit }: ReloadFlags): number {
  const limitMs =
    waitLimit === undefined ? LOCK_WAIT_MS : readFlag('--wait-limit', parseMs(0), waitLimit);
  return wait === false ? 0 : limitMs;
}

/** More at once than any machine reloads. */
const MAX_PARALLEL = 64;

/** How many targets at a time: --parallel, else one. Throws 'usage'. */
export function parseParallel(text: string | undefined): number {
  if (text === undefined) return 1;
  const number = Number(text);
  if (/^\d{1,3}$/.test(text) && number >= 1 && number <= MAX_PARALLEL) return number;
  throw usage(
    `--parallel ${text}: not a number of programs`,
    `Write how many at a time, from 1 to ${MAX_PARALLEL}.`,
  );
}

function usage(message: string, hint: string): ReloadctlError {
  return new ReloadctlError(message, { code: 'usage', exitCode: EXIT.usage, hint });
}

function readFlag<T>(flag: string, parse: Parse<T>, text: string): T {
  const value = parse(text);
  if (value.ok) return value.value;
  throw usage(`${flag} ${value.error}`, `reloadctl help reload says what ${flag} is for.`);
}

function readSeveral(flag: string, parse: Parse<unknown>, text: string): readonly unknown[] {
  const values = readFlag(flag, parse, text);
  if (Array.isArray(values) && values.length > 0) return values as readonly unknown[];
  throw usage(`${flag} is empty`, `reloadctl help reload says what ${flag} is for.`);
}
