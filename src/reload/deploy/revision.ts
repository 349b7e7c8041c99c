import { join } from 'node:path';
import type { Os } from '../../os/os.ts';

const MAX_BYTES = 200;

/**
 * What a release calls itself: the first line of its file REVISION (Capistrano and Deployer write
 * one), else the commit of its git working copy. Undefined where it says nothing. Read with the rights of the release's owner.
 */
export async function revisionOf(os: Os, release: string): Promise<string | undefined> {
  const stat = await os.files('ours').stat(release);
  if (!stat.ok) return undefined;
  const owner = os.me.uid === 0 ? await os.userById(stat.value.uid) : undefined;
  if (os.me.uid === 0 && owner === undefined) return undefined;
  const files = os.files(owner === undefined ? 'ours' : await os.rightsOf(owner));
  const read = async (name: string): Promise<string | undefined> => {
    const text = await files.readPlain(join(release, name), MAX_BYTES);
    return text.ok ? text.value.split('\n')[0]?.trim() : undefined;
  };
  const said = await read('REVISION');
  if (said !== undefined && said !== '') return said;
  const head = await read('.git/HEAD');
  const ref = head?.startsWith('ref: ') === true ? head.slice('ref: '.length) : undefined;
  const isPlain = ref !== undefined && /^refs\/[\w/.-]+$/u.test(ref) && !ref.includes('..');
  const commit = isPlain ? await read(`.git/${ref}`) : head;
  return commit !== undefined && /^[0-9a-f]{40,64}$/u.test(commit)
    ? commit.slice(0, 12)
    : undefined;
}
