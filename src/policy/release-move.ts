import { gunicornOf, knownOf, type ReloadFacts } from './facts.ts';

/** The directories from and to which a reload goes; undefined where nobody knows. */
export interface ReleaseMove {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** What runs is in the directory of its master; what comes is in the one that its configuration leads to now. */
export function releaseMove(facts: ReloadFacts): ReleaseMove {
  const release = gunicornOf(facts)?.release;
  const place = release ?? knownOf(facts)?.place;
  const from = place?.masterCwd?.replace(/ \(deleted\)$/u, '');
  return { from, to: release?.chdirNow ?? place?.directoryNow ?? release?.pwdNow ?? from };
}
