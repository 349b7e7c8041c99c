import { describe, expect, it } from 'vitest';
import { parsePasswd } from '../../../src/os/users.ts';

describe('parsePasswd', () => {
  it('reads users, and passes over comments, NIS lines and broken ones', () => {
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
