import {
  parseHealthUrls,
  parseStrategy,
  parseSurge,
  secondsFrom,
} from './settings/setting-values.ts';
import { STRATEGIES } from './settings/settings.ts';
import type { Parse } from './option-values.ts';

/** A setting that the file, the command line and RPC all have. */
export interface SharedSetting<T> {
  /** The option of the command line; the setting's key with '--' and '-'. */
  readonly option: `--${string}`;
  /** What stands for its value in the help. */
  readonly value: string;
  /** One line for the help. */
  readonly doc: string;
  /** The one reader of its text, its limits included; the error follows the name of the key or option. */
  readonly parse: Parse<T>;
}

function setting<T>(
  option: `--${string}`,
  value: string,
  doc: string,
  parse: Parse<T>,
): SharedSetting<T> {
  return { option, value, doc, parse };
}

const names = `${STRATEGIES.slice(0, -1).join(', ')} or ${STRATEGIES.at(-1) ?? ''}`;

/** By their keys in [reloadctl], which are the names of the options over RPC as well. */
export const SHARED_SETTINGS = {
  strategy: setting('--strategy', 'NAME', names, parseStrategy),
  surge: setting(
    '--surge',
    'N|P%',
    'rolling: how many more workers at a time; job runners: the successor starts first',
    parseSurge,
  ),
  health_url: setting(
    '--health-url',
    'URL',
    'must answer 2xx afterwards (repeatable)',
    parseHealthUrls,
  ),
  settle: setting(
    '--settle',
    'SECS',
    'how long the new version has to hold before it counts',
    secondsFrom(0),
  ),
  timeout: setting(
    '--timeout',
    'SECS',
    'limit for one boot of the new version (gunicorn: its timeout)',
    secondsFrom(0.1),
  ),
} as const;
