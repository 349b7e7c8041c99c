import { dirname } from 'node:path';
import type { Rights } from './credentials.ts';
import type { Os } from './os.ts';

/**
 * With whose rights the name `path` is made, renamed or removed for `rights`. Root acts as root
 * only where nobody else can exchange a directory; else as the one user who can, or not at all.
 */
export async function rightsAt(
  os: Pick<Os, 'me' | 'pathWriters' | 'rightsOf' | 'userById'>,
  rights: Rights,
  path: string,
): Promise<Rights> {
  if (rights !== 'ours' || os.me.uid !== 0) return rights;
  const { grants, unseen } = await os.pathWriters(dirname(path));
  if (unseen !== undefined) return 'nobody';
  const writers = new Set(
    grants.filter(({ may }) => may === 'replace').map(({ writer }) => writer),
  );
  if (writers.size === 0) return 'ours';
  const [writer] = writers;
  if (writers.size > 1 || writer === undefined || writer === 'anybody') return 'nobody';
  const user = await os.userById(writer);
  return user === undefined ? 'nobody' : os.rightsOf(user);
}
