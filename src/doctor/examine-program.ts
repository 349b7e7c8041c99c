import type { Finding } from './finding.ts';
import { findAutorestart, findDaemonized, findMissingFiles, findWrapper } from './rules/command.ts';
import { findGunicornTroubles } from './rules/gunicorn.ts';
import { findLiveTroubles } from './rules/live.ts';
import { findSharedPort } from './rules/numprocs.ts';
import { findGroupStop, findStopSignal, findStopWait } from './rules/stopping.ts';
import type { ProgramRule, ProgramSubject } from './subject.ts';

const RULES: readonly ProgramRule[] = [
  findMissingFiles,
  findDaemonized,
  findWrapper,
  findStopWait,
  findStopSignal,
  findGroupStop,
  findSharedPort,
  findAutorestart,
  findGunicornTroubles,
  findLiveTroubles,
];

/** Everything that will hurt about one program. */
export function examineProgram(subject: ProgramSubject): readonly Finding[] {
  return RULES.flatMap((rule) => rule(subject));
}
