import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { User } from '../users.ts';

/** How the directories of {@link stateDirectory} begin. */
export const STATE_DIRECTORY = 'state-';

/**
 * Where the reloadctl that `user` (ourselves when undefined) runs on a site remembers things between runs: below the site's directory,
 * one for each user, since reloadctl trusts no directory of somebody else. It is made when it is not there.
 */
export function stateDirectory(siteDirectory: string, user: User | undefined): string {
  const uid = user?.uid ?? process.getuid?.() ?? 0;
  const directory = join(siteDirectory, `${STATE_DIRECTORY}${uid}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  return directory;
}
