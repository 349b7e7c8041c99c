import { describe, expect, it } from 'vitest';
import { readNginxCommand } from '../../../../src/servers/types/nginx.ts';

const commandOf = (title: string): readonly string[] =>
  readNginxCommand({ argv: [title], exe: '/usr/sbin/nginx' });

describe('readNginxCommand', () => {
  it.each([
    ['nginx: master process nginx', []],
    ['nginx: master process /usr/sbin/nginx -c /etc/nginx.conf', ['-c', '/etc/nginx.conf']],
    // The words of the command line are joined by blanks: only the next option tells how far a value goes.
    [
      'nginx: master process nginx -g daemon off; worker_processes 2; -p /srv/',
      ['-g', 'daemon off; worker_processes 2;', '-p', '/srv/'],
    ],
  ])('%s', (title, options) => {
    expect(commandOf(title)).toEqual(['/usr/sbin/nginx', ...options]);
  });
});
