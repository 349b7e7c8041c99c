import { EXIT, type ExitCode } from '../base/errors.ts';
import type { Os } from '../os/os.ts';
import type { Plan } from '../policy/plan.ts';
import type { CodeCheck } from '../reload/check-code.ts';
import { executePlan } from '../reload/execute-plan.ts';
import type { Interruption } from '../reload/interruption.ts';
import { Session } from '../reload/session.ts';
import { describeTarget, type Target } from '../reload/target.ts';
import type { Renderer } from '../terminal/renderer.ts';

/** What a check is carried out with. */
export interface CheckParts {
  readonly os: Os;
  readonly renderer: Renderer;
  readonly interruption: Interruption;
}

/** Boots the code of a target aside and shows how it ends; exit 10 when it does not load. Nothing that runs is touched. */
export async function executeCheck(
  { os, renderer, interruption }: CheckParts,
  target: Target,
  check: CodeCheck,
  { began, version }: { readonly began: number; readonly version: string | undefined },
): Promise<ExitCode> {
  const session = new Session(
    {
      os,
      supervisor: undefined,
      supervisorName: undefined,
      program: undefined,
      sink: (event) => {
        renderer.handle(event);
      },
      interruption,
      preflightContext: check.context,
      log: undefined,
      rights: check.context.rights,
      hasControlSocket: check.canary?.hasControlSocket ?? false,
      serverType: check.canary?.server,
      healthHeaders: check.canary?.healthHeaders,
    },
    0,
  );
  const plan: Plan = {
    action: 'check',
    strategy: undefined,
    target: describeTarget(target),
    serverType: check.serverType,
    version,
    procs: [],
    workersAfter: undefined,
    notes: [],
    steps: [check.step],
    undo: [],
    onFailure: [],
  };
  session.emit({ event: 'plan', plan });
  const { outcome, failure } = await executePlan(session, plan);
  const exitCode =
    outcome === 'done'
      ? EXIT.ok
      : outcome === 'interrupted'
        ? interruption.signal === 'SIGTERM'
          ? EXIT.terminated
          : EXIT.interrupted
        : EXIT.refused;
  session.emit({
    event: 'result',
    outcome: exitCode === EXIT.refused ? 'refused' : outcome,
    exitCode,
    action: 'check',
    strategy: undefined,
    target: target.label,
    elapsedMs: Math.round(os.now() - began),
    refusal: undefined,
    failure,
    serving: undefined,
    killed: 0,
  });
  return exitCode;
}
