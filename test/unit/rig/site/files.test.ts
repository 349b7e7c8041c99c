import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../../../rig/place.ts';
import { adjustConfiguration } from '../../../rig/site/files.ts';
import type { SiteOptions } from '../../../rig/site.ts';

const CONFIGURATION = readFileSync(
  join(REPOSITORY, 'fixtures', 'usercenter', 'supervisord.conf'),
  'utf8',
);

const rows: ReadonlyArray<{ options: SiteOptions; has: string }> = [
  { options: {}, has: '\nstartsecs=1\n' },
  { options: { workers: 5 }, has: 'USERCENTER_WORKERS="5"' },
  { options: { workerClass: 'gevent' }, has: 'USERCENTER_WORKER_CLASS="gevent"' },
  { options: { preload: true }, has: 'USERCENTER_PRELOAD="1"' },
  { options: { gracefulTimeoutSecs: 3 }, has: '\nstopwaitsecs=8\n' },
  { options: { programOptions: { stopwaitsecs: 2 } }, has: '\nstopwaitsecs=2\n' },
  { options: { environment: { PWD: '/srv/current' } }, has: ',PWD="/srv/current"\n' },
  { options: { releases: true }, has: '\ndirectory=%(here)s/current\n' },
  { options: { user: { name: 'nobody', uid: 1, gid: 1 } }, has: '\nuser=nobody\n' },
  { options: { extraConf: '[reloadctl]\nsettle=1' }, has: '\n[reloadctl]\nsettle=1\n' },
  {
    options: { extraConf: '[reloadctl:usercenter]\ntype=gunicorn' },
    has: '\n[reloadctl]\nsettle=0.5\n',
  },
];

test.for(rows)('$options puts $has into the configuration', ({ options, has }) => {
  const text = adjustConfiguration(CONFIGURATION, '/srv', '127.0.0.1:20000', options);
  expect(text).toContain(has);
  expect(text).toContain('USERCENTER_BIND="127.0.0.1:20000"');
  expect(text).toContain('\ncommand=gunicorn -c gunicorn.py wsgi:app\n');
});
