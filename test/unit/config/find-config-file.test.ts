import { describe, expect, test } from 'vitest';
import { findConfigFile, requireConfigFile } from '../../../src/config/find-config-file.ts';

const search = (existing: readonly string[], explicit?: string) => ({
  explicit,
  cwd: '/cwd',
  findStranger: () => undefined,
  binPath: '/opt/app/bin/reloadctl',
  exists: (path: string) => existing.includes(path),
});

describe('the places in their order (supervisor.md 2.5)', () => {
  const places = [
    ['/opt/app/etc/supervisord.conf', '/opt/app/etc/supervisord.conf'],
    ['/opt/app/supervisord.conf', '/opt/app/supervisord.conf'],
    ['/cwd/supervisord.conf', 'supervisord.conf'],
    ['/cwd/etc/supervisord.conf', 'etc/supervisord.conf'],
    ['/etc/supervisord.conf', '/etc/supervisord.conf'],
    ['/etc/supervisor/supervisord.conf', '/etc/supervisor/supervisord.conf'],
  ] as const;

  test.each(places.map(([path, found], index) => [path, found, index] as const))(
    '%s',
    (_, found, index) => {
      const existing = places.slice(index).map(([path]) => path);
      expect(findConfigFile(search(existing))).toEqual({ ok: true, value: found });
    },
  );

  test('none is no failure for a client', () => {
    expect(findConfigFile(search([]))).toEqual({ ok: true, value: undefined });
  });

  test('none is one for those who need it, and says where it looked', () => {
    expect(() => requireConfigFile(search([]))).toThrow(
      expect.objectContaining({
        code: 'config-not-found',
        exitCode: 2,
        message: `No config file found at default paths (${places.map(([, found]) => found).join(', ')})`,
      }),
    );
  });

  test('one that is found is the answer', () => {
    expect(requireConfigFile(search(['/etc/supervisord.conf']))).toBe('/etc/supervisord.conf');
  });
});

describe('an explicit file', () => {
  test('is not searched for', () => {
    const options = search(['/cwd/x.conf', '/etc/supervisord.conf'], 'x.conf');
    expect(findConfigFile(options)).toEqual({ ok: true, value: 'x.conf' });
  });

  test('has to exist', () => {
    const found = findConfigFile(search(['/etc/supervisord.conf'], 'x.conf'));
    expect(!found.ok && found.error).toMatchObject({
      code: 'config-not-found',
      exitCode: 2,
      message: 'could not find config file x.conf',
    });
  });
});

test('the real file system is asked by default', () => {
  const options = { explicit: import.meta.filename, cwd: '/', binPath: '/bin/x' };
  expect(findConfigFile(options)).toEqual({ ok: true, value: import.meta.filename });
});
