import { err, ok, type Result } from '../../base/result.ts';
import { parseUser } from '../option-values.ts';
import type { ConfigHost } from '../host.ts';
import type { DaemonSettings } from '../program.ts';
import { DAEMON_OPTIONS } from '../supervisord-options.ts';

type DaemonOptions = typeof DAEMON_OPTIONS;

/** The settings of [supervisord] for which supervisord has an option of the command line that takes a value, each as text. */
export type OverrideTexts = {
  readonly [
    Name in keyof DaemonOptions as DaemonOptions[Name] extends { readonly flags: string }
      ? DaemonOptions[Name]['field']
      : never
  ]?: string;
};

/** A value that was given in the place of one of [supervisord] and cannot be understood; the message is supervisord's. */
export interface BadOverride {
  readonly setting: keyof OverrideTexts;
  readonly message: string;
}

/** Reads what the command line has in the place of values of [supervisord], as supervisord does (options.py, ServerOptions). */
export function parseOverrides(
  texts: OverrideTexts,
  host: ConfigHost,
): Result<Partial<DaemonSettings>, BadOverride> {
  const values: Record<string, unknown> = {};
  for (const option of Object.values(DAEMON_OPTIONS)) {
    if (!('flags' in option)) continue;
    const { field, parse } = option;
    const setting = field;
    const text = texts[setting];
    if (text === undefined) continue;
    // Here the user is not the last thing to be looked up.
    const parsed = (field === 'user' ? parseUser : parse)(text, host);
    if (!parsed.ok) return err({ setting, message: parsed.error });
    values[field] = parsed.value;
  }
  // The loop above puts in a value of the right type for each name.
  return ok(values);
}
