import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCli } from '../cli.ts';
import type { CommandResult } from '../command.ts';
import { waitFor } from '../wait-for.ts';
import type { ServerSite } from './server-site.ts';

/** The lines that the jobs of a fixture have written: one in begun.log and one in ended.log each, its name and the version of the code. */
export const jobsThat = (site: ServerSite, what: 'begun' | 'ended'): readonly string[] =>
  site
    .readFile(`${what}.log`)
    .split('\n')
    .filter((line) => line !== '');

/** Waits until this many jobs have begun or ended. */
export async function waitForJobs(
  site: ServerSite,
  what: 'begun' | 'ended',
  count: number,
): Promise<void> {
  await waitFor(
    `${count} jobs to have ${what}`,
    () => jobsThat(site, what).length >= count || undefined,
    {
      ceilingMs: 30_000,
      observe: () => jobsThat(site, what),
    },
  );
}

/**
 * Runs reloadctl while jobs of -1 seconds are in hand, lets them end as soon as it has said `words` of them, and gives how it ended.
 */
export async function runWhileAtJobs(
  site: ServerSite,
  args: readonly string[],
  words: string,
): Promise<CommandResult> {
  const configuration = join(site.directory, 'supervisord.conf');
  const command = [process.execPath, await builtCli(), '-c', configuration, ...args];
  const script = 'exec "$@" 2> progress.log';
  const ended = site.run(['/bin/sh', '-c', script, 'sh', ...command], { timeoutMs: 60_000 });
  await waitFor(
    `reloadctl to say "${words}"`,
    () => site.readFile('progress.log').includes(words) || undefined,
    { ceilingMs: 45_000, observe: () => site.readFile('progress.log') },
  );
  writeFileSync(join(site.directory, 'finish'), '');
  return ended;
}
