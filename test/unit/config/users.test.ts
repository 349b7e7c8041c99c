import { describe, expect, test } from 'vitest';
import { parseUserDatabase, systemUsers } from '../../../src/config/users.ts';

const database = parseUserDatabase(
  'root:x:0:0:root:/home/root:/bin/sh\n\n# note\nbroken:x:zero:0::/:\n+nis\nalice:x:1000:1001::/home/alice:\nalso-root:x:0:5::/r:\n',
  'root:x:0:\nstaff:x:50:alice,bob\nbroken:x:\n',
);

test.each([
  [{ name: 'alice' }, { name: 'alice', uid: 1000, gid: 1001, home: '/home/alice' }],
  [{ uid: 1000 }, { name: 'alice', uid: 1000, gid: 1001, home: '/home/alice' }],
  [{ uid: 0 }, { name: 'root', uid: 0, gid: 0, home: '/home/root' }],
  [{ name: 'broken' }, undefined],
  [{ name: '+nis' }, undefined],
  [{ name: '' }, undefined],
])('user %j', (key, user) => {
  expect(database.user(key)).toEqual(user);
});

test.each([
  [{ name: 'staff' }, { name: 'staff', gid: 50 }],
  [{ gid: 50 }, { name: 'staff', gid: 50 }],
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
