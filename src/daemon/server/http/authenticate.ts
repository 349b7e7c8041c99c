import { createHash, timingSafeEqual } from 'node:crypto';

/** The name and the password that a server asks for. The password is clear text, or `{SHA}` and the hexadecimal sha1 of it. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Whether an Authorization header (undefined: there is none) carries these credentials. Takes as long for any wrong ones. */
export function isAuthorized(header: string | undefined, expected: Credentials): boolean {
  const packed = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? '')?.[1];
  if (packed === undefined) return false;
  const text = Buffer.from(packed, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return false;
  const isNameRight = areEqual(text.slice(0, colon), expected.username);
  const isPasswordRight = matchesPassword(text.slice(colon + 1), expected.password);
  return isNameRight && isPasswordRight;
}

function matchesPassword(given: string, expected: string): boolean {
  const sha1 = expected.startsWith('{SHA}') ? expected.slice('{SHA}'.length) : undefined;
  if (sha1 === undefined) return areEqual(given, expected);
  return areEqual(createHash('sha1').update(given).digest('hex'), sha1);
}

/** In a time that tells nothing of where they differ, nor of their lengths. */
function areEqual(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
