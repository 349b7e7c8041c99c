// Bundles src/cli.ts and the libraries it uses into dist/, one chunk a command, so that a command loads only what it needs.
// `node build.mjs [DIRECTORY]` builds into another directory than dist/.
import { build } from 'esbuild';
import { chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'));

const outdir = process.argv[2] ?? fileURLToPath(new URL('dist', import.meta.url));

await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints: { cli: 'src/cli.ts' },
  outdir,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  minifySyntax: true,
  define: { __VERSION__: JSON.stringify(version) },
  banner: {
    // Libraries in CommonJS form call require(); an ES module has none of its own.
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await chmod(join(outdir, 'cli.js'), 0o755);
