import type { Step } from '../../policy/plan.ts';
import { redactArgv } from '../../base/secrets/redact-command.ts';
import { formatSpan } from '../text/quantities.ts';
import { shellWord, shown } from '../text/shown.ts';
import { conditionWords } from './condition.ts';
import { signalWords } from './role.ts';
import { atLimitWords, limitWords, type StepNumber } from './limit.ts';
import { limitOf } from './step.ts';

/** One detail of a step: 'limit', 'at most 30 s: graceful_timeout'. */
export interface Detail {
  readonly label: 'runs' | 'in' | 'as' | 'with' | 'via' | 'until' | 'limit' | 'else' | 'file';
  readonly text: string;
}

/** Everything about a step that its title leaves out. */
export function stepDetails(step: Step, numberOf: StepNumber): readonly Detail[] {
  const details = ownDetails(step);
  const limit = limitOf(step);
  if (limit !== undefined) {
    details.push({ label: 'limit', text: limitWords(limit, numberOf) });
    // A trial start that fails leaves nothing to be carried on with.
    const atLimit = 'atLimit' in step ? step.atLimit : 'refuse';
    details.push({ label: 'else', text: atLimitWords(atLimit) });
  }
  return details;
}

function ownDetails(step: Step): Detail[] {
  switch (step.do) {
    case 'preflight':
      return preflightDetails(step);
    case 'signal':
      return [...viaDetails(step.via), { label: 'until', text: conditionWords(step.effect) }];
    case 'tell':
      return [
        step.what.by === 'command'
          ? { label: 'runs', text: redactArgv(step.what.argv).map(shellWord).join(' ') }
          : { label: 'file', text: shown(step.what.path) },
        { label: 'until', text: conditionWords(step.effect) },
      ];
    case 'supervisor':
      return [
        ...(step.alsoSend === undefined
          ? []
          : [
              {
                label: 'with',
                text: `${signalWords(step.alsoSend)} to the master, since the supervisor's signal does not end it`,
              } as const,
            ]),
        { label: 'until', text: conditionWords(step.effect) },
      ];
    case 'retire-workers':
      return [{ label: 'until', text: conditionWords(step.effect) }];
    case 'scale':
      return [
        ...viaDetails(step.via),
        {
          label: 'until',
          text:
            step.from === step.to
              ? 'the count is right; a TTOU or TTIN puts it right where a signal was lost'
              : 'each signal is seen to work before the next one',
        },
      ];
    case 'wait':
      if (step.until.is === 'old-instance-gone') return [{ label: 'via', text: RETIREMENT }];
      return step.until.is === 'healthy' && step.until.urls.length > 1
        ? step.until.urls.map((url) => ({ label: 'until', text: `${shown(url)} answers 2xx` }))
        : [];
    case 'clear-leftovers':
      return [{ label: 'via', text: 'TERM, then KILL' }];
    case 'hook':
      return [{ label: 'runs', text: redactArgv(step.argv).map(shellWord).join(' ') }];
    case 'keep-file':
      return [{ label: 'file', text: `${shown(step.path)} as ${shown(step.as)}` }];
    case 'restore-file':
      return [{ label: 'file', text: `${shown(step.from)} as ${shown(step.path)}` }];
    case 'remove-pidfile':
      return [{ label: 'file', text: shown(step.path) }];
  }
}

/** What the supervisor does meanwhile. */
const RETIREMENT =
  'TERM by the supervisor; KILL when stopwaitsecs and graceful_timeout are both over (exit 11)';

function preflightDetails(step: Extract<Step, { do: 'preflight' }>): Detail[] {
  const details: Detail[] = [
    { label: 'runs', text: redactArgv(step.argv).map(shellWord).join(' ') },
  ];
  if (step.cwd !== undefined) details.push({ label: 'in', text: shown(step.cwd) });
  if (step.user !== undefined) details.push({ label: 'as', text: `user ${shown(step.user)}` });
  details.push({
    label: 'with',
    text:
      step.environment === 'live-process'
        ? 'the environment of the running process'
        : 'the environment from the configuration',
  });
  details.push({
    label: 'until',
    text:
      step.how !== 'canary'
        ? 'it exits with 0'
        : `one worker is ready and steady for ${formatSpan(step.steadyMs)}`,
  });
  return details;
}

function viaDetails(via: 'direct' | 'supervisor'): Detail[] {
  return via === 'supervisor' ? [{ label: 'via', text: 'the supervisor' }] : [];
}
