import { isAbsolute } from 'node:path';

/**
 * PATH for commands that help us: without the entries that mean whatever directory we are in, which is anybody's. What a program's command means is
 * another matter: supervisord's rules, and its administrator's word.
 */
export function helperPath(path = process.env.PATH): string {
  const entries = (path ?? '').split(':').filter(isAbsolute);
  return entries.length === 0 ? '/usr/bin:/bin' : entries.join(':');
}

/** The environment of such a command: ours, with that PATH. */
export function helperEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: helperPath() };
}
