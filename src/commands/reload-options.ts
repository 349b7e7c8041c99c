import { EXIT, ReloadctlError } from '../base/errors.ts';
import {
  HOOK_MOMENTS,
  type HookMoment,
  type ProgramSettings,
} from '../config/settings/settings.ts';
import { secondsFrom } from '../config/settings/setting-values.ts';
import { SHARED_SETTINGS, type SharedSetting } from '../config/shared-settings.ts';
import type { Parse } from '../config/option-values.ts';
import { splitCommand } from '../config/split-command.ts';
import type { ReloadOptions, ScaleChange } from '../policy/facts.ts';
import { LOCK_WAIT_MS } from '../reload/take-lock.ts';

/** The options of `reload`, `restart` and `plan` as commander gives them. */
export interface ReloadFlags {
  readonly strategy?: string;
  readonly surge?: string;
  readonly healthUrl?: readonly string[];
  readonly settle?: string;
  readonly timeout?: string;
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
  settings: ProgramSettings | undefined,
): ReloadOptions {
  const { strategy, surge, health_url: healthUrl, settle, timeout } = SHARED_SETTINGS;
  const healthUrls = (flags.healthUrl ?? []).flatMap((url) => readUrls(healthUrl, url));
  return {
    strategy: readFlag(strategy, flags.strategy) ?? settings?.strategy ?? 'auto',
    surge: readFlag(surge, flags.surge) ?? settings?.surge,
    ...(flags.surge === undefined && settings?.surge !== undefined
      ? { isSurgeConfigured: true }
      : {}),
    healthUrls: healthUrls.length > 0 ? healthUrls : (settings?.healthUrls ?? []),
    settleMs: toMs(readFlag(settle, flags.settle) ?? settings?.settleSecs),
    timeoutMs: toMs(readFlag(timeout, flags.timeout) ?? settings?.timeoutSecs),
    allowDowntime: flags.allowDowntime === true,
    reloadSignal: settings?.reloadSignal,
    hooks: splitHooks(settings),
    ...(flags.scale === undefined ? {} : { scale: flags.scale }),
  };
}

function splitHooks(settings: ProgramSettings | undefined): ReloadOptions['hooks'] {
  const hooks: Partial<Record<HookMoment, readonly string[]>> = {};
  for (const moment of HOOK_MOMENTS) {
    const command = settings?.hooks[moment];
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
  const limitMs = toMs(readFlag({ option: '--wait-limit', parse: secondsFrom(0) }, waitLimit));
  return wait === false ? 0 : (limitMs ?? LOCK_WAIT_MS);
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

const toMs = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

function usage(message: string, hint: string): ReloadctlError {
  return new ReloadctlError(message, { code: 'usage', exitCode: EXIT.usage, hint });
}

function readFlag<T>(
  { option, parse }: { readonly option: string; readonly parse: Parse<T> },
  text: string | undefined,
): T | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value.ok) return value.value;
  throw usage(`${option} ${value.error}`, `reloadctl help reload says what ${option} is for.`);
}

function readUrls(setting: SharedSetting<readonly string[]>, text: string): readonly string[] {
  const urls = readFlag(setting, text) ?? [];
  if (urls.length > 0) return urls;
  throw usage(`${setting.option} is empty`, 'Write http://HOST:PORT/PATH or unix:/PATH/TO.sock.');
}
