import { existsSync } from 'node:fs';
import type { DaemonControl } from '../../daemon.ts';
import type { Member } from '../../groups/member.ts';
import { FaultError } from './fault-error.ts';
import { everyProcess, findProcess } from './find-process.ts';
import { outcomeOf, type MemberOutcome } from './member-outcomes.ts';
import type { MethodRow } from './method.ts';
import { nameSpecOf } from '../../../base/name-spec.ts';
import type { Params } from './params.ts';
import { readLogPart, tailLog } from './read-log.ts';

type Channel = 'stdout' | 'stderr';

/** Reading and emptying the logs of processes. */
export function logMethods(control: DaemonControl): readonly MethodRow[] {
  return [
    readRow(control, 'readProcessStdoutLog readProcessLog', 'stdout'),
    readRow(control, 'readProcessStderrLog', 'stderr'),
    tailRow(control, 'tailProcessStdoutLog tailProcessLog', 'stdout'),
    tailRow(control, 'tailProcessStderrLog', 'stderr'),
    [
      'clearProcessLogs clearProcessLog',
      'boolean string',
      'Empty the logs of a process.',
      (params) => clearLogs(findProcess(control, params.text(0))),
    ],
    [
      'clearAllProcessLogs',
      'array',
      'Empty the logs of every process.',
      () => clearAllLogs(control),
    ],
  ];
}

function readRow(control: DaemonControl, names: string, channel: Channel): MethodRow {
  const help = `A part of what a process wrote to ${channel}: name, offset, length.`;
  return logRow(control, [names, 'string string int int', help, channel], (path, ...part) => {
    if (path === undefined || !existsSync(path)) throw new FaultError('NO_FILE', path);
    return readLogPart(path, ...part);
  });
}

function tailRow(control: DaemonControl, names: string, channel: Channel): MethodRow {
  const help = `The end of what a process wrote to ${channel}: name, offset, length.`;
  return logRow(control, [names, 'array string int int', help, channel], (path, ...part) => {
    if (path === undefined || !existsSync(path)) return ['', 0, false];
    return tailLog(path, ...part);
  });
}

function logRow(
  control: DaemonControl,
  [names, types, help, channel]: readonly [string, string, string, Channel],
  read: (path: string | undefined, offset: number, length: number) => unknown,
): MethodRow {
  const run = async (params: Params): Promise<unknown> => {
    const path = logOf(control, params.text(0), channel);
    return await read(path, params.int(1), params.int(2));
  };
  return [names, types, help, run];
}

function logOf(control: DaemonControl, text: string, channel: Channel): string | undefined {
  return findProcess(control, text).process.logs[channel];
}

async function clearLogs({ pipes, program }: Member): Promise<true> {
  try {
    await pipes.current?.clear();
    return true;
  } catch {
    // The message is supervisord's, which does not give the reason either.
    throw new FaultError('FAILED', nameSpecOf(program));
  }
}

/** One after the other: supervisord lists them in their order. */
async function clearAllLogs(control: DaemonControl): Promise<readonly MemberOutcome[]> {
  const outcomes: MemberOutcome[] = [];
  for (const member of everyProcess(control)) {
    outcomes.push(await outcomeOf(member, clearLogs(member)));
  }
  return outcomes;
}
