import { describe, expect, test } from 'vitest';
import { readCommand } from '../../../src/doctor/command/unwrap.ts';
import { splitCommand } from '../../../src/config/split-command.ts';

const FILES: Readonly<Record<string, string>> = {
  '/srv/start.sh': '#!/bin/sh\ncd /srv\nexec uwsgi --ini x.ini\n',
  '/srv/loose.sh': '#!/usr/bin/env bash\nuwsgi --ini x.ini\n',
  '/srv/python-script': '#!/usr/bin/python3\nprint(1)\n',
};

const read = (command: string): ReturnType<typeof readCommand> => {
  const words = splitCommand(command);
  if (!words.ok) throw new Error(words.error);
  return readCommand(words.value, (path) => Promise.resolve(FILES[path]));
};

describe('readCommand', () => {
  test.each([
    ['gunicorn app', 'gunicorn'],
    ['/venv/bin/gunicorn app', 'gunicorn'],
    ['/venv/bin/python -m gunicorn app', 'gunicorn'],
    ['/venv/bin/python /venv/bin/gunicorn app', 'gunicorn'],
    ['env A=1 -u B gunicorn app', 'gunicorn'],
    ['nice -n 5 gunicorn app', 'gunicorn'],
    ['newrelic-admin run-program gunicorn app', 'gunicorn'],
    ['ddtrace-run gunicorn app', 'gunicorn'],
    ['poetry run gunicorn app', 'gunicorn'],
    ['bundle exec puma', 'puma'],
    ['gosu www-data uvicorn app', 'uvicorn'],
    ['sudo -u www-data -E uvicorn app', 'uvicorn'],
    ['su www-data -c "uvicorn app"', 'uvicorn'],
    ['sh -c "exec daphne app"', 'daphne'],
    ['bash -lc "cd /srv && hypercorn app"', 'hypercorn'],
    ['/srv/start.sh', 'uwsgi'],
    ['celery -A x worker', 'celery'],
    ['celery -A x beat', 'celery-beat'],
    ['celery -A x flower', undefined],
    ['rq worker high', 'rq'],
    ['rq info', undefined],
    ['python manage.py run_huey', 'huey'],
    ['reloadctl --quiet run --name x -- gunicorn app', 'gunicorn'],
    ['reloadctl status', undefined],
    ['php-fpm8.2 -F', 'php-fpm'],
    ['/usr/sbin/apache2ctl -DFOREGROUND', 'apache'],
    ['/srv/python-script', undefined],
    ['/bin/sleep 1', undefined],
    ['', undefined],
  ])('%s is %s', async (command, server) => {
    expect((await read(command)).call?.type.name).toBe(server);
  });

  test('reloadctl run holds the sockets of what it runs, and nothing else does', async () => {
    expect((await read('reloadctl run -- gunicorn app')).isHeld).toBe(true);
    expect((await read('/bin/sh -c "exec reloadctl run -- gunicorn app"')).isHeld).toBe(true);
    expect((await read('gunicorn app -- run')).isHeld).toBe(false);
  });

  test.each([
    ['sh -c "gunicorn app"', 'sh'],
    ['sh -c "exec gunicorn app"', undefined],
    ['bash -c "cd / && gunicorn app"', undefined],
    ['bash -c "gunicorn app | cat"', 'bash'],
    ['/srv/start.sh', undefined],
    ['/srv/loose.sh', 'bash'],
    ['sh -c "exec sh -c \'gunicorn app\'"', 'sh'],
    ['gunicorn app', undefined],
  ])('the shell above %s is %s', async (command, shell) => {
    expect((await read(command)).shell?.name).toBe(shell);
  });

  test('a script that calls itself ends', async () => {
    const reading = await readCommand(['/loop.sh'], () => Promise.resolve('#!/bin/sh\n/loop.sh\n'));
    expect(reading.call).toBeUndefined();
  });
});
