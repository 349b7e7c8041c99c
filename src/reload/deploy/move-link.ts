import { EXIT, ReloadctlError } from '../../base/errors.ts';
import type { Rights } from '../../os/credentials.ts';
import type { Os } from '../../os/os.ts';
import { rightsAt } from '../../os/rights-at.ts';

/**
 * With whose rights a link is moved: root's only where nobody else can exchange a directory on the
 * way, else those of the one user who can, or of the link's owner. Throws a ReloadctlError where that is nobody.
 */
export async function rightsOfLink(os: Os, link: string): Promise<Rights> {
  const rights = await rightsAt(os, 'ours', link);
  if (rights !== 'nobody') return rights;
  const stat = await os.files('ours').lstat(link);
  const owner = stat.ok && stat.value.uid !== 0 ? await os.userById(stat.value.uid) : undefined;
  if (owner !== undefined) return os.rightsOf(owner);
  throw new ReloadctlError(`${link}: is root's, but others can write its directory`, {
    code: 'refused',
    exitCode: EXIT.failed,
    hint: `Give it to the user who deploys: chown -h USER ${link}`,
  });
}

/** Points the link elsewhere in one step: whoever looks finds the old text or the new one. The error is a clause. */
export async function moveLink(
  os: Os,
  rights: Rights,
  link: string,
  text: string,
): Promise<string | undefined> {
  const files = os.files(rights);
  const now = await files.readLink(link);
  if (now.ok && now.value === text) return undefined;
  if (!now.ok && now.error !== 'gone') return `${link} is no link`;
  // Always the same name: what a killed run has left is in nobody's way.
  const fresh = `${link}.reloadctl-new`;
  if ((await files.readLink(fresh)).ok) await files.unlink(fresh);
  const made = await files.symlink(text, fresh);
  if (!made.ok) return `${fresh} could not be made: ${made.error}`;
  const moved = await files.rename(fresh, link);
  if (moved.ok) return undefined;
  await files.unlink(fresh);
  return `${link} could not be replaced: ${moved.error}`;
}
