import { createInterface } from 'node:readline';
import { EXIT, type ExitCode } from '../../base/errors.ts';
import { repr } from '../../config/python/repr.ts';
import type { RpcFailure } from '../../rpc/supervisor.ts';
import { standardInput } from '../standard-input.ts';
import { checkUp, refuse } from './check-up.ts';
import { followRemoteLog } from './follow-remote-log.ts';
import { Report, type CommandDeps } from './report.ts';
import { refuseJson } from './show-followed-log.ts';
import { untilInterrupted } from './until-interrupted.ts';
import { wordsOf } from './words-of.ts';

/** supervisorctl.py 4.3.0, help_fg. */
const USAGE = ['fg <process>\tConnect to a process in foreground mode', '\t\tCtrl-C to exit'];

/** Talks to a process: lines from stdin go to its stdin, both its logs come to stdout. Ends with Ctrl-C or the end of stdin. */
export async function runFg(deps: CommandDeps, args: readonly string[]): Promise<ExitCode> {
  const report = new Report(deps, 'fg');
  const down = await checkUp(deps);
  if (down !== undefined) return down;
  const [name, ...more] = wordsOf(args);
  if (name === undefined) return report.misused('ERROR: no process name supplied', USAGE);
  if (more.length > 0) return report.misused('ERROR: too many process names supplied', []);
  refuseJson(deps, 'fg');
  const isRunning = await checkRunning(deps, report, name);
  if (isRunning) {
    await untilInterrupted((abort) => {
      deps.print('==> Press Ctrl-C to exit <==');
      return converse(deps, name, abort);
    });
  }
  return report.exitCode;
}

async function checkRunning(deps: CommandDeps, report: Report, name: string): Promise<boolean> {
  const info = await deps.supervisor.getProcessInfo(name);
  if (info.ok) {
    if (info.value.state === 'RUNNING') return true;
    report.failed('ERROR: process not running', EXIT.failed, name);
  } else if (info.error.kind !== 'fault') throw refuse(deps, info.error);
  else if (info.error.name === 'BAD_NAME') {
    report.failed('ERROR: bad process name supplied', EXIT.failed, name);
  } else report.failed(describeFault(info.error), EXIT.ok, name);
  return false;
}

async function converse(deps: CommandDeps, name: string, abort: AbortSignal): Promise<void> {
  const over = new AbortController();
  const end = AbortSignal.any([abort, over.signal]);
  const logs = Promise.all(
    (['stdout', 'stderr'] as const).map((channel) => followRemoteLog(deps, { name, channel }, end)),
  );
  const lines = createInterface({ input: standardInput(), signal: abort });
  try {
    for await (const line of lines) {
      const ended = await sendLine(deps, name, line);
      if (ended === undefined) continue;
      deps.print(ended);
      break;
    }
    deps.print('Exiting foreground');
  } finally {
    over.abort();
    // Leaving the loop does not; an open stdin would keep the process from ending.
    lines.close();
    await logs;
  }
}

/** Why the conversation is over, or undefined when it is not. */
async function sendLine(
  deps: CommandDeps,
  name: string,
  line: string,
): Promise<string | undefined> {
  const { supervisor } = deps;
  const sent = await supervisor.sendProcessStdin(name, `${line}\n`);
  if (!sent.ok) {
    if (sent.error.kind !== 'fault') throw refuse(deps, sent.error);
    return sent.error.name === 'NOT_RUNNING' ? 'Process got killed' : describeFault(sent.error);
  }
  const info = await supervisor.getProcessInfo(name);
  if (!info.ok) throw refuse(deps, info.error);
  return info.value.state === 'RUNNING' ? undefined : 'Process got killed';
}

/** Python's str() of a fault. */
function describeFault(fault: Extract<RpcFailure, { kind: 'fault' }>): string {
  return `ERROR: <Fault ${fault.code}: ${repr(fault.text)}>`;
}
