/**
 * Names whose value is a secret, common misspellings included: options, variables, keys, fields.
 * Everything that hides something by its name asks here.
 */
const SECRET_NAME_SOURCE =
  'pass?w[ao]?r?d|passwrd|passwd|passphrase|(?:[_-]|\\b|require|master)pass\\b|[_-]pwd\\b|secret|token|' +
  '(?:api|access|private|signing|signature|encryption|session|master|auth|account|shared|fernet|cookie)[_-]?key|credential|' +
  '[_-]?auth\\b|authorization|(?:[_-]|\\b)dsn\\b|(?:[_-]|\\b)salt\\b';

const SECRET_NAME = new RegExp(SECRET_NAME_SOURCE, 'iu');

/** Names that say where a secret is, or how long it lives, and not what it is. */
const ABOUT_A_SECRET =
  /[_-](?:file|path|dir|directory|ttl|timeout|expiry|url|uri|type|name|cmd)$/iu;

/** Longer names are none. */
const MAX_NAME = 120;

/** Whether `name` names a secret: 'DB_PASSWORD', '--api-token', 'pasword'; not 'token-file'. */
export function isSecretName(name: string): boolean {
  const bounded = name.slice(-MAX_NAME);
  return SECRET_NAME.test(bounded) && !ABOUT_A_SECRET.test(bounded);
}
