import { isAbsolute } from 'node:path';

/**
 * PATH for commands that help us, without entries that mean the current directory. A program's own
 * command is looked up by supervisord's rules instead.
 */
export function helperPath(path = process.env.PATH): string {
  const entries = (path ?? '').split(':').filter(isAbsolute);
  return entries.length === 0 ? '/usr/bin:/bin' : entries.join(':');
}

/** The environment of such a command: ours, with that PATH. */
export function helperEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: helperPath() };
}
