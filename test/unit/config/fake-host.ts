import { dirname, normalize } from 'node:path/posix';
import { err, ok, type Result } from '../../../src/base/result.ts';
import type { ConfigError } from '../../../src/config/config-error.ts';
import type { ConfigFiles } from '../../../src/config/text/files.ts';
import type { ConfigHost } from '../../../src/config/host.ts';
import { readConfiguration } from '../../../src/config/load-configuration.ts';
import type { Configuration, Program } from '../../../src/config/program.ts';
import { parseUserDatabase } from '../../../src/os/user-database.ts';

/** The main file of most tests: <D> of the reference is '/d'. */
export const MAIN = '/d/s.conf';

const PASSWD = `root:x:0:0:root:/home/root:/bin/sh
www-data:x:33:33::/var/www:/usr/sbin/nologin
alice:x:1000:1001:Alice:/home/alice:/bin/bash
`;
const GROUP = 'root:x:0:\nwww-data:x:33:\nstaff:x:50:alice\n';

/** Files by path; a directory exists when it is listed with a trailing slash or holds a file. */
export type FakeFiles = Readonly<Record<string, string>>;

/** A file system in memory. */
export function fakeFiles(files: FakeFiles): ConfigFiles {
  const directories = new Set(['/']);
  for (const path of [...Object.keys(files), '/tmp/x', '/d/x']) {
    for (let above = dirname(`${path}x`); above !== '/'; above = dirname(above)) {
      directories.add(above);
    }
  }
  const names = [...directories, ...Object.keys(files).filter((path) => !path.endsWith('/'))];
  return {
    readText(given) {
      const path = normalize(given);
      if (directories.has(path)) return err({ code: 'EISDIR', reason: 'EISDIR: is a directory' });
      const text = files[path];
      if (text === '<unreadable>')
        return err({ code: 'EACCES', reason: 'EACCES: permission denied' });
      return text === undefined
        ? err({ code: 'ENOENT', reason: 'ENOENT: no such file' })
        : ok(text);
    },
    isDirectory: (path) => directories.has(normalize(`${path}/.`)),
    exists: (path) => names.includes(normalize(path)),
    list: (path) =>
      names
        .filter((name) => name !== '/' && dirname(name) === normalize(`${path}/.`))
        .map((name) => name.slice(name.lastIndexOf('/') + 1)),
  };
}

/** A machine with three users, the node name 'box' and an empty environment; we are root in /cwd. */
export function fakeHost(files: FakeFiles, differences: Partial<ConfigHost> = {}): ConfigHost {
  return {
    cwd: '/cwd',
    environment: {},
    hostname: 'box',
    uid: 0,
    users: parseUserDatabase(PASSWD, GROUP),
    files: fakeFiles(files),
    dialect: '4.2',
    ...differences,
  };
}

/** Reads a configuration of one file, or of several of which /d/s.conf is the main one. */
function readFake(
  text: string | FakeFiles,
  differences: Partial<ConfigHost> = {},
): Result<Configuration, ConfigError> {
  const files = typeof text === 'string' ? { [MAIN]: text } : text;
  return readConfiguration(MAIN, fakeHost(files, differences));
}

/** As {@link readFake} for a text that is right. */
export function configurationOf(
  text: string | FakeFiles,
  differences: Partial<ConfigHost> = {},
): Configuration {
  const read = readFake(text, differences);
  if (!read.ok) throw new Error(`unexpected: ${read.error.message}`);
  return read.value;
}

/** As {@link readFake} for a text that is wrong: supervisord's message. */
export function messageOf(text: string | FakeFiles, differences: Partial<ConfigHost> = {}): string {
  return errorOf(text, differences).message;
}

/** As {@link readFake} for a text that is wrong. */
export function errorOf(
  text: string | FakeFiles,
  differences: Partial<ConfigHost> = {},
): ConfigError {
  const read = readFake(text, differences);
  if (read.ok) throw new Error('unexpected: the configuration is valid');
  return read.error;
}

/** Every program of a configuration, in the order of its groups. */
export function programsOf(configuration: Configuration): readonly Program[] {
  return configuration.groups.flatMap((group) => group.programs);
}

/** The only program of `[supervisord]\n` and `body`. */
export function onlyProgram(body: string, differences: Partial<ConfigHost> = {}): Program {
  const [program, ...others] = programsOf(configurationOf(`[supervisord]\n${body}`, differences));
  if (program === undefined || others.length > 0) throw new Error('not exactly one program');
  return program;
}

/** The suffix of errors inside [program:a] of the main file. */
export const IN_A = ` in section 'program:a' (file: '${MAIN}')`;
