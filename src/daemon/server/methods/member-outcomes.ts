import { FAULT_CODES } from '../../../rpc/faults.ts';
import type { Member } from '../../groups/member.ts';
import { FaultError } from './fault-error.ts';

/** What came of one member, as the methods on groups list it. */
export interface MemberOutcome {
  readonly name: string;
  readonly group: string;
  /** A code of FAULT_CODES; that of SUCCESS when all is well. */
  readonly status: number;
  /** OK, or the text of the fault. */
  readonly description: string;
}

/** Acts on all members at once; the outcomes stand in the order in which they came about, as in supervisord. */
export async function actOnMembers(
  members: readonly Member[],
  act: (member: Member) => Promise<unknown>,
): Promise<readonly MemberOutcome[]> {
  const outcomes: MemberOutcome[] = [];
  await Promise.all(
    members.map(async (member) => {
      outcomes.push(await outcomeOf(member, act(member)));
    }),
  );
  return outcomes;
}

/** What came of `work` on a member; throws what is no fault. */
export async function outcomeOf(
  { program: { name, group } }: Member,
  work: Promise<unknown>,
): Promise<MemberOutcome> {
  try {
    await work;
    return { name, group, status: FAULT_CODES.SUCCESS, description: 'OK' };
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return { name, group, status: error.code, description: error.message };
  }
}
