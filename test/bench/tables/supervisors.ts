import { formatMs, formatRatio, formatSeconds, largest, median } from '../numbers.ts';
import type { SupervisorRun } from '../supervisors/measure-supervisor.ts';
import type { Table } from './table.ts';

/** What it costs to have many programs supervised. */
export function supervisorsTable(runs: readonly SupervisorRun[]): Table {
  const theirs = runs.find(({ name }) => name === 'supervisord');
  const ours = runs.find(({ name }) => name === 'reloadctl daemon');
  const plan = ours?.plan;
  const row = (
    what: string,
    valueOf: (run: SupervisorRun) => number,
    show: (value: number) => string,
  ): readonly string[] => {
    const [one, two] = [theirs, ours].map((run) => (run === undefined ? 0 : valueOf(run)));
    return [what, show(one ?? 0), show(two ?? 0), one ? formatRatio((two ?? 0) / one) : '-'];
  };
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  return {
    title: 'Many programs',
    groupTitle: '',
    columns: [
      { title: 'what', align: 'left' },
      { title: 'supervisord', align: 'right' },
      { title: 'daemon', align: 'right' },
      { title: 'ratio', align: 'right' },
    ],
    groups: [
      {
        heading: '',
        rows: [
          row('start of all, s', ({ startMs }) => startMs, formatSeconds),
          row('supervisorctl status, ms', ({ statusMs }) => median(statusMs), formatMs),
          row('restart one by one, s', ({ restartMs }) => restartMs, formatSeconds),
          row('stop all, s', ({ stopMs }) => stopMs, formatSeconds),
          row(
            'idle: memory, MiB',
            ({ idlePssKib }) => idlePssKib / 1024,
            (mib) => mib.toFixed(0),
          ),
          row('idle: processor', ({ idleCpu }) => idleCpu, percent),
          row('crash to next start, ms', ({ respawnMs }) => median(respawnMs), formatMs),
          row('the same, slowest, ms', ({ respawnMs }) => largest(respawnMs), formatMs),
          row(
            'log, MiB/s',
            ({ logMibPerSecond }) => logMibPerSecond,
            (mib) => mib.toFixed(0),
          ),
        ],
      },
    ],
    notes: [
      `A real supervisord and \`reloadctl daemon\` on the same configuration, one after the other, asked by the same supervisorctl: ${plan?.programs ?? 0} programs that sleep, of which ${plan?.restarts ?? 0} are restarted one after the other by one command; and a program that writes ${plan?.logMib ?? 0} MiB to its log as fast as it is let. Memory is the Pss of the supervisor, without its programs; idle is watched for ${(plan?.idleMs ?? 0) / 1000} s; a crash is a KILL (${plan?.crashes ?? 0} of them, the median and the slowest). For the log more is better.`,
    ],
  };
}
