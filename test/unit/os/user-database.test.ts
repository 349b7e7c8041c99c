import { describe, expect, test } from 'vitest';
import { parsePasswd, parseUserDatabase, systemUsers } from '../../../src/os/user-database.ts';

describe('parsePasswd', () => {
  test('reads users, and passes over comments, NIS lines and broken ones', () => {
    const text = [
      '# users',
      'root:x:0:0:root:/root:/bin/bash',
      '+::::::',
      'half:x:1',
      'bad:x:one:1::/:/bin/sh',
      ':x:5:5::/:/bin/sh',
      'www-data:x:33:34:a,b:/var/www:',
      '',
    ].join('\n');
    expect(parsePasswd(text)).toEqual([
      { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/bash' },
      { name: 'www-data', uid: 33, gid: 34, home: '/var/www', shell: '' },
    ]);
  });
});

const database = parseUserDatabase(
  'root:x:0:0:root:/home/root:/bin/sh\n\n# note\nbroken:x:zero:0::/:\n+nis\nalice:x:1000:1001::/home/alice:\nalso-root:x:0:5::/r:\n',
  'root:x:0:\nstaff:x:50:alice,bob\nbroken:x:\n',
);

test.each([
  [{ name: 'alice' }, { name: 'alice', uid: 1000, gid: 1001, home: '/home/alice', shell: '' }],
  [{ uid: 1000 }, { name: 'alice', uid: 1000, gid: 1001, home: '/home/alice', shell: '' }],
  [{ uid: 0 }, { name: 'root', uid: 0, gid: 0, home: '/home/root', shell: '/bin/sh' }],
  [{ name: 'broken' }, undefined],
  [{ name: '+nis' }, undefined],
  [{ name: '' }, undefined],
])('user %j', (key, user) => {
  expect(database.user(key)).toEqual(user);
});

test.each([
  [{ name: 'staff' }, { name: 'staff', gid: 50, members: ['alice', 'bob'] }],
  [{ gid: 50 }, { name: 'staff', gid: 50, members: ['alice', 'bob'] }],
  [{ name: 'broken' }, undefined],
])('group %j', (key, group) => {
  expect(database.group(key)).toEqual(group);
});

describe('this machine', () => {
  test('has a root', () => {
    expect(systemUsers().user({ name: 'root' })).toMatchObject({ uid: 0 });
    expect(systemUsers().user({ uid: 0 })).toMatchObject({ name: 'root' });
    expect(systemUsers().group({ gid: 0 })).toMatchObject({ gid: 0 });
  });

  test('has nobody of an impossible name, and takes none for an option', () => {
    expect(systemUsers().user({ name: '--help' })).toBeUndefined();
    expect(systemUsers().group({ name: 'no:such' })).toBeUndefined();
  });
});
