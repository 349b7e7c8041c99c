import { existsSync } from 'node:fs';
import type { DaemonControl } from '../../control.ts';
import { FaultError } from './fault-error.ts';
import type { MethodRow } from './method.ts';
import { readLogPart } from './read-log.ts';
import { unwrap } from './unwrap.ts';

/** The version of the protocol (supervisor/rpcinterface.py, API_VERSION). */
const API_VERSION = '3.0';

/** What concerns the daemon itself: its identity, its end, its configuration, its log. */
export function daemonMethods(control: DaemonControl): readonly MethodRow[] {
  return [
    ['getAPIVersion getVersion', 'string', 'The version of this API.', () => API_VERSION],
    ['getSupervisorVersion', 'string', 'The version of the supervisor.', () => control.version],
    ['getIdentification', 'string', 'The identifier of the supervisor.', () => control.identifier],
    ['getPID', 'int', 'The process id of the supervisor.', () => control.pid],
    [
      'getState',
      'struct',
      'The state of the supervisor: statecode and statename.',
      // In every other state the call is refused.
      () => ({ statecode: 1, statename: 'RUNNING' }),
    ],
    [
      'readLog readMainLog',
      'string int int',
      'A part of the main log: offset, length.',
      (params) => readMainLog(control, params.int(0), params.int(1)),
    ],
    [
      'clearLog',
      'boolean',
      'Empty the main log.',
      async () => unwrap(await control.clearMainLog()),
    ],
    [
      'shutdown',
      'boolean',
      'Stop every program and end.',
      () => {
        control.shutdown();
        return true;
      },
    ],
    [
      'restart',
      'boolean',
      'Stop every program and begin anew.',
      () => {
        control.restart();
        return true;
      },
    ],
    [
      'reloadConfig',
      'array',
      'Read the configuration and say which groups are new, changed and gone. Nothing is applied.',
      async () => {
        const { added, changed, removed } = unwrap(await control.reread());
        // One more level than anybody needs: supervisord's.
        return [[added, changed, removed]];
      },
    ],
    [
      'addProcessGroup',
      'boolean string',
      'Take up a group of the configuration.',
      (params) => unwrap(control.addGroup(params.text(0))),
    ],
    [
      'removeProcessGroup',
      'boolean string',
      'Let go of a stopped group.',
      (params) => unwrap(control.removeGroup(params.text(0))),
    ],
    [
      'sendRemoteCommEvent',
      'boolean string string',
      'Send an event to the listeners: type, data.',
      (params) => {
        control.sendRemoteEvent(params.text(0), params.text(1));
        return true;
      },
    ],
  ];
}

async function readMainLog(
  { mainLog }: DaemonControl,
  offset: number,
  length: number,
): Promise<string> {
  if (mainLog === undefined || !existsSync(mainLog)) throw new FaultError('NO_FILE', mainLog);
  return readLogPart(mainLog, offset, length);
}
