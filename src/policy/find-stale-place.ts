import { isAbsolute } from 'node:path';
import type { KnownServerFacts } from '../servers/running-server.ts';
import { gunicornOf, type ReloadFacts } from './facts.ts';
import type { Refusal } from './refusal.ts';

/** Options by which servers go to another directory than that of their start. */
const GOES_ELSEWHERE = /^--?(?:chdir2?|workdir|working-dir)(?:=|$)/u;

/**
 * Why a server that loads its code anew would load that of another release: it stays in the directory where it was started, whatever the link
 * that `directory` names leads to now.
 */
export function findStalePlace({ place, live }: KnownServerFacts): Refusal | undefined {
  const { directory, directoryNow, masterCwd } = place;
  if (directory === undefined || masterCwd === undefined) return undefined;
  if (place.isGone === true) return { code: 'directory-gone', path: directory, named: 'directory' };
  if (directoryNow === undefined) return undefined;
  const isGone = masterCwd.endsWith(' (deleted)');
  const isLink = isAbsolute(directory) && directory !== directoryNow;
  const isInside = masterCwd === directoryNow || masterCwd.startsWith(`${directoryNow}/`);
  const words = [...live.argv, ...live.command];
  if (!isGone && (!isLink || isInside || words.some((word) => GOES_ELSEWHERE.test(word)))) {
    return undefined;
  }
  return {
    code: 'stale-release',
    directory,
    pointsTo: directoryNow,
    masterCwd,
    onlyByStart: true,
  };
}

/** Where the next start of a program would fail at once, whoever does it: its directory leads nowhere. */
export function findGoneDirectory(facts: ReloadFacts): Refusal | undefined {
  const gone = gunicornOf(facts)?.release.gone;
  if (gone !== undefined) return { code: 'directory-gone', ...gone };
  const { server } = facts;
  if (server.type !== 'running' || server.reloads !== 'by-itself') return undefined;
  const { directory, isGone } = server.place;
  return directory !== undefined && isGone === true
    ? { code: 'directory-gone', path: directory, named: 'directory' }
    : undefined;
}
