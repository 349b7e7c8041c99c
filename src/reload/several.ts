import { EXIT, type ExitCode } from '../base/errors.ts';
import { traitsOf, type Action } from '../policy/actions.ts';
import type { Outcome } from './events.ts';

/** What became of one of several targets. */
export interface TargetEnd {
  readonly target: string;
  /**
   * 'error': it could not even be asked about. 'not-begun': another failed before its turn came. 'skipped': it is one of 'group:*' or 'all' and
   * does not run, so there is nothing to be reloaded.
   */
  readonly outcome: Outcome | 'error' | 'not-begun' | 'skipped';
  /** Undefined where nothing was tried. */
  readonly exitCode: ExitCode | undefined;
}

/** How an action on several targets went. */
export interface Several {
  readonly action: Action;
  /** In the order of their turns. */
  readonly targets: readonly TargetEnd[];
  readonly exitCode: ExitCode;
  readonly elapsedMs: number;
}

/** Whether the others may go on after this one. */
export function mayGoOn(exitCode: ExitCode): boolean {
  return exitCode === EXIT.ok || exitCode === EXIT.killed;
}

/**
 * Whether the others are begun all the same after one that failed, and the last failure decides the
 * exit code: scripts know both from supervisorctl. With reload, what still serves is left alone.
 */
export function goesOnAfterFailure(action: Action): boolean {
  return traitsOf(action).isOfSupervisor === true;
}

/** What a pipeline has to hear of first. */
const BY_WEIGHT: readonly ExitCode[] = [
  EXIT.down,
  EXIT.interrupted,
  EXIT.terminated,
  EXIT.failed,
  EXIT.refused,
  EXIT.busy,
];

/**
 * The exit code for all of them: the gravest, or the last where {@link goesOnAfterFailure}; a failure whatever else was done, a KILL where
 * nothing failed.
 */
export function exitCodeOf(action: Action, codes: readonly ExitCode[]): ExitCode {
  const failures = codes.filter((code) => !mayGoOn(code));
  const [first] = failures;
  const last = failures.at(-1);
  if (last !== undefined && goesOnAfterFailure(action)) return last;
  if (first !== undefined) return BY_WEIGHT.find((code) => failures.includes(code)) ?? first;
  return codes.includes(EXIT.killed) ? EXIT.killed : EXIT.ok;
}
