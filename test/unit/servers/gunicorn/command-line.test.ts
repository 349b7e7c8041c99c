import { describe, expect, it } from 'vitest';
import {
  parseGunicornArgv,
  parseGunicornScript,
} from '../../../../src/servers/gunicorn/command-line.ts';

const words = (line: string): readonly string[] => line.split(' ');

describe('parseGunicornArgv', () => {
  it.each([
    ['/venv/bin/python /venv/bin/gunicorn -w 4 wsgi:app', 2, '-w 4 wsgi:app'],
    ['/usr/bin/python3 /usr/bin/gunicorn3 app', 2, 'app'],
    ['/usr/bin/python3.11 /usr/bin/gunicorn-3.11 app', 2, 'app'],
    ['/opt/pypy/bin/pypy3 /opt/pypy/bin/gunicorn app', 2, 'app'],
    ['python -m gunicorn app', 3, 'app'],
    ['python -m gunicorn.app.wsgiapp -c g.py app', 3, '-c g.py app'],
    ['python -u -E -m gunicorn.__main__ app', 5, 'app'],
    ['python -W ignore -X dev /venv/bin/gunicorn app', 6, 'app'],
    ['python --check-hash-based-pycs always -m gunicorn app', 5, 'app'],
    ['python /venv/bin/gunicorn', 2, ''],
  ])('%s', (line, launcher, args) => {
    const parsed = parseGunicornArgv(words(line));
    expect(parsed).toEqual({
      python: words(line)[0],
      launcher: words(line).slice(0, launcher),
      args: args === '' ? [] : words(args),
    });
  });

  it.each([
    ['setproctitle', ['gunicorn: master [app]']],
    ['nothing', []],
    ['a shell', words('/bin/sh /venv/bin/gunicorn app')],
    ['another module', words('python -m http.server')],
    ['a module that runs something called gunicorn', words('python -m run gunicorn')],
    ['another script', words('python manage.py runserver gunicorn')],
    ['a script of a like name', words('python /venv/bin/gunicorn_start app')],
    [
      'newrelic-admin before its exec',
      words('python /venv/bin/newrelic-admin run-program gunicorn'),
    ],
    ['the script as its own executable', words('/venv/bin/gunicorn app')],
    ['-m without a module', words('python -m')],
    ['a program text', words('python -c import_gunicorn')],
    ['python alone', ['python']],
  ])('is no gunicorn: %s', (_name, argv) => {
    expect(parseGunicornArgv(argv)).toBeUndefined();
  });
});

describe('parseGunicornScript', () => {
  const script = '/venv/bin/gunicorn';

  it.each([
    ['pip', '#!/venv/bin/python3\n# -*- coding: utf-8 -*-\nimport re', '/venv/bin/python3'],
    ['pip, with an option', '#!/venv/bin/python -I\nimport re', '/venv/bin/python'],
    ['env', '#!/usr/bin/env python3\nimport re', 'python3'],
    [
      'pip, where the path is too long for the kernel',
      `#!/bin/sh\n'''exec' /very/long/bin/python "$0" "$@"\n' '''\nimport re`,
      '/very/long/bin/python',
    ],
    [
      'pip, where the path holds a space',
      `#!/bin/sh\n'''exec' "/my venv/bin/python" "$0" "$@"\n' '''`,
      '/my venv/bin/python',
    ],
  ])('%s', (_name, head, python) => {
    const parsed = parseGunicornScript(script, head, ['wsgi:app']);
    expect(parsed?.python).toBe(python);
    expect(parsed?.launcher.at(-1)).toBe(script);
    expect(parsed?.args).toEqual(['wsgi:app']);
  });

  it.each([
    ['a script of another name', '/srv/start', '#!/venv/bin/python\n'],
    ['a shell script', script, '#!/bin/sh\nexec /venv/bin/gunicorn2 "$@"'],
    ['a binary', script, '\u007fELF'],
    ['an empty file', script, ''],
  ])('is none: %s', (_name, path, head) => {
    expect(parseGunicornScript(path, head, [])).toBeUndefined();
  });
});
