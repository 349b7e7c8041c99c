import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUILT_GENERATOR } from '../load.ts';
import { cacheDirectory } from '../place.ts';

/** Builds the load generator for this run, whose processes find it through the environment. Returns what removes it again. */
export async function buildGenerator(): Promise<() => Promise<void>> {
  const outfile = join(cacheDirectory('build'), `load-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL('child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  process.env[BUILT_GENERATOR] = outfile;
  return () => rm(outfile, { force: true });
}
