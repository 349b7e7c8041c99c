import type { DaemonControl } from '../../daemon.ts';
import type { Engine } from '../engine.ts';
import { findProcess } from './find-process.ts';
import { methodTable, whileRunning, type MethodRow, type MethodTable } from './method.ts';
import { unwrap } from './unwrap.ts';

/** The methods of the reloadctl.* namespace that do the work of the command line. */
export function engineMethods(control: DaemonControl, engine: Engine): MethodTable {
  return methodTable('reloadctl', whileRunning(control, rows(control, engine)));
}

function rows(control: DaemonControl, engine: Engine): readonly MethodRow[] {
  const nameOf = (text: string): string => {
    const { group, name } = findProcess(control, text).program;
    return `${group}:${name}`;
  };
  return [
    [
      'reload',
      'struct string struct?',
      'Reload a process as `reloadctl reload` does, and answer when it is over. Options: action, strategy, surge, health_url, health_host, health_headers, health_expect, settle, timeout, allow_downtime, wait.',
      async (params) =>
        unwrap(await engine.reload(nameOf(params.text(0)), params.struct(1)), params.text(0)),
    ],
    [
      'plan',
      'struct string struct?',
      'What reload would do with the same options; nothing is done.',
      async (params) =>
        unwrap(await engine.plan(nameOf(params.text(0)), params.struct(1)), params.text(0)),
    ],
    [
      'workers',
      'struct string',
      'What serves below a process: its server, master and workers.',
      async (params) => unwrap(await engine.workers(nameOf(params.text(0))), params.text(0)),
    ],
    [
      'history',
      'array string?',
      'The reloads, starts and stops of a process, or of all, newest last.',
      async (params) =>
        unwrap(await engine.history(params.has(0) ? nameOf(params.text(0)) : undefined)),
    ],
  ];
}
