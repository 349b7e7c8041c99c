import { isSignalName, type SignalName } from '../../../os/signals.ts';
import type { OverlapSnapshot } from '../../control.ts';
import type { DaemonControl } from '../../daemon.ts';
import { FaultError } from './fault-error.ts';
import { findProcess } from './find-process.ts';
import { methodTable, whileRunning, type MethodRow, type MethodTable } from './method.ts';
import { unwrap } from './unwrap.ts';

/** The longest time for which a successor or a hold may be asked: more is a mistake. */
const LONGEST_SECS = 24 * 3600;

/** The reloadctl.* methods of one process; a stock supervisord answers UNKNOWN_METHOD to each. */
export function reloadctlMethods(control: DaemonControl): MethodTable {
  return methodTable('reloadctl', whileRunning(control, rows(control)));
}

function rows(control: DaemonControl): readonly MethodRow[] {
  return [
    [
      'describeGroup',
      'struct string',
      'What the configuration that was read last (reloadConfig) changes in an active group. Nothing is applied.',
      (params) => unwrap(control.configuration.describe(params.text(0))),
    ],
    [
      'updateGroup',
      'struct string',
      'Apply that, as far as no running process has to be started anew: options of supervision, new and surplus processes. Answers what describeGroup would have answered before.',
      async (params) => unwrap(await control.configuration.update(params.text(0))),
    ],
    [
      'getProcess',
      'struct string',
      'What is known of a process beyond supervisor.getProcessInfo: its listening sockets, its successor and the instances that end.',
      (params) => toStruct(findProcess(control, params.text(0)).instances.snapshot),
    ],
    [
      'startSuccessor',
      'int string int boolean?',
      'Start a second instance on the same sockets, to be promoted within so many seconds; where no sockets are held only when the last says so. Answers its pid.',
      async (params) => {
        const shown = params.text(0);
        const { instances } = findProcess(control, shown);
        const leaseS = seconds(params.int(1), 1);
        const withoutSockets = params.truth(2, false);
        return unwrap(await instances.startSuccessor(leaseS, withoutSockets), shown);
      },
    ],
    [
      'stopSuccessor',
      'boolean string',
      'Ask the second instance to end; it is killed when it takes too long. See getProcess.',
      (params) => {
        findProcess(control, params.text(0)).instances.overlap.abandon();
        return true;
      },
    ],
    [
      'promoteSuccessor',
      'boolean string string? int?',
      'Make the second instance the process, and end the one before it: by its stop signal, or by these signals, one after the other, and by KILL when the time is over that its program gives it, or these seconds where they are more. See getProcess.',
      async (params) => {
        const shown = params.text(0);
        const { instances } = findProcess(control, shown);
        const signals = params.has(1) ? readSignals(params.text(1)) : [];
        const patienceS = params.has(2) ? seconds(params.int(2), 1) : undefined;
        return unwrap(await instances.promoteSuccessor({ signals, patienceS }), shown);
      },
    ],
    [
      'holdSockets',
      'boolean string int',
      'Keep the listening sockets open for so many seconds although the process is stopped.',
      (params) => {
        const { sockets } = findProcess(control, params.text(0)).instances;
        sockets.hold(seconds(params.int(1), 0));
        return true;
      },
    ],
  ];
}

function seconds(value: number, least: number): number {
  if (value >= least && value <= LONGEST_SECS) return value;
  throw new FaultError('BAD_ARGUMENTS', `seconds are ${least} to ${LONGEST_SECS}, not ${value}`);
}

function toStruct(snapshot: OverlapSnapshot): Readonly<Record<string, unknown>> {
  const { group, name, pid, sockets, adopted, successor, successorEnd, retiring, retired } =
    snapshot;
  return {
    group,
    name,
    pid,
    sockets,
    socket_reason: snapshot.socketReason,
    adopted,
    successor,
    successor_end: successorEnd ?? {},
    retiring,
    retired:
      retired === undefined
        ? {}
        : { pid: retired.pid, killed: retired.killed, after_ms: retired.afterMs },
    graceful_timeout: snapshot.gracefulTimeoutS,
  };
}

/** Signals by their names, with blanks between; '' is none. */
function readSignals(text: string): readonly SignalName[] {
  if (text === '') return [];
  return text.split(' ').map((word) => {
    if (!isSignalName(word)) throw new FaultError('BAD_SIGNAL', word);
    return word;
  });
}
