import type { ReloadRun } from '../measure-reload.ts';
import { formatRatio, formatSeconds, largest } from '../numbers.ts';
import { WAYS } from '../way.ts';
import type { Group, Table } from './table.ts';

/** How long it takes until the new version serves. */
export function timesTable(reloads: readonly ReloadRun[]): Table {
  const boots = [...new Set(reloads.map(({ scene }) => scene.bootSeconds))];
  return {
    title: 'Time to the new version',
    groupTitle: 'boot',
    columns: [
      { title: 'way', align: 'left' },
      { title: 'switch', align: 'right' },
      { title: 'of boot', align: 'right' },
      { title: 'command', align: 'right' },
      { title: 'of boot', align: 'right' },
      { title: 'runs', align: 'right' },
    ],
    groups: boots.map((bootSeconds) =>
      toGroup(
        bootSeconds,
        reloads.filter(({ scene }) => scene.bootSeconds === bootSeconds),
      ),
    ),
    notes: [
      'Times are seconds. "switch" is from the first signal that gunicorn received until only the new version answers, "command" is the whole command with looking, preflight and settling; each is the slowest of its runs. supervisorctl returns before the new version serves. The boot is the time that the import takes; that of the interpreter and of gunicorn comes on top, as do the times for which reloadctl watches whether new workers last, so that the multiples say little for a boot of 0.2 s.',
    ],
  };
}

function toGroup(bootSeconds: number, runs: readonly ReloadRun[]): Group {
  return {
    heading: `boot ${bootSeconds} s`,
    rows: WAYS.map((way) => {
      const own = runs.filter((run) => run.way === way);
      const switchMs = largest(own.map((run) => run.switchMs));
      const commandMs = largest(own.map((run) => run.commandMs));
      return [
        way,
        formatSeconds(switchMs),
        formatRatio(switchMs / bootSeconds / 1000),
        formatSeconds(commandMs),
        formatRatio(commandMs / bootSeconds / 1000),
        String(own.length),
      ];
    }),
  };
}
