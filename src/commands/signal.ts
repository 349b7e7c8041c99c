import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { parseSignal } from '../config/option-values.ts';
import { createOs } from '../os/create-os.ts';
import type { Os } from '../os/os.ts';
import { isFatalByDefault, signalName, type SignalName } from '../os/signals.ts';
import type { FaultName } from '../rpc/supervisor.ts';
import type { Context } from './context.ts';
import { selectRecipients, type Recipient } from './select-recipients.ts';
import { checkUp, refuse } from './supervisorctl/check-up.ts';
import { faultOf } from './supervisorctl/fault-of.ts';
import { Report } from './supervisorctl/report.ts';
import { wordsOf } from './supervisorctl/words-of.ts';

/** supervisorctl.py 4.3.0, help_signal. */
const USAGE = [
  'signal <signal name> <name>\t\tSignal a process',
  'signal <signal name> <gname>:*\t\tSignal all processes in a group',
  'signal <signal name> <name> <name>\tSignal multiple processes or groups',
  'signal <signal name> all\t\tSignal all processes',
];

/** Flags of `signal`. */
export interface SignalFlags {
  readonly force?: true;
}

/** A signal as it was asked for; `name` is undefined for 0 and for real-time signals, which only the supervisor can send. */
interface Signal {
  readonly number: number;
  readonly name: SignalName | undefined;
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
 * Sends a signal to the processes that the supervisor started (or to pid:N), with two guards: it is still that process, and it will not die
 * of a signal that it does not catch; --force goes without the second. Messages and exit codes are supervisorctl's. When a guard refuses
 * one of several processes, nothing is sent to any.
 */
export async function runSignal(
  context: Context,
  args: readonly string[],
  flags: SignalFlags,
): Promise<ExitCode> {
  const report = new Report(context, 'signal');
  // The path of a pid file may have blanks.
  const [word, ...names] = args.flatMap((arg) =>
    arg.startsWith('pidfile:') ? [arg] : wordsOf([arg]),
  );
  if (names.length === 0 || names.some((name) => !/^(?:pid|pidfile):/.test(name))) {
    const down = await checkUp(context);
    if (down !== undefined) return down;
  }
  if (word === undefined || names.length === 0) {
    return report.misused('Error: signal requires a signal name and a process name', USAGE);
  }
  const os = await createOs();
  const recipients = await selectRecipients(context, os, names);
  const number = parseSignal(word);
  if (!number.ok) {
    for (const recipient of recipients) fail(report, recipient, 'BAD_SIGNAL');
    return report.end();
  }
  const signal: Signal = { number: number.value, name: signalName(number.value) };
  if (flags.force !== true) {
    for (const recipient of recipients) await guard(os, recipient, signal);
  }
  for (const recipient of recipients) await deliver(context, os, report, recipient, signal);
  return report.end();
}

/** supervisorctl.py, _signalresult and set_exitstatus_from_xmlrpc_fault. */
const REASONS: Partial<Readonly<Record<FaultName, string>>> = {
  BAD_NAME: 'no such process',
  BAD_SIGNAL: 'bad signal name',
  NOT_RUNNING: 'not running',
};

function fail(report: Report, recipient: Recipient, fault: FaultName): void {
  const { label } = recipient;
  if (recipient.kind === 'none') report.failed(recipient.message, EXIT.failed, label);
  else {
    const known = recipient.kind === 'idle' && fault !== 'BAD_SIGNAL' ? 'NOT_RUNNING' : fault;
    const exitCode = known === 'NOT_RUNNING' ? EXIT.notRunningOnAction : EXIT.failed;
    report.failed(`${label}: ERROR (${REASONS[known] ?? known})`, exitCode, label);
  }
}

async function guard(os: Os, recipient: Recipient, signal: Signal): Promise<void> {
  if (recipient.kind !== 'process' && recipient.kind !== 'elsewhere') return;
  if (!wouldHurt(signal)) return;
  const { label } = recipient;
  const shown = signal.name ?? `signal ${signal.number}`;
  const unsafe = (message: string): ReloadctlError =>
    new ReloadctlError(message, {
      code: 'signal-unsafe',
      exitCode: EXIT.refused,
      hint: 'Nothing was sent. --force sends it all the same.',
    });
  if (recipient.kind === 'elsewhere' || signal.name === undefined) {
    throw unsafe(`${label}: whether process ${recipient.pid} catches ${shown} cannot be seen`);
  }
  const disposition = await os.signals(recipient.proc);
  if (!disposition.ok) {
    throw unsafe(`${label}: whether process ${recipient.pid} catches ${shown} cannot be seen`);
  }
  const { caught, ignored } = disposition.value;
  if (caught.has(signal.name) || ignored.has(signal.name)) return;
  throw unsafe(
    `${label}: process ${recipient.pid} does not catch ${shown}, so it would end or stop`,
  );
}

function wouldHurt({ name, number }: Signal): boolean {
  // 0 only asks whether the process is there; a real-time signal ends what does not catch it.
  if (name === undefined) return number !== 0;
  return !ENDING.has(name) && (isFatalByDefault(name) || STOPPING.has(name));
}

async function deliver(
  context: Context,
  os: Os,
  report: Report,
  recipient: Recipient,
  signal: Signal,
): Promise<void> {
  if (recipient.kind === 'none' || recipient.kind === 'idle') {
    fail(report, recipient, 'NOT_RUNNING');
    return;
  }
  const outcome =
    recipient.kind === 'process' && signal.name !== undefined
      ? await os.kill(recipient.proc, signal.name)
      : 'denied';
  if (outcome === 'sent') report.done(recipient.label, 'signalled');
  else if (outcome === 'gone') fail(report, recipient, 'NOT_RUNNING');
  else if (recipient.spec === undefined) throw notPermitted(recipient.label, recipient.pid);
  else await deliverBySupervisor(context, report, recipient, recipient.spec, signal);
}

function notPermitted(label: string, pid: number): ReloadctlError {
  return new ReloadctlError(`${label}: process ${pid} may not be signalled by us`, {
    code: 'process-not-permitted',
    exitCode: EXIT.failed,
    hint: 'Run this as its owner or as root.',
  });
}

/** For a process that we may not signal or that is on another machine, and for signals that Node has no name for. */
async function deliverBySupervisor(
  context: Context,
  report: Report,
  recipient: Recipient,
  spec: string,
  { name, number }: Signal,
): Promise<void> {
  const shown = name?.replace(/^SIG/, '') ?? String(number);
  const sent = await context.supervisor.signalProcess(spec, shown);
  if (sent.ok) {
    report.done(recipient.label, 'signalled');
    return;
  }
  const fault = faultOf(sent.error);
  if (fault !== undefined && REASONS[fault] !== undefined) fail(report, recipient, fault);
  else if (sent.error.kind === 'fault' && fault === 'FAILED') {
    report.failed(sent.error.text, EXIT.failed, recipient.label);
  } else throw refuse(context, sent.error);
}
