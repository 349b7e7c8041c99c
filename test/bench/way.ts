import type { CommandResult } from '../rig/command.ts';
import type { Site } from '../rig/site.ts';

/** The ways of putting new code into service that are compared. */
export const WAYS = ['restart', 'bare HUP', 'bridge', 'rolling'] as const;

/** One of {@link WAYS}. */
export type Way = (typeof WAYS)[number];

/** Whether reloadctl does it, so that its promises hold. */
export function isOwn(way: Way): boolean {
  return way === 'bridge' || way === 'rolling';
}

/** What is typed for a way. */
export const COMMANDS: Readonly<Record<Way, string>> = {
  restart: 'supervisorctl restart usercenter',
  'bare HUP': 'supervisorctl signal HUP usercenter',
  bridge: 'reloadctl reload usercenter --strategy bridge',
  rolling: 'reloadctl reload usercenter --strategy rolling --surge 100%',
};

/** Runs the command of a way on a site. `onSpawn` is told its pid. */
export function deploy(
  site: Site,
  way: Way,
  onSpawn: (pid: number) => void = () => undefined,
): Promise<CommandResult> {
  const [program, ...words] = COMMANDS[way].split(' ');
  return program === 'reloadctl'
    ? site.reloadctl(words, { onSpawn })
    : site.supervisorctl(words, { onSpawn });
}
