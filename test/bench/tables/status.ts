import type { StatusRun, Times } from '../measure-status.ts';
import { formatMs, formatRatio, median } from '../numbers.ts';
import type { Group, Table } from './table.ts';

/** How long `status` takes. */
export function statusTable(status: readonly StatusRun[]): Table {
  return {
    title: 'status',
    groupTitle: 'supervisor',
    columns: [
      { title: 'command', align: 'left' },
      { title: 'minimum', align: 'right' },
      { title: 'ratio', align: 'right' },
      { title: 'median', align: 'right' },
      { title: 'ratio', align: 'right' },
      { title: 'runs', align: 'right' },
    ],
    groups: status.map(toGroup),
    notes: [
      'Times are milliseconds. The commands ran in turns, each from its start to its end; the ratios are those to `supervisorctl status` of the same supervisor. `node -e 0` does nothing and is what no program on Node goes below.',
    ],
  };
}

function toGroup({ supervisor, reloadctl, supervisorctl, node }: StatusRun): Group {
  const row = (command: string, times: Times): readonly string[] => [
    command,
    formatMs(times[0] ?? 0),
    formatRatio((times[0] ?? 0) / (supervisorctl[0] ?? 1)),
    formatMs(median(times)),
    formatRatio(median(times) / median(supervisorctl)),
    String(times.length),
  ];
  return {
    heading: `supervisor ${supervisor}`,
    rows: [
      row('supervisorctl status', supervisorctl),
      row('reloadctl status', reloadctl),
      row('node -e 0', node),
    ],
  };
}
