import { describe, expect, it } from 'vitest';
import { parsePhpFpmSettings, readPhpFpmOptions } from '../../../src/servers/types/php-fpm.ts';

const TITLE = ['php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)', '', ''];

describe('readPhpFpmOptions', () => {
  it.each([
    ['php-fpm -F -y /srv/php-fpm.conf -d a=b', ['-y', '/srv/php-fpm.conf', '-d', 'a=b']],
    ['/usr/sbin/php-fpm8.2 --nodaemonize -O -g /run/php.pid -R', ['-R']],
    ['/srv/start.sh', ['-y', '/etc/php/8.2/fpm/php-fpm.conf']],
  ])('takes those of %s', (command, options) => {
    expect(readPhpFpmOptions({ argv: TITLE, command: command.split(' ') })).toEqual(options);
  });

  it('knows none where neither the command nor the title says one', () => {
    expect(readPhpFpmOptions({ argv: ['php-fpm'], command: [] })).toBeUndefined();
  });
});

describe('parsePhpFpmSettings', () => {
  it('reads the global settings and those of each pool', () => {
    const settings = parsePhpFpmSettings(
      [
        '[21-Nov-2026 09:02:52] NOTICE: [global]',
        '[21-Nov-2026 09:02:52] NOTICE: \tprocess_control_timeout = 10s',
        '[21-Nov-2026 09:02:52] NOTICE: [a]',
        '[21-Nov-2026 09:02:52] NOTICE: \tpm = static',
        '[21-Nov-2026 09:02:52] NOTICE: [b]',
        '[21-Nov-2026 09:02:52] NOTICE: \tpm = ondemand',
      ].join('\n'),
    );
    expect(settings.get('process_control_timeout')).toEqual(['10s']);
    expect(settings.get('pm')).toEqual(['static', 'ondemand']);
  });
});
