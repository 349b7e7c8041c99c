import type { Credentials } from '../credentials.ts';
import { Helper } from './helper.ts';

/** A run needs one for seconds; a daemon should not keep one for each user for ever. */
const IDLE_MS = 30_000;

interface Entry {
  readonly helper: Helper;
  timer: NodeJS.Timeout | undefined;
}

const entries = new Map<string, Entry>();

/** The helper that acts as `user`, the same one for several requests. Only root can have one. */
export function helperOf(user: Credentials): Helper {
  const key = `${user.uid}:${user.gid}:${user.groups.join(',')}`;
  let entry = entries.get(key);
  if (entry === undefined || entry.helper.isGone) {
    clearTimeout(entry?.timer);
    entry = { helper: new Helper(user), timer: undefined };
    entries.set(key, entry);
  }
  expire(key, entry);
  return entry.helper;
}

function expire(key: string, entry: Entry): void {
  clearTimeout(entry.timer);
  entry.timer = setTimeout(() => {
    if (!entry.helper.isIdle) {
      expire(key, entry);
      return;
    }
    entry.helper.end();
    if (entries.get(key) === entry) entries.delete(key);
  }, IDLE_MS).unref();
}
