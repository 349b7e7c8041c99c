import { describe, expect, it } from 'vitest';
import { readCaddyOptions } from '../../../src/servers/types/caddy.ts';

describe('readCaddyOptions', () => {
  it.each([
    ['caddy run', ''],
    ['caddy run --environ --config /etc/caddy/Caddyfile', '--config /etc/caddy/Caddyfile'],
    ['caddy run --config=a.json --adapter jsonc --watch', '--config=a.json --adapter jsonc'],
    ['caddy run -c a -a caddyfile', '-c a -a caddyfile'],
  ])('takes those of %s', (argv, options) => {
    expect(readCaddyOptions({ argv: argv.split(' ') })?.join(' ')).toBe(options);
  });

  it('knows none where the configuration is that of the API', () => {
    expect(readCaddyOptions({ argv: ['caddy', 'run', '--resume'] })).toBeUndefined();
  });
});
