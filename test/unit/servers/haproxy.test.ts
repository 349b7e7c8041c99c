import { describe, expect, it } from 'vitest';
import { readHaproxyOptions } from '../../../src/servers/types/haproxy.ts';

describe('readHaproxyOptions', () => {
  it.each([
    ['haproxy -W -db -f haproxy.cfg', '-f haproxy.cfg'],
    ['haproxy -Ws -f a.cfg -p /run/haproxy.pid -S /run/master.sock', '-f a.cfg'],
    ['haproxy -f a.cfg -sf 12 13 -x sockpair@4 -C /etc/haproxy', '-f a.cfg -C /etc/haproxy'],
    ['haproxy -D -st 12 -L here -- a.cfg b.cfg', '-L here -- a.cfg b.cfg'],
  ])('takes what decides what is read: %s', (argv, options) => {
    expect(readHaproxyOptions({ argv: argv.split(' ') }).join(' ')).toBe(options);
  });
});
