import { execute, lastLine } from './python/execute.ts';
import { findOnPath } from './on-path.ts';
import { gunicornOnPath, installedOnPath, type Installed } from './python/installed.ts';
import { virtualEnvironment, type Made } from './python/venv.ts';

/** The releases that the tests run against. */
export const PYTHON_NAMES = ['newest', 'oldest'] as const;

/** One of {@link PYTHON_NAMES}. */
export type PythonName = (typeof PYTHON_NAMES)[number];

/** An environment that works. */
export interface FoundPython extends Installed {
  readonly ok: true;
  readonly name: PythonName;
}

/** An environment, or the one line that says what is missing. */
export type PythonEnvironment = FoundPython | { readonly ok: false; readonly reason: string };

/**
 * Packages of 'newest': what the registry has for this Python, the first line that works. It stays what it is until the cache is
 * cleaned. gunicorn 27's gevent worker imports packaging without requiring it.
 */
const NEWEST = ['gunicorn>=25', 'gunicorn'].map((gunicorn) => [
  gunicorn,
  'supervisor',
  'gevent',
  'packaging',
]);

/**
 * Packages of 'oldest': the first line that works on this Python. Both gunicorn 20.0 and supervisor 4.2 import pkg_resources, which
 * setuptools 81 no longer brings.
 */
const OLDEST = ['20.0.4', '20.1.0', '21.2.0'].map((version) => [
  `gunicorn==${version}`,
  'supervisor==4.2.5',
  'gevent',
  'setuptools<81',
]);

const asked = new Map<PythonName, Promise<PythonEnvironment>>();

/**
 * gunicorn, supervisord and gevent by name, found or made: 'newest' from PATH when all three are there, else a virtual
 * environment in the cache, else what PATH has without gevent, else (when neither Python nor pip can make one, and we are root)
 * Debian's packages; 'oldest' always a
 * virtual environment. The first call on a machine takes some seconds, later ones some milliseconds.
 */
export function pythonEnvironment(name: PythonName): Promise<PythonEnvironment> {
  let answer = asked.get(name);
  if (answer === undefined) {
    answer = name === 'newest' ? findNewest() : findOldest();
    asked.set(name, answer);
  }
  return answer;
}

/** gunicorn on PATH without regard to supervisord, for who can do without one. */
export async function gunicornAlone(): Promise<FoundPython | undefined> {
  const onPath = await gunicornOnPath();
  return onPath === undefined ? undefined : { ok: true, name: 'newest', ...onPath };
}

/**
 * The environment for a test file: `describe.skipIf(python === undefined)`. A missing one is said on stderr with its reason; with
 * CI=true it is an error, so that nothing is skipped where it counts.
 */
export async function pythonForTests(name: PythonName): Promise<FoundPython | undefined> {
  const environment = await pythonEnvironment(name);
  if (environment.ok) return environment;
  const message = `no Python environment '${name}': ${environment.reason}`;
  if (process.env.CI === 'true') throw new Error(message);
  console.error(`skipped: ${message}`);
  return undefined;
}

async function findNewest(): Promise<PythonEnvironment> {
  const onPath = await installedOnPath();
  if (onPath?.versions.gevent !== undefined) return { ok: true, name: 'newest', ...onPath };
  const made = await virtualEnvironment('newest', NEWEST);
  if (made.ok) return found('newest', made);
  if (onPath !== undefined) return { ok: true, name: 'newest', ...onPath };
  return made.failed === 'import' ? made : installDebianPackages(made.reason);
}

async function findOldest(): Promise<PythonEnvironment> {
  return found('oldest', await virtualEnvironment('oldest', OLDEST));
}

function found(name: PythonName, made: Made): PythonEnvironment {
  return made.ok ? { ok: true, name, ...made.installed } : made;
}

async function installDebianPackages(reason: string): Promise<PythonEnvironment> {
  const missing = `gunicorn and supervisord are not on PATH and no virtual environment could be made (${reason})`;
  const aptGet = findOnPath('apt-get')[0];
  if (process.getuid?.() !== 0 || aptGet === undefined) return { ok: false, reason: missing };
  console.error(`${missing}; installing Debian's with ${aptGet}`);
  const installed = await execute([
    ...['env', 'DEBIAN_FRONTEND=noninteractive', aptGet, 'install', '--yes', '--quiet'],
    ...['gunicorn', 'supervisor', 'python3-gevent'],
  ]);
  const onPath = installed.code === 0 ? await installedOnPath() : undefined;
  if (onPath !== undefined) return { ok: true, name: 'newest', ...onPath };
  return { ok: false, reason: `${missing}; apt-get install failed: ${lastLine(installed.stderr)}` };
}
