import { EXIT, type ExitCode } from '../base/errors.ts';
import type { Refusal } from './plan.ts';

/** The exit code of an action that is not carried out. 10 promises that the old version still serves. */
export function exitOfRefusal(refusal: Refusal): ExitCode {
  switch (refusal.code) {
    case 'not-running':
      return EXIT.notRunningOnAction;
    case 'not-permitted':
    case 'no-supervisor':
      return EXIT.failed;
    case 'strategy-impossible':
      return EXIT.usage;
    case 'preloaded':
    case 'stale-release':
    case 'directory-gone':
    case 'relative-config':
    case 'held-modules':
    case 'bind-moves':
    case 'pre-exec-unproved':
    case 'settings-broken':
    case 'preflight-failed':
    case 'no-memory':
    case 'master-not-ready':
    case 'master-is-successor':
    case 'type-unknown':
    case 'not-offered':
    case 'type-mismatch':
    case 'upgrade-escapes':
    case 'no-log-files':
    case 'no-worker-left':
    case 'no-master':
    case 'settings-unknown':
    case 'bind-taken':
    case 'needs-downtime':
      return EXIT.refused;
  }
}
