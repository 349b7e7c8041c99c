import type { ReloadRun } from '../measure-reload.ts';
import type { StatusRun } from '../measure-status.ts';
import { formatRatio, formatShare, largest, median } from '../numbers.ts';
import type { Results } from '../results.ts';
import { isOwn, type Way } from '../way.ts';
import type { Table } from './table.ts';

/** Below this the fixed costs of a process weigh more than the boot. */
const BOOT_THAT_COUNTS_SECONDS = 3;

const LONGEST_SHARE = 0.1;
const SWITCH_RATIOS = { bridge: 2.2, rolling: 1.15 } as const;
const STATUS_RATIO = 0.6;

/** What reloadctl is held to, and what was measured. */
export function targetsTable({ reloads, status }: Results): Table {
  return {
    title: 'Targets',
    groupTitle: '',
    columns: [
      { title: 'reloadctl', align: 'left' },
      { title: 'target', align: 'left' },
      { title: 'measured', align: 'right' },
      { title: 'met', align: 'left' },
    ],
    groups: [
      {
        heading: '',
        rows: [
          failuresRow(reloads),
          waitRow(reloads),
          switchRow('bridge', reloads),
          switchRow('rolling', reloads),
          ...status.map(statusRow),
        ],
      },
    ],
    notes: [
      `Of every run of bridge and rolling below the worst counts; for waits and switches of the boots of ${BOOT_THAT_COUNTS_SECONDS} s and more. status: the ratio of the medians.`,
    ],
  };
}

function failuresRow(reloads: readonly ReloadRun[]): readonly string[] {
  const own = reloads.filter(({ way }) => isOwn(way));
  const sent = own.reduce((sum, { load }) => sum + load.sent, 0);
  const failed = own.reduce((sum, { load }) => sum + load.failed, 0);
  return ['failed requests', '0', `${failed} of ${sent}`, met(failed === 0)];
}

function waitRow(reloads: readonly ReloadRun[]): readonly string[] {
  const shares = reloads
    .filter(({ way, scene }) => isOwn(way) && scene.bootSeconds >= BOOT_THAT_COUNTS_SECONDS)
    .map(({ load, scene }) => load.longestMs / (scene.bootSeconds * 1000));
  const share = largest(shares);
  return [
    'longest wait',
    `< ${formatShare(LONGEST_SHARE)} of the boot`,
    formatShare(share),
    met(share < LONGEST_SHARE),
  ];
}

function switchRow(
  way: Way & keyof typeof SWITCH_RATIOS,
  reloads: readonly ReloadRun[],
): readonly string[] {
  const ratio = largest(
    reloads
      .filter((run) => run.way === way && run.scene.bootSeconds >= BOOT_THAT_COUNTS_SECONDS)
      .map(({ switchMs, scene }) => switchMs / (scene.bootSeconds * 1000)),
  );
  const target = SWITCH_RATIOS[way];
  return [
    `switch by ${way}`,
    `<= ${formatRatio(target)} the boot`,
    formatRatio(ratio),
    met(ratio <= target),
  ];
}

function statusRow({ supervisor, reloadctl, supervisorctl }: StatusRun): readonly string[] {
  const ratio = median(reloadctl) / median(supervisorctl);
  return [
    `status, supervisor ${supervisor}`,
    `<= ${formatRatio(STATUS_RATIO)} theirs`,
    formatRatio(ratio),
    met(ratio <= STATUS_RATIO),
  ];
}

function met(isMet: boolean): string {
  return isMet ? 'yes' : 'no';
}
