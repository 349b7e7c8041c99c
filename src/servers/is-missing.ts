import type { Os } from '../os/os.ts';

/** Whether an absolute path leads nowhere for everybody; what we may not look at may well be there. */
export async function isMissing(os: Pick<Os, 'files'>, path: string | undefined): Promise<boolean> {
  if (path?.startsWith('/') !== true) return false;
  const stat = await os.files('ours').stat(path);
  return !stat.ok && stat.error === 'gone';
}
