import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { traitsOf } from '../policy/actions.ts';
import type { ProcessState } from '../rpc/supervisor.ts';
import {
  exitCodeOf,
  goesOnAfterFailure,
  mayGoOn,
  type Several,
  type TargetEnd,
} from '../reload/several.ts';
import { takeTurns } from '../reload/take-turns.ts';
import type { Target } from '../reload/target.ts';
import type { Context } from './context.ts';
import type { FoundTarget } from './resolve-targets.ts';
import { runOne, type RunOn } from './run-one.ts';
import { tellError, tellSeveral } from './tell-several.ts';

/** In these nobody wants the program to run, or it has done its work. What was given up (FATAL) is a failure. */
const ASLEEP: ReadonlySet<ProcessState> = new Set<ProcessState>(['STOPPED', 'EXITED']);

/**
 * Carries the action out on several targets in their order, `atOnce` at a time. After the first that does not succeed no other is begun
 * (but for {@link goesOnAfterFailure}); those that run then go on to their end. Tells at the end what was and what was not done.
 */
export async function runSeveral(
  context: Context,
  on: RunOn,
  found: readonly FoundTarget[],
  atOnce: number,
): Promise<ExitCode> {
  const startedAt = on.os.now();
  const ends = new Map<FoundTarget, TargetEnd>();
  const end = (each: FoundTarget, outcome: TargetEnd['outcome'], exitCode?: ExitCode): void => {
    ends.set(each, { target: each.target.label, outcome, exitCode });
  };
  const workOn = async (each: FoundTarget): Promise<boolean> => {
    const { label } = each.target;
    const renderer = await context.openRenderer({ target: label, atOnce });
    try {
      const { outcome, exitCode } = await runOne(on, each.target, renderer);
      end(each, outcome, exitCode);
      return mayGoOn(exitCode) || goesOnAfterFailure(on.action);
    } catch (error) {
      if (!(error instanceof ReloadctlError)) throw error;
      renderer.finish();
      await tellError(context, error, label);
      end(each, 'error', error.exitCode);
      return false;
    } finally {
      renderer.finish();
    }
  };
  await takeTurns(found, {
    atOnce,
    keyOf: ({ target }) => understudyKey(on, target),
    work: async (each) => {
      if (on.interruption.orderly.aborted) return false;
      if (!isAsleep(on, each)) return workOn(each);
      end(each, 'skipped');
      return true;
    },
  });
  const targets = found.map((each) => ends.get(each) ?? notBegun(each));
  const several: Several = {
    action: on.action,
    targets,
    exitCode: exitCodeFor(on, targets),
    elapsedMs: Math.round(on.os.now() - startedAt),
  };
  await tellSeveral(context, several);
  return several.exitCode;
}

const notBegun = ({ target }: FoundTarget): TargetEnd => ({
  target: target.label,
  outcome: 'not-begun',
  exitCode: undefined,
});

/** Who does not run has nothing that could be reloaded; who was named alone is told so by the refusal. */
function isAsleep({ action }: RunOn, { amongOthers }: FoundTarget): boolean {
  const { needsRunning } = traitsOf(action);
  return needsRunning === true && amongOthers !== undefined && ASLEEP.has(amongOthers);
}

/** The processes of one section with numprocs stand in for each other: one is away only while the others are there. */
function understudyKey({ action }: RunOn, target: Target): string | undefined {
  if (traitsOf(action).isOfSupervisor === true) return undefined;
  if (target.kind !== 'supervised' || target.program === undefined) return undefined;
  const { numprocs, group, section } = target.program;
  return numprocs > 1 ? `${group}:${section}` : undefined;
}

function exitCodeFor({ action, interruption }: RunOn, targets: readonly TargetEnd[]): ExitCode {
  const codes = targets.flatMap(({ exitCode }) => (exitCode === undefined ? [] : [exitCode]));
  if (interruption.orderly.aborted && targets.some(({ outcome }) => outcome === 'not-begun')) {
    codes.push(interruption.signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted);
  }
  // There was nothing to be done, which is not what was meant.
  if (codes.length === 0) return EXIT.notRunningOnAction;
  return exitCodeOf(action, codes);
}
