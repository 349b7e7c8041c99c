import { describe, expect, it } from 'vitest';
import { isAuthorized } from '../../../../src/daemon/server/http/authenticate.ts';

const CLEAR = { username: 'ünser', password: 'pass:wörd' };
/** sha1 of 'pass:wörd'. */
const SHA = { username: 'ünser', password: '{SHA}34c7d32dfe24aa5e31f7c3cc565d7aa2ba868a7d' };

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe.each([
  ['in clear text', CLEAR],
  ['as {SHA}', SHA],
])('a password %s', (_, expected) => {
  it.for([
    ['the right one', basic('ünser:pass:wörd'), true],
    ['in small letters', basic('ünser:pass:wörd').replace('Basic', 'basic'), true],
    ['another password', basic('ünser:pass:wör'), false],
    ['another name', basic('unser:pass:wörd'), false],
    ['an empty password', basic('ünser:'), false],
    ['no colon', basic('ünser'), false],
    ['nothing', 'Basic ', false],
    ['no base64', 'Basic ???', false],
    ['another scheme', 'Bearer abc', false],
    ['no header', undefined, false],
    ['what is configured, as it stands', basic(`ünser:${SHA.password}`), false],
  ] as const)('with %s', ([, header, isRight]) => {
    expect(isAuthorized(header, expected)).toBe(isRight);
  });
});
