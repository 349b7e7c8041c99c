import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.ts';
import { findOnPath, isExecutable } from '../on-path.ts';
import { isOpenToOthers } from '../place.ts';

/** The programs of an environment, absolute paths; '' for those of supervisor in an environment without it. */
interface PythonBin {
  readonly gunicorn: string;
  readonly supervisord: string;
  readonly supervisorctl: string;
  readonly python: string;
}

/** Versions of what is installed; gevent is missing in some environments that were found on PATH. */
interface PythonVersions {
  readonly gunicorn: string;
  readonly supervisor: string;
  readonly gevent: string | undefined;
}

/** What an installed environment holds. */
export interface Installed {
  readonly bin: PythonBin;
  readonly versions: PythonVersions;
  /** Whether users other than the owner can execute it. */
  readonly isShared: boolean;
}

/** The environment that PATH offers, or undefined when gunicorn or supervisord is missing or does not start. */
export async function installedOnPath(): Promise<Installed | undefined> {
  const gunicorn = findOnPath('gunicorn')[0];
  const supervisord = findOnPath('supervisord')[0];
  const supervisorctl = findOnPath('supervisorctl')[0];
  if (gunicorn === undefined || supervisord === undefined || supervisorctl === undefined) {
    return undefined;
  }
  const python = interpreterOf(gunicorn) ?? findOnPath('python3')[0];
  if (python === undefined) return undefined;
  return describeInstalled({ gunicorn, supervisord, supervisorctl, python });
}

/** gunicorn on PATH, whether or not there is a supervisord; undefined where there is none, or none that starts. */
export async function gunicornOnPath(): Promise<Installed | undefined> {
  const gunicorn = findOnPath('gunicorn')[0];
  const python =
    gunicorn === undefined ? undefined : (interpreterOf(gunicorn) ?? findOnPath('python3')[0]);
  if (gunicorn === undefined || python === undefined) return undefined;
  return describeInstalled({ gunicorn, supervisord: '', supervisorctl: '', python });
}

/** The environment in the virtual environment `directory`, or undefined when it is incomplete or broken. */
export function installedIn(directory: string): Promise<Installed | undefined> {
  const bin = (name: string): string => join(directory, 'bin', name);
  return describeInstalled({
    gunicorn: bin('gunicorn'),
    supervisord: bin('supervisord'),
    supervisorctl: bin('supervisorctl'),
    python: bin('python'),
  });
}

/** Imports what the tests use: old releases install on a newer Python and then fail to import. */
const SMOKE = `
import json
from importlib import import_module
def version(module):
    try:
        return import_module(module).__version__
    except ImportError:
        return None
import gunicorn.app.wsgiapp, gunicorn.workers.sync, gunicorn.workers.gthread
gevent = version('gevent')
if gevent:
    import gunicorn.workers.ggevent
print(json.dumps({'gunicorn': gunicorn.__version__, 'gevent': gevent}))
`;

async function describeInstalled(bin: PythonBin): Promise<Installed | undefined> {
  const [python, supervisor] = await Promise.all([
    execute([bin.python, '-c', SMOKE], 60_000),
    // supervisord may live in another interpreter than gunicorn, as Debian's does: ask itself.
    bin.supervisord === ''
      ? { code: 0, stdout: '' }
      : execute([bin.supervisord, '--version'], 60_000),
  ]);
  if (python.code !== 0 || supervisor.code !== 0) return undefined;
  const said = JSON.parse(python.stdout) as { gunicorn: string; gevent: string | null };
  return {
    bin,
    versions: {
      gunicorn: said.gunicorn,
      supervisor: supervisor.stdout.trim(),
      gevent: said.gevent ?? undefined,
    },
    isShared: Object.values(bin).every(isOpenToOthers),
  };
}

function interpreterOf(script: string): string | undefined {
  try {
    const interpreter = /^#!(\S+)/.exec(readFileSync(script, 'utf8'))?.[1];
    return interpreter !== undefined && isExecutable(interpreter) && !interpreter.endsWith('/env')
      ? interpreter
      : undefined;
  } catch {
    return undefined; // Unreadable: then the python3 on PATH is the best guess.
  }
}
