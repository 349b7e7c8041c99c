import type { Limit, Role, Step } from '../../policy/plan.ts';
import type { Condition } from '../../policy/condition.ts';
import { countOf } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';
import { conditionWords } from './condition.ts';
import { processWords, signalWords } from './role.ts';

/** Finds the pid that plays a role at the moment; undefined when none does or it is not known. */
export type PidOf = (role: Role) => number | undefined;

/** A step in one line: 'HUP → master 1234: change to the new code'. Short enough for a list at 60 columns where names allow. */
export function stepWords(step: Step, pidOf: PidOf = () => undefined): string {
  switch (step.do) {
    case 'preflight':
      return step.how === 'check-config'
        ? 'the new code loads (gunicorn --check-config)'
        : step.how === 'command'
          ? `the new version passes its check (${shown(step.shown ?? '', 60)})`
          : 'the new code boots aside, on a private socket';
    case 'signal':
      return `${signalWords(step.signal)} → ${processWords(step.to, pidOf(step.to))}: ${effectWords(step.effect)}`;
    case 'tell':
      return `${shown(step.what.shown, 60)}: ${effectWords(step.effect)}`;
    case 'retire-workers':
      return `${signalWords(step.signal)} → ${countOf(step.count, 'old worker')}: finish and go`;
    case 'scale':
      if (step.from === step.to) return `see that there are ${countOf(step.to, 'worker')}`;
      return `${scalingWords(step)}: from ${step.from} to ${countOf(step.to, 'worker')}`;
    case 'wait':
      return conditionWords(step.until);
    case 'supervisor':
      return callWords(step);
    case 'clear-leftovers':
      return 'nothing of the program is left behind';
    case 'hook':
      return `run the ${step.moment} hook ${shown(step.argv[0] ?? '')}`;
    case 'keep-file':
      return `keep ${fileName(step.path)} under a second name`;
    case 'restore-file':
      return `give ${fileName(step.path)} its name back`;
    case 'remove-pidfile':
      return `remove the pid file ${fileName(step.path)}`;
  }
}

function scalingWords({ by, from, to }: Extract<Step, { do: 'scale' }>): string {
  const scaling = from < to ? by?.more : by?.fewer;
  if (scaling === undefined) return `${from < to ? 'TTIN' : 'TTOU'} → master`;
  return scaling.by === 'signal'
    ? `${signalWords(scaling.signal)} → master`
    : shown(scaling.shown, 60);
}

/** A step as something that is done rather than a fact: 'wait until every old worker is gone'. */
export function taskWords(step: Step, pidOf: PidOf = () => undefined): string {
  switch (step.do) {
    case 'wait':
      return `wait until ${conditionWords(step.until)}`;
    case 'preflight':
      return step.how === 'check-config'
        ? 'see whether the new code loads (gunicorn --check-config)'
        : step.how === 'command'
          ? `see whether the new version passes its check (${shown(step.shown ?? '', 60)})`
          : 'see whether the new code boots aside, on a private socket';
    case 'supervisor':
      return `have ${callWords(step).replace(/^(the supervisor) (start|stop|keep|promote)s/u, '$1 $2')}`;
    case 'clear-leftovers':
      return 'end whatever of the program is left behind';
    case 'signal':
    case 'tell':
    case 'retire-workers':
    case 'scale':
    case 'hook':
    case 'keep-file':
    case 'restore-file':
    case 'remove-pidfile':
      return stepWords(step, pidOf);
  }
}

function callWords(step: Extract<Step, { do: 'supervisor' }>): string {
  const name = shown(nameOf(step));
  switch (step.call) {
    case 'startProcess':
      return `the supervisor starts ${name}`;
    case 'stopProcess':
      return `the supervisor stops ${name}`;
    case 'startSuccessor':
      return 'the supervisor starts a successor';
    case 'promoteSuccessor':
      return 'the supervisor promotes the successor';
    case 'stopSuccessor':
      return 'the supervisor stops the successor';
    case 'holdSockets':
      return 'the supervisor keeps the sockets open';
  }
}

/** As people write it: a group of one program has the name of that program. */
function nameOf({ name }: { readonly name: string }): string {
  const [group = name, process] = name.split(':');
  return group === process ? group : name;
}

/** What a signal asks for, told by the effect that is waited for. */
export function effectWords(effect: Condition): string {
  switch (effect.is) {
    case 'bridge-appeared':
      return 'start a second master';
    case 'bridge-gone':
      return 'finish and go';
    case 'new-worker-appeared':
      return 'change to the new code';
    case 'workers-at-least':
      return 'one more worker';
    case 'old-workers-left':
      return 'let old workers finish and go';
    case 'reload-begun':
      return 'change to the new version';
    case 'workers-idle':
      return 'take nothing new';
    case 'told':
      return 'do it';
    case 'logs-reopened':
      return 'open the log files anew';
    case 'master-ended':
    case 'drained':
    case 'stopped':
    case 'nothing-left':
      return 'finish and stop';
    case 'bridge-ready':
    case 'bridge-steady':
    case 'code-read-anew':
      return 'read the code anew';
    case 'workers-complete':
    case 'retired-gone':
    case 'new-workers-ready':
    case 'workers-ready':
    case 'settled':
    case 'healthy':
    case 'serving':
    case 'took-over':
    case 'workers-steady':
    case 'successor-appeared':
    case 'successor-ready':
    case 'successor-steady':
    case 'successor-gone':
    case 'promoted':
    case 'old-instance-gone':
    case 'sockets-held':
      return `until ${conditionWords(effect)}`;
  }
}

/** What is seen when the step has succeeded; undefined where that is the step itself. */
export function observedWords(step: Step): string | undefined {
  switch (step.do) {
    case 'signal':
    case 'tell':
    case 'retire-workers':
    case 'supervisor':
      return conditionWords(step.effect);
    case 'scale':
      return `the master has ${countOf(step.to, 'worker')}`;
    case 'preflight':
    case 'wait':
    case 'clear-leftovers':
    case 'hook':
    case 'keep-file':
    case 'restore-file':
    case 'remove-pidfile':
      return undefined;
  }
}

/** How long a step may take; undefined for one that is done at once. */
export function limitOf(step: Step): Limit | undefined {
  switch (step.do) {
    case 'preflight':
    case 'signal':
    case 'tell':
    case 'retire-workers':
    case 'scale':
    case 'wait':
    case 'supervisor':
    case 'clear-leftovers':
    case 'hook':
      return step.limit;
    case 'keep-file':
    case 'restore-file':
    case 'remove-pidfile':
      return undefined;
  }
}

function fileName(path: string): string {
  return shown(path.slice(path.lastIndexOf('/') + 1), 60);
}
