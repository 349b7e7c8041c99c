import { parseSignal } from '../../../config/option-values.ts';
import type { ProcessState } from '../../../rpc/supervisor.ts';
import type { StartOutcome } from '../../control.ts';
import type { DaemonControl } from '../../daemon.ts';
import type { Member } from '../../groups/member.ts';
import type { ProcessSnapshot } from '../../process/process-info.ts';
import { FaultError } from './fault-error.ts';
import { everyProcess, findMembers, findProcess } from './find-process.ts';
import { actOnMembers, type MemberOutcome } from './member-outcomes.ts';
import type { MethodRow } from './method.ts';
import { nameSpecOf, splitNameSpec } from '../../../base/name-spec.ts';
import { unwrap } from './unwrap.ts';

const RUNNING: ReadonlySet<ProcessState> = new Set<ProcessState>([
  'RUNNING',
  'BACKOFF',
  'STARTING',
]);
const SIGNALLABLE: ReadonlySet<ProcessState> = new Set<ProcessState>([
  'RUNNING',
  'STARTING',
  'STOPPING',
]);

/** Starting, stopping and signalling processes, and writing to them. */
export function processMethods(control: DaemonControl): readonly MethodRow[] {
  const members = (group: string): readonly Member[] => findMembers(control, group);
  const everyone = (): readonly Member[] => everyProcess(control);
  return [
    [
      'startProcess',
      'boolean string boolean?',
      'Start a process, or all of a group with group:*. wait: until it is RUNNING.',
      (params) => onOneOrAll(control, params.text(0), start(params.truth(1, true))),
    ],
    [
      'startProcessGroup',
      'array string boolean?',
      'Start the processes of a group.',
      (params) => start(params.truth(1, true)).members(members(params.text(0))),
    ],
    [
      'startAllProcesses',
      'array boolean?',
      'Start every process.',
      (params) => start(params.truth(0, true)).members(everyone()),
    ],
    [
      'stopProcess',
      'boolean string boolean?',
      'Stop a process, or all of a group with group:*. wait: until it has ended.',
      (params) => onOneOrAll(control, params.text(0), stop(params.truth(1, true))),
    ],
    [
      'stopProcessGroup',
      'array string boolean?',
      'Stop the processes of a group.',
      (params) => stop(params.truth(1, true)).members(members(params.text(0))),
    ],
    [
      'stopAllProcesses',
      'array boolean?',
      'Stop every process.',
      (params) => stop(params.truth(0, true)).members(everyone()),
    ],
    [
      'signalProcess',
      'boolean string string',
      'Send a signal, by name or number, to a process, or to all of a group with group:*.',
      (params) => onOneOrAll(control, params.text(0), signal(params.textOrNumber(1))),
    ],
    [
      'signalProcessGroup',
      'array string string',
      'Send a signal to the processes of a group.',
      (params) => signal(params.textOrNumber(1)).members(members(params.text(0))),
    ],
    [
      'signalAllProcesses',
      'array string',
      'Send a signal to every process.',
      (params) => signal(params.textOrNumber(0)).members(everyone()),
    ],
    [
      'sendProcessStdin',
      'boolean string string',
      'Write to the standard input of a process.',
      (params) => sendStdin(control, params.text(0), params.textToSend(1)),
    ],
  ];
}

/** One kind of act: on a process that the client calls `shown`, and on those of several that are in a state for it. */
interface Act {
  readonly one: (member: Member, shown: string) => Promise<true>;
  readonly members: (members: readonly Member[]) => Promise<readonly MemberOutcome[]>;
}

function onOneOrAll(
  control: DaemonControl,
  text: string,
  act: Act,
): Promise<true | readonly MemberOutcome[]> {
  const { group, name: process } = splitNameSpec(text);
  return process === undefined
    ? act.members(findMembers(control, group, text))
    : act.one(findProcess(control, text), text);
}

function actOf(one: Act['one'], isConcerned: (process: ProcessSnapshot) => boolean): Act {
  return {
    one,
    members: (members) =>
      actOnMembers(
        members.filter(({ process }) => isConcerned(process.snapshot)),
        (member) => one(member, nameSpecOf(member.program)),
      ),
  };
}

function start(wait: boolean): Act {
  return actOf(
    async (member, shown) => {
      const { settled } = unwrap(member.start(), shown);
      if (wait) requireRunning(await settled, shown);
      return true;
    },
    ({ state }) => !RUNNING.has(state),
  );
}

function requireRunning(outcome: StartOutcome, shown: string): void {
  switch (outcome) {
    case 'running':
      return;
    case 'spawn-error':
      throw new FaultError('SPAWN_ERROR', shown);
    case 'abnormal':
      throw new FaultError('ABNORMAL_TERMINATION', shown);
  }
}

function stop(wait: boolean): Act {
  return actOf(
    async (member, shown) => {
      const { settled } = unwrap(member.stop(), shown);
      if (wait) await settled;
      return true;
    },
    // supervisord leaves out what it is just about to start again.
    ({ state, willRestart }) => RUNNING.has(state) || willRestart,
  );
}

function signal(text: string): Act {
  return actOf(
    // eslint-disable-next-line @typescript-eslint/require-await -- its faults are to be rejections, as those of the others
    async ({ process }, shown) => {
      const number = parseSignal(text);
      if (!number.ok) throw new FaultError('BAD_SIGNAL', text);
      return unwrap(process.signal(number.value), shown);
    },
    ({ state }) => SIGNALLABLE.has(state),
  );
}

function sendStdin(control: DaemonControl, text: string, chars: string): true {
  const sent = findProcess(control, text).writeStdin(chars);
  if (!sent.ok && sent.error.name === 'NO_FILE') throw new FaultError('NO_FILE', text);
  return unwrap(sent, text);
}
