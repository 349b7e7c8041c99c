import {
  appendFileSync,
  chmodSync,
  cpSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../place.ts';
import type { User } from '../users.ts';
import { setKeys } from './ini-edit.ts';
import { withShortSettle } from './short-settle.ts';
import { STATE_DIRECTORY } from './state-directory.ts';
import type { GunicornOptions, ReleaseOptions, SiteOptions } from './options.ts';

const FIXTURE = join(REPOSITORY, 'fixtures', 'usercenter');
const CODE = ['wsgi.py', 'release_with_syntax_error.py', 'gunicorn.py', 'mailer.py'];

/** Copies the user centre into `directory` and adjusts its configuration. `bind` is gunicorn's. */
export function writeSite(directory: string, bind: string, options: SiteOptions): void {
  if (options.releases === true) {
    const release = join(directory, 'releases', 'r1');
    writeCode(release, options);
    symlinkSync(join('releases', 'r1'), join(directory, 'current'));
  } else {
    writeCode(directory, options);
  }
  if (options.mailer !== false) {
    cpSync(join(FIXTURE, 'conf.d'), join(directory, 'conf.d'), { recursive: true });
    const code = options.releases === true ? '%(here)s/../current' : '%(here)s/..';
    editFile(join(directory, 'conf.d', 'mailer.conf'), (text) =>
      setKeys(text, 'program:mailer', { directory: code }),
    );
  }
  writeFileSync(
    join(directory, 'supervisord.conf'),
    adjustConfiguration(
      readFileSync(join(FIXTURE, 'supervisord.conf'), 'utf8'),
      directory,
      bind,
      options,
    ),
  );
}

/** Writes a new release's code into `directory`. */
export function writeCode(directory: string, options: SiteOptions): void {
  mkdirSync(directory, { recursive: true });
  for (const file of CODE) cpSync(join(FIXTURE, file), join(directory, file));
  appendGunicornOptions(directory, options.gunicornOptions ?? {});
  writeVersion(directory, options.version ?? 'v1', options);
}

/** Appends assignments to the gunicorn.py in `directory`. */
export function appendGunicornOptions(directory: string, options: GunicornOptions): void {
  const assignments = Object.entries(options).map(
    ([name, value]) => `${name} = ${pythonLiteral(value)}\n`,
  );
  appendFileSync(join(directory, 'gunicorn.py'), assignments.join(''));
}

/** Says how the release in `directory` behaves when it boots next. The version comes last, whole at once. */
export function writeVersion(directory: string, version: string, release: ReleaseOptions): void {
  writeFileSync(join(directory, 'boot_seconds'), String(release.bootSeconds ?? 0));
  if (release.broken === undefined) rmSync(join(directory, 'broken'), { force: true });
  else writeFileSync(join(directory, 'broken'), release.broken);
  writeFileSync(join(directory, 'version.new'), version);
  renameSync(join(directory, 'version.new'), join(directory, 'version'));
}

/** Makes `directory` and everything in it those of `user`, but for what reloadctl remembers on behalf of others. */
export function giveTo(directory: string, user: User): void {
  chmodSync(directory, 0o755);
  lchownSync(directory, user.uid, user.gid);
  for (const entry of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (entry.startsWith(STATE_DIRECTORY)) continue;
    lchownSync(join(directory, entry), user.uid, user.gid);
  }
}

/** Replaces a file's text by what `edit` makes of it. */
export function editFile(path: string, edit: (text: string) => string): void {
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
}

/** The fixture's supervisord.conf for one site. */
export function adjustConfiguration(
  text: string,
  directory: string,
  bind: string,
  options: SiteOptions,
): string {
  const graceSecs = options.gracefulTimeoutSecs ?? 10;
  const environment = {
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    LANG: 'C.UTF-8',
    USERCENTER_BIND: bind,
    USERCENTER_WORKERS: options.workers ?? 2,
    USERCENTER_WORKER_CLASS: options.workerClass ?? 'sync',
    USERCENTER_GRACEFUL_TIMEOUT: graceSecs,
    USERCENTER_PIDFILE: join(directory, 'usercenter.pid'),
    ...(options.preload === true && { USERCENTER_PRELOAD: '1' }),
    ...options.environment,
  };
  const adjusted = setKeys(text, 'program:usercenter', {
    environment: Object.entries(environment)
      .map(([name, value]) => `${name}="${value}"`)
      .join(','),
    startsecs: 1,
    stopwaitsecs: graceSecs + 5,
    ...(options.releases === true && { directory: '%(here)s/current' }),
    ...(options.user !== undefined && { user: options.user.name }),
    ...options.programOptions,
  });
  const { extraConf, settle = 'short' } = options;
  const whole = extraConf === undefined ? adjusted : `${adjusted}\n${extraConf}\n`;
  return settle === 'short' ? withShortSettle(whole) : whole;
}

function pythonLiteral(value: GunicornOptions[string]): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}
