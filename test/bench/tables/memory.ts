import { BALLAST_MIB, type MemoryRun } from '../measure-memory.ts';
import { formatRatio } from '../numbers.ts';
import { WORKERS } from '../plan.ts';
import type { Table } from './table.ts';

/** How much memory it takes. */
export function memoryTable(memory: readonly MemoryRun[]): Table {
  return {
    title: 'Memory at the peak',
    groupTitle: '',
    columns: [
      { title: 'way', align: 'left' },
      { title: 'before', align: 'right' },
      { title: 'peak', align: 'right' },
      { title: 'ratio', align: 'right' },
      { title: 'extra', align: 'right' },
      { title: 'command', align: 'right' },
    ],
    groups: [{ heading: '', rows: memory.map(toRow) }],
    notes: [
      `MiB: sums of Pss (proc(5)) of the program's processes, sampled ten times a second: master and ${WORKERS} workers of an app that holds ${BALLAST_MIB} MiB in each of them, with the bridge, the new workers and the preflight while they live. The command itself (a Python for supervisorctl, a Node for reloadctl) stands apart in the last column.`,
    ],
  };
}

function toRow({ way, beforeKib, peakKib, commandKib }: MemoryRun): readonly string[] {
  const mib = (kib: number): string => (kib / 1024).toFixed(0);
  return [
    way,
    mib(beforeKib),
    mib(peakKib),
    formatRatio(peakKib / beforeKib),
    mib(peakKib - beforeKib),
    mib(commandKib),
  ];
}
