import { EXIT, ReloadctlError } from '../base/errors.ts';
import {
  HOOK_MOMENTS,
  STRATEGIES,
  type HookMoment,
  type ProgramSettings,
  type Strategy,
  type Surge,
} from '../config/settings.ts';
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
  const healthUrls = flags.healthUrl ?? [];
  for (const url of healthUrls) checkHealthUrl(url);
  return {
    strategy:
      flags.strategy === undefined ? (settings?.strategy ?? 'auto') : parseStrategy(flags.strategy),
    surge: flags.surge === undefined ? settings?.surge : parseSurge(flags.surge),
    ...(flags.surge === undefined && settings?.surge !== undefined
      ? { isSurgeConfigured: true }
      : {}),
    healthUrls: healthUrls.length > 0 ? healthUrls : (settings?.healthUrls ?? []),
    settleMs: toMs(parseSeconds('--settle', flags.settle, 0) ?? settings?.settleSecs),
    timeoutMs: toMs(parseSeconds('--timeout', flags.timeout, 0.1) ?? settings?.timeoutSecs),
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
  const limitMs = toMs(parseSeconds('--wait-limit', waitLimit, 0));
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

function parseStrategy(text: string): Strategy {
  const strategy = STRATEGIES.find((name) => name === text);
  if (strategy !== undefined) return strategy;
  throw usage(`--strategy ${text}: there is no such strategy`, `Choose ${STRATEGIES.join(', ')}.`);
}

function parseSurge(text: string): Surge {
  const match = /^(\d{1,6})(%?)$/.exec(text);
  const amount = Number(match?.[1]);
  const isPercent = match?.[2] === '%';
  if (match === null || amount < 1 || (isPercent && amount > 100)) {
    throw usage(
      `--surge ${text}: neither a number of workers nor a share of them`,
      'Write 1, 2, … or 1% to 100%.',
    );
  }
  return isPercent ? { kind: 'percent', percent: amount } : { kind: 'count', workers: amount };
}

/** A day: nobody means more, and timers take no more than 24 days. */
const MAX_SECONDS = 86_400;

function parseSeconds(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds >= least && seconds <= MAX_SECONDS) return seconds;
  throw usage(
    `${option} ${text}: not a number of seconds`,
    `Write a number from ${least} to ${MAX_SECONDS}, such as 30 or 2.5.`,
  );
}

function checkHealthUrl(url: string): void {
  const isUnix = /^unix:\/[^:]+(:\/.*)?$/.test(url);
  const isHttp = URL.canParse(url) && /^https?:\/\//.test(url);
  if (isUnix || isHttp) return;
  throw usage(
    `--health-url ${url}: not an address that can be asked`,
    'Write http://HOST:PORT/PATH, https://… or unix:/PATH/TO.sock:/PATH.',
  );
}
