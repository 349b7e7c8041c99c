import { rememberSecret } from '../../base/secrets/known-secrets.ts';
import { isSecretName } from '../../base/secrets/secret-name.ts';

/** The pairs of an environment= value, quoted or not. Other code reports one that is malformed. */
const PAIR = /([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"?|'([^']*)'?|([^,\s]+))/gu;

/** Notes the secrets of a line once it is read, since an error in the next line may quote it. */
export function rememberSecretsOf(key: string, value: string): void {
  if (isSecretName(key)) rememberSecret(value);
  if (!isEnvironmentKey(key)) return;
  // An error quotes the whole of it, also as Python writes a line feed.
  for (const whole of [value, value.replaceAll('\n', '\\n')]) rememberSecret(whole);
  for (const [, name = '', double, single, bare] of value.matchAll(PAIR)) {
    if (isSecretName(name)) rememberSecret(double ?? single ?? bare ?? '');
  }
}

/** Whether a key holds variables, the misspelt included. */
export function isEnvironmentKey(key: string): boolean {
  return /^env\w{0,4}r\w{0,3}n?\w?ments?$/iu.test(key) || key.toLowerCase() === 'env';
}
