import type { ProcId } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';
import type { Role } from '../policy/plan.ts';
import type { StepFailure } from './events.ts';
import { describeFailure } from './failure-text.ts';
import type { Session } from './session.ts';

/** Signals that are sent to end a process: it need not catch them. Any other one must be caught, or it would end or stop the process. */
const ENDING: ReadonlySet<SignalName> = new Set<SignalName>([
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGKILL',
]);

/**
 * Sends a signal to exactly the process that plays a role, unless it would die of it by accident. Undefined: the kernel or the
 * supervisor took it, or the process is gone, which the step's condition will notice.
 */
export async function sendSignal(
  session: Session,
  signal: SignalName,
  target: { readonly id: ProcId; readonly role: Role; readonly via: 'direct' | 'supervisor' },
): Promise<StepFailure | undefined> {
  const { id, role, via } = target;
  const report = (outcome: 'sent' | 'gone' | 'denied' | 'unsafe'): void => {
    if (outcome === 'sent') session.toll.hasChanged = true;
    session.emit({ event: 'signal', signal, pid: id.pid, role, via, outcome });
  };
  const fitness = ENDING.has(signal) ? 'fit' : await checkFitness(session, id, signal);
  if (fitness === 'gone') {
    report('gone');
    return undefined;
  }
  if (fitness === 'unfit') {
    report('unsafe');
    return { why: 'unsafe', role, pid: id.pid, signal };
  }
  if (via === 'supervisor') return sendThroughSupervisor(session, signal, target, report);
  const outcome = await session.os.kill(id, signal);
  report(outcome);
  return outcome === 'denied' ? { why: 'denied', role, pid: id.pid } : undefined;
}

/** Whether a process catches a signal. Where the kernel does not tell (no /proc), the caller has to know. */
async function checkFitness(
  session: Session,
  id: ProcId,
  signal: SignalName,
): Promise<'fit' | 'unfit' | 'gone'> {
  const disposition = await session.os.signals(id);
  if (disposition.ok) return disposition.value.caught.has(signal) ? 'fit' : 'unfit';
  if (disposition.error === 'gone') return 'gone';
  return disposition.error === 'unsupported' ? 'fit' : 'unfit';
}

async function sendThroughSupervisor(
  session: Session,
  signal: SignalName,
  { id, role }: { readonly id: ProcId; readonly role: Role },
  report: (outcome: 'sent' | 'gone' | 'denied') => void,
): Promise<StepFailure | undefined> {
  const { supervisor, supervisorName } = session.parts;
  if (supervisor === undefined || supervisorName === undefined) {
    return { why: 'denied', role, pid: id.pid };
  }
  const info = await supervisor.getProcessInfo(supervisorName);
  if (info.ok && info.value.pid !== id.pid) {
    report('gone');
    return { why: 'died', role, pid: id.pid };
  }
  const sent = info.ok
    ? await supervisor.signalProcess(supervisorName, signal.replace(/^SIG/, ''))
    : info;
  if (sent.ok) {
    report('sent');
    return undefined;
  }
  report('denied');
  return { why: 'supervisor', message: describeFailure(sent.error) };
}
