import type { PythonName } from '../python.ts';
import type { User } from '../users.ts';
import type { KeyChanges } from './ini-edit.ts';

/** How a release can be broken; fixtures/usercenter/wsgi.py says what each does. */
type Broken = 'import-error' | 'syntax-error' | 'dies-after-1s' | 'never-boots' | 'unhealthy';

/** How a release behaves. */
export interface ReleaseOptions {
  /** Seconds for which the import takes; 0 when not given. */
  readonly bootSeconds?: number;
  /** Not broken when not given. */
  readonly broken?: Broken | undefined;
}

/** Settings of gunicorn by the names that its configuration file uses. */
export type GunicornOptions = Readonly<
  Record<string, string | number | boolean | null | readonly string[]>
>;

/** What kind of site to make. */
export interface SiteOptions extends ReleaseOptions {
  /** 'newest' when not given. */
  readonly python?: PythonName;
  /** 'sync' when not given. */
  readonly workerClass?: 'sync' | 'gthread' | 'gevent';
  /** 2 when not given. */
  readonly workers?: number;
  /** 'v1' when not given. */
  readonly version?: string;
  /** Where gunicorn listens: a port of 127.0.0.1 (when not given) or a unix socket in the site's directory. */
  readonly bind?: 'tcp' | 'unix';
  readonly preload?: boolean;
  /** 10 when not given. stopwaitsecs is 5 more unless programOptions has it. */
  readonly gracefulTimeoutSecs?: number;
  /** Further settings, appended to gunicorn.py as assignments: { max_requests: 100 }. */
  readonly gunicornOptions?: GunicornOptions;
  /** Keys of [program:usercenter]; undefined removes one. startsecs is 1 when not given. */
  readonly programOptions?: KeyChanges;
  /** Further variables in environment= of [program:usercenter]. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Text that is appended to supervisord.conf, such as a [reloadctl:usercenter] section. */
  readonly extraConf?: string;
  /**
   * How long reloadctl watches what it has done: half a second, for tests whose subject is something else (when not given), or as
   * long as it does where nothing is configured.
   */
  readonly settle?: 'short' | 'as-shipped';
  /** Whether conf.d/mailer.conf, a second program, is there; true when not given. */
  readonly mailer?: boolean;
  /**
   * Whether the code stands in releases/r1 behind a symlink `current`, which directory= names, instead of in the site's
   * directory itself; false when not given. See Site.deployRelease.
   */
  readonly releases?: boolean;
  /** user= of the program; needs root. */
  readonly user?: User | undefined;
  /** Run the supervisor itself as this user; needs root. */
  readonly runAs?: User | undefined;
  /** Who supervises: the real supervisord (when not given) or `reloadctl daemon`. */
  readonly supervisor?: 'supervisord' | 'reloadctl';
}
