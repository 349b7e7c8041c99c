import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withExclusiveFile } from '../exclusive.ts';
import { cacheDirectory } from '../place.ts';
import { execute, lastLine } from '../python/execute.ts';
import { serverForTests, type FoundServer, type ServerSearch } from './found-server.ts';

const LOCK_CEILING_MS = 600_000;

/** pm2 from npm, in a directory of its own in the cache. */
export const pm2ForTests = async (): Promise<FoundServer | undefined> =>
  serverForTests('pm2', await findPm2());

async function findPm2(): Promise<ServerSearch> {
  const directory = join(cacheDirectory('servers'), 'pm2');
  const found: ServerSearch = {
    ok: true,
    binary: join(directory, 'node_modules/pm2/bin/pm2-runtime'),
    root: directory,
    // It would ask its maker for news.
    environment: { PM2_DISABLE_VERSION_CHECK: 'true' },
  };
  const stamp = join(directory, 'complete');
  if (existsSync(stamp)) return found;
  return withExclusiveFile(`${directory}.lock`, LOCK_CEILING_MS, async () => {
    if (existsSync(stamp)) return found;
    const npm = join(dirname(process.execPath), 'npm');
    if (!existsSync(npm)) return { ok: false, reason: 'no npm beside node', isFault: false };
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    const made = await execute([npm, 'install', '--prefix', directory, ...options, 'pm2@7']);
    if (made.code !== 0) {
      return { ok: false, reason: `npm install pm2: ${lastLine(made.stderr)}`, isFault: true };
    }
    await writeFile(`${stamp}.unfinished`, '');
    await rename(`${stamp}.unfinished`, stamp);
    return found;
  });
}
