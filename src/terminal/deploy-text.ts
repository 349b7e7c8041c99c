import { byKind } from '../base/by-kind.ts';
import type { DeployEvent, DeployResult } from '../reload/deploy/deploy-events.ts';
import { countOf, formatDuration } from './text/quantities.ts';
import { shown } from './text/shown.ts';
import type { Theme, Tone } from './theme.ts';

/** The release as people call it: the name of its directory. */
export const releaseWords = (path: string): string =>
  shown(path.slice(path.lastIndexOf('/') + 1) || path, 60);

/** A line of progress. */
export const deployWords = byKind<DeployEvent, 'event', string>('event', {
  'deploy-started': ({ action, link, from, to, programs }) =>
    `${action} ${programs.map((name) => shown(name, 80)).join(' ')}: ${shown(link)} from ${releaseWords(from)} to ${releaseWords(to)}`,
  'cut-short': ({ from, to, user }) =>
    `an earlier deployment of ${releaseWords(to)} by ${shown(user)} was cut short: going back to ${releaseWords(from)} first`,
  'not-proved': ({ target }) =>
    `${shown(target, 80)}: its code cannot be booted aside, so only the reload itself will tell`,
  'left-stopped': ({ target }) =>
    `${shown(target, 80)}: stopped, and left so; its next start is of the new release`,
  'link-moved': ({ link, leadsTo, isBack }) =>
    `${shown(link)} leads to ${releaseWords(leadsTo)}${isBack ? ' again' : ' now'}`,
  'link-stuck': ({ reason }) => `the link was not moved: ${shown(reason)}`,
  'still-old': ({ target, pids }) =>
    `${shown(target, 80)}: ${countOf(pids.length, 'process', 'processes')} (${pids.join(', ')}) still work in the release before`,
});

const TONES: Readonly<Record<DeployResult['outcome'], Tone>> = {
  done: 'good',
  'done-with-kill': 'warn',
  refused: 'warn',
  interrupted: 'warn',
  restored: 'bad',
  broken: 'bad',
};

/** How it ended, in one line. */
function deploySentence(result: DeployResult, programs: readonly string[]): string {
  const { action, from, to, elapsedMs } = result;
  const who = programs.map((name) => shown(name, 80)).join(', ');
  const took = formatDuration(elapsedMs);
  const done = action === 'deploy' ? 'deployed' : 'rolled back';
  const before = releaseWords(from);
  switch (result.outcome) {
    case 'done':
      return `${who}: ${done}, ${releaseWords(to)} serves (${took})`;
    case 'done-with-kill':
      return `${who}: ${done}, ${releaseWords(to)} serves, but see above what was cut off (${took})`;
    case 'refused':
      return `${who}: not ${done}, ${before} still serves (${took})`;
    case 'interrupted':
      return `${who}: not ${done}, interrupted; ${before} serves (${took})`;
    case 'restored':
      return `${who}: not ${done}; ${before} serves again, but requests were lost on the way (${took})`;
    case 'broken':
      return `${who}: not ${done}, and ${before} could not be put back everywhere (${took})`;
  }
}

/** {@link deploySentence} in its colour. */
export const renderDeploy = (
  result: DeployResult,
  programs: readonly string[],
  theme: Theme,
): string => theme.paint(TONES[result.outcome], theme.plain(deploySentence(result, programs)));

/** What to do next; nothing where all went well. */
export function deployNext(result: DeployResult, programs: readonly string[]): string | undefined {
  const names = programs.join(' ');
  switch (result.outcome) {
    case 'done':
    case 'done-with-kill':
      return undefined;
    case 'refused':
    case 'restored':
      return `Repair ${releaseWords(result.to)}, then deploy it again; nothing has to be put back by hand.`;
    case 'interrupted':
      return 'Deploy it again when you are ready.';
    case 'broken':
      return `Look at \`reloadctl status --long ${names}\`, then \`reloadctl deploy --resume ${names}\`.`;
  }
}
