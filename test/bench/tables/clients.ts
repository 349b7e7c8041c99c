import type { ReloadRun } from '../measure-reload.ts';
import { formatMs, formatShare } from '../numbers.ts';
import { describeScene } from '../plan.ts';
import type { Table } from './table.ts';

/** What clients notice: failures and waits of every way under every load. */
export function clientsTable(reloads: readonly ReloadRun[]): Table {
  const scenes = [...new Set(reloads.map(({ scene }) => describeScene(scene)))];
  return {
    title: 'What clients notice',
    groupTitle: 'load',
    columns: [
      { title: 'way', align: 'left' },
      { title: 'sent', align: 'right' },
      { title: 'failed', align: 'right' },
      { title: 'p50', align: 'right' },
      { title: 'p99', align: 'right' },
      { title: 'longest', align: 'right' },
      { title: 'of boot', align: 'right' },
      { title: 'lag', align: 'right' },
    ],
    groups: scenes.map((heading) => ({
      heading,
      rows: reloads.filter(({ scene }) => describeScene(scene) === heading).map(toRow),
    })),
    notes: [
      'Times are milliseconds. Requests go out at fixed moments, however slow the answers are, and each time counts from the moment at which its request was due. The percentiles are of the good answers, the longest is of all requests; all ways of one load are watched for about the same time. "lag" is how late the load generator itself was at worst: by so much the longest wait may be the fault of the machine. With new connections gunicorn runs sync workers, with kept ones gthread.',
    ],
  };
}

function toRow({ scene, way, load }: ReloadRun): readonly string[] {
  return [
    way,
    String(load.sent),
    String(load.failed),
    formatMs(load.p50Ms),
    formatMs(load.p99Ms),
    formatMs(load.longestMs),
    formatShare(load.longestMs / (scene.bootSeconds * 1000)),
    formatMs(load.maxLagMs),
  ];
}
