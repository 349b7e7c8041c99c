import { expect, test } from 'vitest';
import { parsePasswd } from '../../rig/users.ts';

test('reads a passwd file and passes over what is no entry', () => {
  const text = [
    'root:x:0:0:root:/root:/bin/bash',
    '# a comment',
    '+::::::',
    'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n');
  expect(parsePasswd(text)).toEqual([
    { name: 'root', uid: 0, gid: 0 },
    { name: 'nobody', uid: 65534, gid: 65533 },
  ]);
});
