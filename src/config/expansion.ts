import { err, ok, type Result } from '../base/result.ts';
import { rememberSecret } from '../base/secrets/known-secrets.ts';
import { isSecretName } from '../base/secrets/secret-name.ts';
import { formatPercent, type Names } from './python/percent-format.ts';
import { repr } from './python/repr.ts';
import { compareCodePoints } from './python/text.ts';

export type { Names } from './python/percent-format.ts';

/**
 * `text` with its %(name)s filled in. `label` says which key it is in the error, which is supervisord's
 * (supervisor/options.py, expand).
 */
export function expand(text: string, names: Names, label: string): Result<string, string> {
  if (!text.includes('%')) return ok(text);
  const filled = formatPercent(text, names);
  if (filled.ok) return filled;
  const subject = `Format string ${repr(text)} for ${repr(label)}`;
  if (filled.error.kind === 'malformed') {
    return err(`${subject} is badly formatted: ${filled.error.text}`);
  }
  const available = [...names.keys()].sort(compareCodePoints).join(', ');
  return err(
    `${subject} contains names (${repr(filled.error.name)}) which cannot be expanded. Available names: ${available}`,
  );
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
