import { describe, expect, it } from 'vitest';
import type { HttpServer } from '../../../../src/config/program.ts';
import {
  childEnvironment,
  defaultServerUrl,
} from '../../../../src/daemon/spawn/child-environment.ts';

const open = { username: undefined, password: undefined };
const unix = (file: string): HttpServer => ({
  ...open,
  kind: 'unix',
  section: 'unix_http_server',
  file,
  chmod: 0o700,
  owner: undefined,
});
const inet = (host: string, port: number): HttpServer => ({
  ...open,
  kind: 'inet',
  section: 'inet_http_server',
  host,
  port,
});

describe('SUPERVISOR_SERVER_URL', () => {
  it.each([
    [[], undefined],
    [[inet('', 9001)], 'http://localhost:9001'],
    [[inet('a', 1), inet('b', 2)], 'http://b:2'],
    [[inet('a', 1), unix('/x.sock'), unix('/y.sock')], 'unix:///x.sock'],
  ])('of %j is %s', (servers, url) => {
    expect(defaultServerUrl(servers)).toBe(url);
  });
});

describe('the environment of a child', () => {
  const program = { name: 'p', group: 'g', environment: {}, serverurl: undefined };

  it('is that of the daemon with what a program of supervisor expects', () => {
    expect(childEnvironment(program, { A: '1', GONE: undefined }, 'unix:///s')).toEqual({
      A: '1',
      SUPERVISOR_ENABLED: '1',
      SUPERVISOR_SERVER_URL: 'unix:///s',
      SUPERVISOR_PROCESS_NAME: 'p',
      SUPERVISOR_GROUP_NAME: 'g',
    });
  });

  it('is overridden by the program’s own, and by its serverurl', () => {
    const own = {
      ...program,
      environment: { A: '2', SUPERVISOR_ENABLED: '0' },
      serverurl: 'http://x:1',
    };
    expect(childEnvironment(own, { A: '1' }, 'unix:///s')).toMatchObject({
      A: '2',
      SUPERVISOR_ENABLED: '0',
      SUPERVISOR_SERVER_URL: 'http://x:1',
    });
  });

  it('names no server where there is none', () => {
    expect(childEnvironment(program, {}, undefined)).not.toHaveProperty('SUPERVISOR_SERVER_URL');
  });
});
