import type { ExitCode } from '../../base/errors.ts';
import type { TargetEnd } from '../several.ts';

/** What puts another release into service. */
export type DeployAction = 'deploy' | 'rollback';

/** What happens beside the actions on each program. Paths are as they are told to people. */
export type DeployEvent =
  | {
      readonly event: 'deploy-started';
      readonly action: DeployAction;
      readonly link: string;
      readonly from: string;
      readonly to: string;
      readonly programs: readonly string[];
    }
  /** An earlier deployment by this link did not come to its end. */
  | {
      readonly event: 'cut-short';
      readonly link: string;
      readonly from: string;
      readonly to: string;
      readonly user: string;
      readonly startedEpochMs: number;
    }
  /** Its code cannot be booted aside. */
  | { readonly event: 'not-proved'; readonly target: string }
  /** It was stopped by somebody and stays so: its next start is of the new release. */
  | { readonly event: 'left-stopped'; readonly target: string }
  | {
      readonly event: 'link-moved';
      readonly link: string;
      readonly leadsTo: string;
      readonly isBack: boolean;
    }
  /** Where the link leads could not be changed; `reason` is a clause. */
  | { readonly event: 'link-stuck'; readonly link: string; readonly reason: string }
  /** Processes that still work in the release before, though their reload was told to be done. */
  | { readonly event: 'still-old'; readonly target: string; readonly pids: readonly number[] };

/** How a deployment ended. */
export interface DeployResult {
  readonly action: DeployAction;
  /**
   * 'refused': the release before serves as it did. 'restored': it serves again, and requests may have been lost. 'broken': not all
   * of it could be put back.
   */
  readonly outcome: 'done' | 'done-with-kill' | 'refused' | 'restored' | 'broken' | 'interrupted';
  readonly exitCode: ExitCode;
  readonly link: string;
  readonly from: string;
  readonly to: string;
  readonly elapsedMs: number;
  /** In the order of their turns; empty where nothing was told of the release. */
  readonly targets: readonly TargetEnd[];
}
