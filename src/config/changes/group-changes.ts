import type { OptionChange } from './compare-options.ts';

/** What becomes of one process of a changed group. */
export interface MemberChange {
  readonly name: string;
  /** 'same': nothing of it has changed, but it may have to be started anew with its group. */
  readonly change: 'added' | 'removed' | 'changed' | 'same';
  /** With 'changed'. */
  readonly options: readonly OptionChange[];
  /** Whether it runs and has to be started anew. */
  readonly restart: boolean;
}

/** What a new configuration changes in an active group. */
export interface GroupChanges {
  readonly group: string;
  /** Options of the group itself. */
  readonly options: readonly OptionChange[];
  readonly members: readonly MemberChange[];
  /** Whether the supervisor can only stop the group and take it up anew. */
  readonly replace: boolean;
}
