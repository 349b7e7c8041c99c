import { err, ok, type Result } from '../base/result.ts';
import type { ProcId } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';
import type { ReloadOptions } from './facts.ts';
import { MASTER_LOOP } from './limits.ts';
import type { Plan } from './plan.ts';
import type { Refusal } from './refusal.ts';
import { stepId, verifyResult } from './steps.ts';

/** Who gets the signal of the `reload_signal` setting. */
export interface SignalReceiver {
  readonly role: 'master' | 'supervised';
  readonly proc: ProcId;
  readonly caught: ReadonlySet<SignalName> | undefined;
  readonly maySignal: boolean;
}

/** A reload that nobody can prove: the signal of the `reload_signal` setting is sent, where it is caught, and the server has to stay. */
export function planSignal(
  signal: SignalName,
  { role, proc, caught, maySignal }: SignalReceiver,
  options: ReloadOptions,
): Result<Pick<Plan, 'strategy' | 'steps'>, Refusal> {
  if (caught?.has(signal) === false) {
    return err({ code: 'master-not-ready', pid: proc.pid, signal });
  }
  return ok({
    strategy: 'hup',
    steps: [
      {
        id: stepId('reload-signal'),
        phase: 'switch',
        do: 'signal',
        signal,
        to: role,
        via: maySignal ? 'direct' : 'supervisor',
        effect: { is: 'settled', workers: undefined, ms: 0, recycles: false },
        limit: MASTER_LOOP,
        atLimit: 'degraded',
      },
      ...verifyResult(options, undefined),
    ],
  });
}
