import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { createOs } from '../os/create-os.ts';
import type { Os } from '../os/os.ts';
import type { Proc } from '../os/proc.ts';
import { isFatalByDefault, type SignalName } from '../os/signals.ts';
import { parseSignalName } from '../config/setting-values.ts';
import type { Target } from '../reload/target.ts';
import { describeRpcFailure } from '../rpc/describe-failure.ts';
import type { Context } from './context.ts';
import { resolveTargets } from './resolve-targets.ts';

/** Flags of `signal`. */
export interface SignalFlags {
  readonly force?: true;
}

/** Signals that are meant to end the process, so that it need not catch them. */
const ENDING: ReadonlySet<SignalName> = new Set<SignalName>([
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGKILL',
  'SIGABRT',
]);

/** Signals that stop a process which does not catch them (signal(7), default action Stop). */
const STOPPING: ReadonlySet<SignalName> = new Set<SignalName>(['SIGTSTP', 'SIGTTIN', 'SIGTTOU']);

/**
 * Sends a signal to the process that the supervisor started (or to pid:N), with two guards: it is still that process, and it will not die
 * of a signal that it does not catch. --force goes without the second.
 */
export async function runSignal(
  context: Context,
  word: string,
  words: readonly string[],
  flags: SignalFlags,
): Promise<ExitCode> {
  const signal = parseSignalName(word);
  if (!signal.ok) {
    throw new ReloadctlError(`${word}: there is no such signal`, {
      code: 'usage',
      exitCode: EXIT.usage,
      hint: 'Write HUP, SIGHUP or a number; kill -l lists them.',
    });
  }
  const os = await createOs();
  for (const target of await resolveTargets(context, os, words)) {
    await signalTarget(context, os, target, signal.value, flags.force === true);
  }
  return EXIT.ok;
}

async function signalTarget(
  context: Context,
  os: Os,
  target: Target,
  signal: SignalName,
  force: boolean,
): Promise<void> {
  const proc = await findProcess(os, target);
  if (!force) await guard(os, target, proc, signal);
  const error = await send(os, target, proc, signal);
  if (error !== undefined) throw error;
  context.print(`${target.label}: signalled`);
}

async function findProcess(os: Os, target: Target): Promise<Proc> {
  const gone = (why: string): ReloadctlError =>
    new ReloadctlError(`${target.label}: ${why}`, {
      code: 'program-not-running',
      exitCode: EXIT.notRunningOnAction,
      hint: 'reloadctl status shows its state.',
    });
  if (target.kind === 'process') {
    const proc = await os.process(target.pid);
    if (proc === undefined) throw gone('is gone');
    return proc;
  }
  const info = await target.supervisor.getProcessInfo(target.name);
  if (!info.ok) throw describeRpcFailure(info.error);
  const proc = info.value.pid === 0 ? undefined : await os.process(info.value.pid);
  if (proc === undefined) throw gone(`is not running (${info.value.state})`);
  return proc;
}

async function guard(os: Os, target: Target, proc: Proc, signal: SignalName): Promise<void> {
  const wouldHurt = isFatalByDefault(signal) || STOPPING.has(signal);
  if (ENDING.has(signal) || !wouldHurt) return;
  const disposition = await os.signals(proc);
  const isSafe =
    disposition.ok &&
    (disposition.value.caught.has(signal) || disposition.value.ignored.has(signal));
  if (isSafe) return;
  throw new ReloadctlError(
    disposition.ok
      ? `${target.label}: process ${proc.pid} does not catch ${signal}, so it would end or stop`
      : `${target.label}: whether process ${proc.pid} catches ${signal} cannot be seen`,
    {
      code: 'signal-unsafe',
      exitCode: EXIT.refused,
      hint: 'Nothing was sent. --force sends it all the same.',
    },
  );
}

async function send(
  os: Os,
  target: Target,
  proc: Proc,
  signal: SignalName,
): Promise<ReloadctlError | undefined> {
  const outcome = await os.kill(proc, signal);
  if (outcome === 'sent') return undefined;
  if (outcome === 'denied' && target.kind === 'supervised') {
    const sent = await target.supervisor.signalProcess(target.name, signal.replace(/^SIG/, ''));
    return sent.ok ? undefined : describeRpcFailure(sent.error);
  }
  return outcome === 'gone'
    ? new ReloadctlError(`${target.label}: process ${proc.pid} is gone`, {
        code: 'process-gone',
        exitCode: EXIT.notRunningOnAction,
      })
    : new ReloadctlError(`${target.label}: process ${proc.pid} may not be signalled by us`, {
        code: 'process-not-permitted',
        exitCode: EXIT.failed,
        hint: 'Run this as its owner or as root.',
      });
}
