import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, showResult } from './command.ts';
import { withExclusiveFile } from './exclusive.ts';
import { cacheDirectory, REPOSITORY } from './place.ts';

const DAY_MS = 86_400_000;

let built: Promise<string> | undefined;

/**
 * The path of the built command line, cli.js. It is built into the cache once for each state of the sources, so that several test
 * runs, and somebody who edits meanwhile, never take a half written program. RELOADCTL_TEST_CLI names another one.
 */
export function builtCli(): Promise<string> {
  const given = process.env.RELOADCTL_TEST_CLI;
  if (given !== undefined) return Promise.resolve(given);
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const cache = cacheDirectory('build');
  const directory = join(cache, await hashSources());
  const cli = join(directory, 'cli.js');
  return withExclusiveFile(`${directory}.lock`, 120_000, async () => {
    if (existsSync(cli)) return cli;
    const unfinished = `${directory}.unfinished`;
    const argv = [process.execPath, 'build.mjs', unfinished] as const;
    const result = await runCommand(argv, { cwd: REPOSITORY });
    if (result.code !== 0) throw new Error(showResult(argv, result));
    await rename(unfinished, directory);
    await removeOldBuilds(cache);
    return cli;
  });
}

async function hashSources(): Promise<string> {
  const files = ['build.mjs', 'package.json', 'package-lock.json', 'tsconfig.json'];
  for (const entry of await readdir(join(REPOSITORY, 'src'), { recursive: true })) {
    if (/\.(ts|sh|py)$/.test(entry)) files.push(join('src', entry));
  }
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(file).update(await readFile(join(REPOSITORY, file)));
  return hash.digest('hex').slice(0, 16);
}

async function removeOldBuilds(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const path = join(cache, entry);
    const age = Date.now() - (await stat(path)).mtimeMs;
    if (age > DAY_MS) await rm(path, { recursive: true, force: true });
  }
}
