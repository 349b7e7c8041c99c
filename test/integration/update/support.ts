import { expect, type TestContext } from 'vitest';
import type { CommandResult } from '../../rig/command.ts';
import { readProcess } from '../../rig/processes.ts';
import { setKeys, type KeyChanges } from '../../rig/site/ini-edit.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site, SiteOptions } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';

/** Under whom everything of an update is tested. */
export const SUPERVISORS = ['supervisord', 'reloadctl'] as const;

/** A site of one gunicorn, and of `options.extraConf`. */
export function openSite(
  supervisor: (typeof SUPERVISORS)[number],
  context: TestContext,
  options: SiteOptions = {},
): Promise<Site> {
  const all: SiteOptions = { python: 'newest', mailer: false, ...options, supervisor };
  return siteForTest(all, 'serving', context);
}

/** A section of processes that sleep. */
export const sleeper = (name: string, keys: KeyChanges = {}): string =>
  setKeys(`[program:${name}]\n`, `program:${name}`, {
    command: '/bin/sleep 1000',
    startsecs: 0,
    ...keys,
  });

/** A section of `numprocs` of them: web_0, web_1, … */
export const web = (numprocs: number, keys: KeyChanges = {}): string =>
  sleeper('web', { process_name: 'web_%(process_num)d', numprocs, ...keys });

/** Who runs under each name, as no other process could; '-' where none does. */
export async function identities(site: Site): Promise<Readonly<Record<string, string>>> {
  const programs = await site.programs();
  return Object.fromEntries(
    programs.map(({ name, pid }) => {
      const startTicks = readProcess(pid)?.startTicks;
      return [name, startTicks === undefined ? '-' : `${pid}@${startTicks}`];
    }),
  );
}

/** What a process was started with; a new one is there a moment before its own command runs. */
export async function waitForArgv(
  site: Site,
  name: string,
  argv: readonly string[],
): Promise<void> {
  const look = async (): Promise<readonly string[]> =>
    readProcess((await site.program(name)).pid)?.argv ?? [];
  let seen: readonly string[] = [];
  await waitFor(
    `${name} to run as ${argv.join(' ')}`,
    async () => {
      seen = await look();
      return seen.join('\0') === argv.join('\0') || undefined;
    },
    { observe: () => seen },
  );
}

/** Changes keys of [program:usercenter]. */
export function setUsercenter(site: Site, changes: KeyChanges): void {
  site.editConfiguration((text) => setKeys(text, 'program:usercenter', changes));
}

/** Runs `update` and expects that all of it was done. */
export async function updateAll(site: Site, ...args: readonly string[]): Promise<CommandResult> {
  const result = await site.reloadctl(['update', ...args]);
  expect(result.code, site.report()).toBe(0);
  return result;
}

/** Nothing is left to be done. */
export async function expectUpToDate(site: Site): Promise<void> {
  const before = await identities(site);
  expect(await site.reloadctl(['reread'])).toMatchObject({
    code: 0,
    stdout: 'No config updates to processes\n',
    stderr: '',
  });
  expect(await site.reloadctl(['update'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await identities(site)).toEqual(before);
}

/** A text without the breaks that the width of the terminal makes. */
export const unwrap = (text: string): string => text.replace(/\n {4,}/g, ' ');
