import type { Reading } from './proc.ts';

/** The name of a system error ('ENOENT'), or undefined for anything that is not one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Why a file could not be read: EPERM and EACCES are 'denied', a missing file or process is 'gone',
 * any other system error 'unsupported'. Rethrows anything else.
 */
export function readingError(error: unknown): 'gone' | 'denied' | 'unsupported' {
  switch (errnoOf(error)) {
    case 'ENOENT':
    case 'ESRCH':
    case 'ENOTDIR':
      return 'gone';
    case 'EACCES':
    case 'EPERM':
      return 'denied';
    case undefined:
      throw error;
    default:
      return 'unsupported';
  }
}

/** Carries out `work` and turns system errors into a {@link Reading}. */
export async function toReading<T>(work: () => T | Promise<T>): Promise<Reading<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: readingError(error) };
  }
}
