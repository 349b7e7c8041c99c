import type { GroupChanges } from '../../config/changes/group-changes.ts';

/** What a person should know about what is shown of a change. */
export type ChangeRemark =
  /** The supervisor says that the group has changed, and nothing that can be compared differs. */
  | 'nothing-seen'
  /** The supervisor does not tell how its programs are configured: getAllConfigInfo fails. */
  | 'not-told'
  /** Some options are neither told by the supervisor nor remembered. */
  | 'untold'
  /** What was set in the environment of a process that does not run, or not here, is not known. */
  | 'environment-unseen';

/** A group that differs between what is active and what the configuration says. */
export interface GroupUpdate {
  readonly group: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** With 'changed'. */
  readonly changes: GroupChanges | undefined;
  /** The processes that run and will be stopped or started anew. */
  readonly touched: readonly string[];
  /** Those of them whose listening sockets the supervisor holds: a second instance takes the place of the first. */
  readonly overlapping: readonly string[];
  readonly remarks: readonly ChangeRemark[];
}
