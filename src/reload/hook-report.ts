import { toJsonLine } from '../base/json.ts';
import type { ReleaseMove } from '../policy/release-move.ts';
import type { EventBody, Outcome, StepFailure } from './events.ts';

/** How an action ended. */
export interface Ended {
  readonly outcome: Outcome;
  readonly failure: StepFailure | undefined;
}

type Result = Extract<EventBody, { event: 'result' }>;

/** What is known of an action before its end. */
export type Begun = { readonly event: 'begun' } & Pick<
  Result,
  'action' | 'strategy' | 'target' | 'elapsedMs'
>;

/** What the command of a hook gets. */
export interface HookReport {
  readonly variables: Readonly<Record<string, string>>;
  /** For its standard input: one line of JSON, without secrets. */
  readonly document: string;
}

/** Tells a hook what is known. Variables are always there, and empty where it is not. */
export function reportToHook(known: Begun | Result, { from, to }: ReleaseMove): HookReport {
  const result = known.event === 'result' ? known : undefined;
  return {
    variables: {
      RELOADCTL_OUTCOME: result?.outcome ?? '',
      RELOADCTL_EXIT_CODE: result === undefined ? '' : String(result.exitCode),
      RELOADCTL_REASON: result?.refusal?.code ?? result?.failure?.why ?? '',
      RELOADCTL_STRATEGY: known.strategy ?? '',
      RELOADCTL_FROM: from ?? '',
      RELOADCTL_TO: to ?? '',
      RELOADCTL_DURATION_MS: String(known.elapsedMs),
    },
    document: toJsonLine(known),
  };
}
