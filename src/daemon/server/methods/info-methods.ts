import type { ProcessState } from '../../../rpc/supervisor.ts';
import type { DaemonControl } from '../../daemon.ts';
import type { ProcessSnapshot } from '../../process/process-info.ts';
import { findProcess } from './find-process.ts';
import type { MethodRow } from './method.ts';

/** The codes of supervisor/states.py. */
const STATE_CODES: Readonly<Record<ProcessState, number>> = {
  STOPPED: 0,
  STARTING: 10,
  RUNNING: 20,
  BACKOFF: 30,
  STOPPING: 40,
  EXITED: 100,
  FATAL: 200,
  UNKNOWN: 1000,
};

/** supervisord caps its times for clients with 32-bit integers. */
const MAX_INT = 2 ** 31 - 1;

/** What is known of the processes. `nowS` is seconds since the epoch. */
export function infoMethods(control: DaemonControl, nowS: () => number): readonly MethodRow[] {
  return [
    [
      'getProcessInfo',
      'struct string',
      'Everything about one process.',
      (params) => describe(findProcess(control, params.text(0)).process.snapshot, nowS()),
    ],
    [
      'getAllProcessInfo',
      'array',
      'Everything about every process.',
      () => control.groups.snapshots().map((snapshot) => describe(snapshot, nowS())),
    ],
    [
      'getAllConfigInfo',
      'array',
      'What the configuration says of every process.',
      () => control.configuration.info(),
    ],
  ];
}

function describe(snapshot: ProcessSnapshot, nowS: number): Readonly<Record<string, unknown>> {
  return {
    name: snapshot.name,
    group: snapshot.group,
    start: capTime(snapshot.startEpochS),
    stop: capTime(snapshot.stopEpochS),
    now: capTime(nowS),
    state: STATE_CODES[snapshot.state],
    statename: snapshot.state,
    spawnerr: snapshot.spawnError,
    exitstatus: snapshot.exitStatus,
    logfile: snapshot.stdoutLog ?? '',
    stdout_logfile: snapshot.stdoutLog ?? '',
    stderr_logfile: snapshot.stderrLog ?? '',
    pid: snapshot.pid,
    description: snapshot.description,
  };
}

function capTime(epochS: number): number {
  return Math.min(MAX_INT, Math.trunc(epochS));
}
