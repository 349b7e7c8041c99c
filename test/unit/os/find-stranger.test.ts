import { describe, expect, it } from 'vitest';
import { findConfigFile } from '../../../src/config/find-config-file.ts';
import { findStranger } from '../../../src/os/find-stranger.ts';

describe('a configuration that was found, not named', () => {
  const options = {
    cwd: '/home/alice',
    binPath: '/usr/bin/reloadctl',
    findStranger: () => '/home/alice',
  };

  it('is not used in a directory of somebody else', () => {
    const found = findConfigFile({ ...options, exists: (path) => path.startsWith('/home/') });
    expect(found).toMatchObject({
      ok: false,
      error: {
        code: 'config-untrusted',
        exitCode: 2,
        message: expect.stringContaining('/home/alice') as string,
      },
    });
  });

  it('is used where it was named, or found in a place of the system', () => {
    const explicit = findConfigFile({ ...options, explicit: 'x.conf', exists: () => true });
    expect(explicit).toEqual({ ok: true, value: 'x.conf' });
    const exists = (path: string): boolean => path === '/etc/supervisord.conf';
    expect(findConfigFile({ ...options, exists })).toEqual({
      ok: true,
      value: '/etc/supervisord.conf',
    });
  });

  it('is fine below a directory of root', () => {
    expect(findStranger('/etc/passwd')).toBeUndefined();
  });
});
