import { dirname, join } from 'node:path';
import { virtualEnvironment } from './python/venv.ts';

/** Event listeners that others have written for supervisord. */
export interface Superlance {
  readonly python: string;
  /** Absolute paths. */
  readonly crashmail: string;
  readonly httpok: string;
  readonly memmon: string;
}

/** An environment is only good with what installedIn looks for. */
const REQUIREMENTS = [['superlance', 'supervisor', 'gunicorn']];

/**
 * superlance from the registry, in a virtual environment of its own in the cache: `describe.skipIf(superlance === undefined)`. A missing one
 * is said on stderr with its reason; with CI=true it is an error.
 */
export async function superlanceForTests(): Promise<Superlance | undefined> {
  const made = await virtualEnvironment('superlance', REQUIREMENTS);
  if (!made.ok) {
    const message = `no superlance: ${made.reason}`;
    if (process.env.CI === 'true') throw new Error(message);
    console.error(`skipped: ${message}`);
    return undefined;
  }
  const { python } = made.installed.bin;
  const bin = (name: string): string => join(dirname(python), name);
  return {
    python,
    crashmail: bin('crashmail'),
    httpok: bin('httpok'),
    memmon: bin('memmon'),
  };
}
