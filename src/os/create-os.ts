import { existsSync } from 'node:fs';
import type { Os } from './os.ts';

/** The operating system that we run on: Linux with /proc, or the reduced version elsewhere. */
export async function createOs(): Promise<Os> {
  if (process.platform === 'linux' && existsSync('/proc/self/stat')) {
    const { createLinuxOs } = await import('./linux/linux-os.ts');
    return createLinuxOs();
  }
  const { createReducedOs } = await import('./reduced/reduced-os.ts');
  return createReducedOs();
}
