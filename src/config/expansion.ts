import { err, ok, type Result } from '../base/result.ts';
import { rememberSecret } from '../base/secrets/known-secrets.ts';
import { isSecretName } from '../base/secrets/secret-name.ts';
import { LayeredNames } from './layered-names.ts';
import { formatPercent, type Names } from './python/percent-format.ts';
import { repr } from './python/repr.ts';
import { compareCodePoints } from './python/text.ts';

export type { Names } from './python/percent-format.ts';

const LONGEST_SHOWN = 10_000;

/**
 * `text` with its %(name)s filled in. The error is supervisord's (supervisor/options.py, expand);
 * `label` names the key in it.
 */
export function expand(text: string, names: Names, label: string): Result<string, string> {
  if (!text.includes('%')) return ok(text);
  const filled = formatPercent(text, names);
  const subject = (): string => `Format string ${repr(shorten(text))} for ${repr(label)}`;
  if (filled.ok) {
    const isWithin = !(names instanceof LayeredNames) || names.grow(filled.value.length);
    return isWithin ? filled : err(`${subject()} makes the configuration as a whole too long`);
  }
  if (filled.error.kind === 'malformed') {
    return err(`${subject()} is badly formatted: ${filled.error.text}`);
  }
  const available = [...names.keys()].sort(compareCodePoints).join(', ');
  return err(
    `${subject()} contains names (${repr(filled.error.name)}) which cannot be expanded. Available names: ${available}`,
  );
}

/** An error shows the whole value, as supervisord's does, unless nobody could read it. */
function shorten(text: string): string {
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, 100)}…`;
}

/** The ENV_ names of an environment. */
export function environmentNames(
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    names.set(`ENV_${name}`, value);
    if (isSecretName(name)) rememberSecret(value);
  }
  return names;
}
