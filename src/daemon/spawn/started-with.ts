import { readFileSync } from 'node:fs';
import { readingError } from '../../os/errno.ts';

/** What we were started with and Node has changed: programs are to have it as it was. */
export interface StartedWith {
  /**
   * The soft limit of descriptors, which Node raises to the hard one; undefined where nobody knows
   * it.
   */
  readonly softFiles: number | undefined;
  /** `NAME=value` of the variables that are no UTF-8, which Node replaces by something else. */
  readonly rawVariables: readonly Buffer[];
}

/** Nothing that Node would have changed. */
export const UNCHANGED: StartedWith = { softFiles: undefined, rawVariables: [] };

/** Set by src/launch.sh before there is Node. */
const SOFT_FILES = 'RELOADCTL_SOFT_FILES';
/**
 * By the same, what has been lost on the way, and by us for the next process of ours, what Node
 * cannot tell it.
 */
const RAW_VARIABLES = 'RELOADCTL_RAW_VARIABLES';

/**
 * Takes what tells of it out of our environment, since the programs are not to inherit that, and
 * puts into it what the shell has lost.
 */
export function takeStartedWith(): StartedWith {
  const { [SOFT_FILES]: softFiles, [RAW_VARIABLES]: handed } = process.env;
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- As above.
  for (const name of [SOFT_FILES, RAW_VARIABLES]) delete process.env[name];
  const lost = split(Buffer.from(handed ?? '', 'base64'));
  for (const entry of lost.filter((each) => !isRaw(each))) {
    const [, name = '', value = ''] = /^([^=]*)=([^]*)$/.exec(entry.toString()) ?? [];
    if (name !== '') process.env[name] = value;
  }
  return {
    softFiles: softFiles === undefined ? inheritedFrom(process.ppid) : toLimit(softFiles),
    rawVariables: [...lost, ...split(readOwnEnvironment())].filter(isRaw),
  };
}

/** The variables by which another process of ours takes it over. */
export function variablesOf({ softFiles, rawVariables }: StartedWith): Record<string, string> {
  const raw = Buffer.concat(rawVariables.flatMap((each) => [each, Buffer.from([0])]));
  return {
    ...(softFiles === undefined ? {} : { [SOFT_FILES]: String(softFiles) }),
    ...(raw.length === 0 ? {} : { [RAW_VARIABLES]: raw.toString('base64') }),
  };
}

/**
 * The soft limit for programs that are to have at least `least` descriptors; undefined: the one
 * that we have.
 */
export function softFilesOf({ softFiles }: StartedWith, least: number): number | undefined {
  const ours = readLimits('self')?.soft;
  if (softFiles === undefined || ours === undefined) return undefined;
  const wanted = Math.max(softFiles, least);
  return wanted < ours ? wanted : undefined;
}

/**
 * Those of `raw` that have not been given another value in `env`, and `env` without them;
 * `inherited` has them as Node has read them.
 */
export function withRaw(
  env: Readonly<Record<string, string>>,
  inherited: Readonly<Record<string, string | undefined>>,
  raw: readonly Buffer[],
): { readonly env: Readonly<Record<string, string>>; readonly rawVariables: readonly Buffer[] } {
  if (raw.length === 0) return { env, rawVariables: raw };
  const nameOf = (entry: Buffer): string => /^[^=]*/.exec(entry.toString())?.[0] ?? '';
  const kept = raw.filter((entry) => env[nameOf(entry)] === inherited[nameOf(entry)]);
  const names = new Set(kept.map(nameOf));
  const others = Object.entries(env).filter(([name]) => !names.has(name));
  return { env: Object.fromEntries(others), rawVariables: kept };
}

/**
 * Where the hard limit is that of whoever started us, the soft one is, too, unless that was Node as
 * well.
 */
function inheritedFrom(parent: number): number | undefined {
  const [ours, theirs] = [readLimits('self'), readLimits(parent)];
  return ours?.hard === theirs?.hard ? theirs?.soft : undefined;
}

interface Limits {
  readonly soft: number | undefined;
  readonly hard: number | undefined;
}

function readLimits(pid: number | 'self'): Limits | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/limits`, 'utf8');
    const [, soft = '', hard = ''] = /^Max open files +(\w+) +(\w+)/m.exec(text) ?? [];
    return { soft: toLimit(soft), hard: toLimit(hard) };
  } catch (error) {
    readingError(error); // Throws what is no system error. Without /proc nobody knows them.
    return undefined;
  }
}

function toLimit(text: string): number | undefined {
  if (text === 'unlimited') return Infinity;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function readOwnEnvironment(): Buffer {
  try {
    return readFileSync('/proc/self/environ');
  } catch (error) {
    readingError(error); // As above.
    return Buffer.alloc(0);
  }
}

/** Whether it is no UTF-8. */
function isRaw(entry: Buffer): boolean {
  return !Buffer.from(entry.toString()).equals(entry);
}

/** What stands before each NUL. */
function split(bytes: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0); end !== -1; end = bytes.indexOf(0, start)) {
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return parts;
}
