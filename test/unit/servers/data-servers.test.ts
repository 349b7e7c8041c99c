import { describe, expect, it } from 'vitest';
import { postgres } from '../../../src/servers/types/postgres.ts';
import { redis } from '../../../src/servers/types/redis.ts';
import { rsyslog } from '../../../src/servers/types/rsyslog.ts';
import { sampleLive } from './sample-live.ts';

describe('the check of PostgreSQL', () => {
  const check = (line: string): string | undefined =>
    postgres.check?.command(sampleLive({ argv: line.split(' ') }))?.argv.join(' ');

  it.each([
    ['postgres -D /srv/data', '/usr/bin/server -D /srv/data -C config_file'],
    // It has gone there, so that the path is another one now.
    ['postgres -D data -p 1', '/usr/bin/server -D data -p 1 -D /srv/data -C config_file'],
    ['postgres -Ddata', '/usr/bin/server -Ddata -D /srv/data -C config_file'],
    ['postgres', '/usr/bin/server -C config_file'],
    [
      'postgres -c config_file=/etc/p.conf',
      '/usr/bin/server -c config_file=/etc/p.conf -C config_file',
    ],
    ['postgres -D data -c config_file=p.conf', undefined],
    ['postgres --hba_file=h.conf', undefined],
  ])('of %s is %s', (line, expected) => {
    expect(check(line)).toBe(expected);
  });

  it('is not for one of its sessions', () => {
    expect(postgres.recognition.also?.(sampleLive({ argv: ['postgres: walwriter'] }))).toBe(false);
    expect(postgres.recognition.also?.(sampleLive({ argv: ['postgres', '-D', 'x'] }))).toBe(true);
  });
});

describe('the check of redis', () => {
  it.each([
    ['/usr/bin/redis-server /etc/redis.conf', ['/usr/bin/redis-server', '/etc/redis.conf']],
    ['valkey-server --port 1', ['valkey-server', '--port', '1']],
    ['/srv/start.sh', undefined],
    ['sh -c redis-server', undefined],
  ])('of %s takes its configured words', (command, words) => {
    const argv = redis.check?.command(sampleLive({ command: command.split(' ') }))?.argv;
    expect(argv?.slice(4)).toEqual(words);
  });
});

describe('the check of rsyslog', () => {
  it('reads what the running one has read', () => {
    const argv = ['rsyslogd', '-n', '-f', '/etc/r.conf'];
    expect(rsyslog.check?.command(sampleLive({ argv }))?.argv).toEqual([
      ...['/usr/bin/server', '-n', '-f', '/etc/r.conf', '-N1'],
    ]);
    expect(rsyslog.check?.command(sampleLive({}))).toBeUndefined();
  });
});
