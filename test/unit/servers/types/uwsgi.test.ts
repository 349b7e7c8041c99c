import { describe, expect, it } from 'vitest';
import { parseUwsgiConfig, uwsgi } from '../../../../src/servers/types/uwsgi.ts';

/** What uWSGI 2.0.31 prints for `--ini uwsgi.ini --show-config`. */
const OUTPUT = `[uWSGI] getting INI configuration from uwsgi.ini

;uWSGI instance configuration
[uwsgi]
ini = uwsgi.ini
wsgi-file = /srv/app.py
env = A=1
env = B=2
master = true
show-config = true
;end of configuration

*** Starting uWSGI 2.0.31 (64bit) on [Sat Nov 21 08:51:07 2026] ***
machine = x86_64
`;

describe('parseUwsgiConfig', () => {
  it('takes what stands between the section and its end, all values of each option', () => {
    expect([...parseUwsgiConfig(OUTPUT)]).toEqual([
      ['ini', ['uwsgi.ini']],
      ['wsgi-file', ['/srv/app.py']],
      ['env', ['A=1', 'B=2']],
      ['master', ['true']],
      ['show-config', ['true']],
    ]);
  });

  it('leaves what would be comments, quotes and escapes in other INI files', () => {
    const values = ['a;b #c', '"q"', "'q'", 'a\\\\b', 'a = b', ''];
    const text = `[uwsgi]\n${values.map((value) => `env = ${value}`).join('\n')}\n;end of configuration\n`;
    expect(parseUwsgiConfig(text).get('env')).toEqual(values);
  });

  it('is empty where there is no configuration', () => {
    expect(parseUwsgiConfig('unable to load configuration\n').size).toBe(0);
  });
});

describe('the check of uWSGI', () => {
  const live = {
    proc: { pid: 1, ppid: 0, startTicks: 1 },
    exe: '/usr/bin/uwsgi',
    argv: ['uwsgi', '--ini', 'uwsgi.ini'],
    caught: undefined,
    children: [],
    cwd: '/srv',
    version: undefined,
  } as unknown as Parameters<NonNullable<typeof uwsgi.check>['command']>[0];

  it('loads the application with the options that say what it is', () => {
    const command = uwsgi.check?.command({ ...live, settings: parseUwsgiConfig(OUTPUT) });
    expect(command?.argv.slice(0, 4)).toEqual([
      '/usr/bin/uwsgi',
      '--wsgi-file=/srv/app.py',
      '--env=A=1',
      '--env=B=2',
    ]);
    expect(command?.argv).toContain('--need-app');
  });

  it('is a look at the configuration itself where uWSGI could not read that', () => {
    const command = uwsgi.check?.command({ ...live, settings: new Map() });
    expect(command?.shown).toBe('uwsgi --show-config');
  });
});
