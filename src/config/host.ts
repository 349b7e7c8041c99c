import { homedir, hostname } from 'node:os';
import { systemUsers, type UserDatabase } from '../os/user-database.ts';
import type { Dialect } from './environment.ts';
import { realFiles, type ConfigFiles } from './text/files.ts';
import type { Homes } from './python/paths.ts';

/** What a configuration depends on beside its text: the machine, and the process that reads it. */
export interface ConfigHost {
  /** The directory that relative paths are relative to. */
  readonly cwd: string;
  /** The supervisor's environment, for %(ENV_X)s, '~' and the directory for temporary files. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** %(host_node_name)s. */
  readonly hostname: string;
  /** The user id of the supervisor. */
  readonly uid: number;
  readonly users: UserDatabase;
  readonly files: ConfigFiles;
  readonly dialect: Dialect;
}

/** This process on this machine, with the differences given. */
export function thisHost(differences: Partial<ConfigHost> = {}): ConfigHost {
  return {
    cwd: process.cwd(),
    environment: process.env,
    hostname: hostname(),
    uid: process.getuid?.() ?? 0,
    users: systemUsers(),
    files: realFiles,
    dialect: '4.2',
    ...differences,
  };
}

/** The home directories of a host's users. */
export function homesOf(host: ConfigHost): Homes {
  return {
    get own() {
      return host.environment.HOME ?? host.users.user({ uid: host.uid })?.home ?? homedir();
    },
    of: (name) => host.users.user({ name })?.home,
  };
}
