import { EXIT } from '../../base/errors.ts';
import type { StateDirectory } from '../../os/state-files.ts';
import { appendHistory, type DeployEntry } from '../journal.ts';
import { readHistory } from '../read-history.ts';
import type { DeployResult } from './deploy-events.ts';

/** A deployment that has ended, and what is told of it beside. */
interface Ended {
  readonly result: DeployResult;
  readonly programs: readonly string[];
  readonly startedEpochMs: number;
  readonly user: string;
  /** What the release calls itself. */
  readonly revision: string | undefined;
}

/** Adds it to the history, once for each program. */
export async function recordDeploy(
  state: StateDirectory | undefined,
  { result, programs, startedEpochMs, user, revision }: Ended,
): Promise<void> {
  const { action, outcome, exitCode, elapsedMs, link, from, to } = result;
  for (const program of programs) {
    const entry: DeployEntry = {
      program,
      action,
      outcome,
      exitCode,
      startedEpochMs,
      elapsedMs,
      user,
      link,
      from,
      to,
      ...(revision === undefined ? {} : { revision }),
    };
    await appendHistory(state, entry);
  }
}

/** The release that was in service by the link before `now` was put there. */
export async function findPrevious(
  state: StateDirectory | undefined,
  link: string,
  now: string,
): Promise<string | undefined> {
  const entries = await readHistory(state, undefined);
  const brought = entries.findLast(
    (entry): entry is DeployEntry =>
      'link' in entry &&
      entry.link === link &&
      entry.to === now &&
      entry.from !== now &&
      (entry.exitCode === EXIT.ok || entry.exitCode === EXIT.killed),
  );
  return brought?.from;
}
