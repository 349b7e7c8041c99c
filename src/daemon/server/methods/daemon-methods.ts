import { existsSync } from 'node:fs';
import { reasonOf } from '../../../base/reason-of.ts';
import type { DaemonControl } from '../../daemon.ts';
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
    ['clearLog', 'boolean', 'Empty the main log.', () => clearMainLog(control)],
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
        const { added, changed, removed } = unwrap(await control.configuration.reread());
        // One more level than anybody needs: supervisord's.
        return [[added, changed, removed]];
      },
    ],
    [
      'addProcessGroup',
      'boolean string',
      'Take up a group of the configuration.',
      (params) => unwrap(control.configuration.add(params.text(0))),
    ],
    [
      'removeProcessGroup',
      'boolean string',
      'Let go of a stopped group.',
      (params) => unwrap(control.groups.remove(params.text(0))),
    ],
    [
      'sendRemoteCommEvent',
      'boolean string string',
      'Send an event to the listeners: type, data.',
      (params) => {
        const [remoteType, data] = [params.text(0), params.text(1)];
        control.events.emit({ type: 'REMOTE_COMMUNICATION', remoteType, data });
        return true;
      },
    ],
  ];
}

async function readMainLog(
  { mainLog: { path } }: DaemonControl,
  offset: number,
  length: number,
): Promise<string> {
  if (path === undefined || !existsSync(path)) throw new FaultError('NO_FILE', path);
  return readLogPart(path, offset, length);
}

async function clearMainLog({ mainLog }: DaemonControl): Promise<true> {
  if (mainLog.path === undefined) throw new FaultError('NO_FILE');
  try {
    await mainLog.clear();
    return true;
  } catch (error) {
    throw new FaultError('FAILED', reasonOf(error));
  }
}
