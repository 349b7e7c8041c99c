import { byKind, say, type MemberOf, type Said } from '../../base/by-kind.ts';
import { redactArgv } from '../../base/secrets/redact-command.ts';
import type { Limit, Role, Step } from '../../policy/plan.ts';
import { countOf, formatSpan } from '../text/quantities.ts';
import { shellWord, shown } from '../text/shown.ts';
import { askedWords, conditionDetails, conditionWords, effectWords } from './condition.ts';
import { atLimitWords, limitWords, type StepNumber } from './limit.ts';
import { processWords, signalWords } from './role.ts';

/** Finds the pid that plays a role at the moment; undefined when none does or it is not known. */
export type PidOf = (role: Role) => number | undefined;

/** One detail of a step: 'limit', 'at most 30 s: graceful_timeout'. */
export interface Detail {
  readonly label: 'runs' | 'in' | 'as' | 'with' | 'via' | 'until' | 'limit' | 'else' | 'file';
  readonly text: string;
}

/** What is said of a step. */
interface StepEntry<S extends Step> {
  /** In one line, short enough for a list at 60 columns where names allow. */
  readonly title: Said<S, string, [pidOf: PidOf]>;
  /** As something that is done rather than a fact; the title where it is left out. */
  readonly task?: Said<S, string>;
  /** What is seen when it has succeeded; left out where that is the step itself. */
  readonly observed?: (step: S) => string;
  /** What the title leaves out. */
  readonly details?: (step: S) => readonly Detail[];
}

type StepOf<K extends Step['do']> = MemberOf<Step, 'do', K>;

const commandLine = (argv: readonly string[]): string => redactArgv(argv).map(shellWord).join(' ');

const viaDetails = ({ via }: { readonly via: 'direct' | 'supervisor' }): readonly Detail[] =>
  via === 'supervisor' ? [{ label: 'via', text: 'the supervisor' }] : [];

const seen = ({ effect }: Pick<StepOf<'tell'>, 'effect'>): string => conditionWords(effect);

const untilSeen = (step: Pick<StepOf<'tell'>, 'effect'>): Detail => ({
  label: 'until',
  text: seen(step),
});

const STEPS: { readonly [K in Step['do']]: StepEntry<StepOf<K>> } = {
  preflight: {
    title: (step) => preflightWords(step),
    task: (step) => `see whether ${preflightWords(step)}`,
    details: preflightDetails,
  },
  'try-health': {
    title: 'the version that runs passes the health check',
    task: 'see whether the version that runs passes the health check',
    details: ({ urls, ...terms }) => [
      ...urls.map((url) => ({
        label: 'until' as const,
        text: conditionWords({ is: 'healthy', urls: [url], ...terms }),
      })),
      ...askedWords(terms),
    ],
  },
  signal: {
    title: ({ signal, to, effect }, pidOf) =>
      `${signalWords(signal)} → ${processWords(to, pidOf(to))}: ${effectWords(effect)}`,
    observed: seen,
    details: (step) => [...viaDetails(step), untilSeen(step)],
  },
  tell: {
    title: ({ what, effect }) => `${shown(what.shown, 60)}: ${effectWords(effect)}`,
    observed: seen,
    details: (step) => [
      step.what.by === 'command'
        ? { label: 'runs', text: commandLine(step.what.argv) }
        : { label: 'file', text: shown(step.what.path) },
      untilSeen(step),
    ],
  },
  'retire-workers': {
    title: ({ signal, count }) =>
      `${signalWords(signal)} → ${countOf(count, 'old worker')}: finish and go`,
    observed: seen,
    details: (step) => [untilSeen(step)],
  },
  scale: {
    title: (step) =>
      step.from === step.to
        ? `see that there are ${countOf(step.to, 'worker')}`
        : `${scalingWords(step)}: from ${step.from} to ${countOf(step.to, 'worker')}`,
    observed: ({ to }) => `the master has ${countOf(to, 'worker')}`,
    details: (step) => [
      ...viaDetails(step),
      {
        label: 'until',
        text:
          step.from === step.to
            ? 'the count is right; a TTOU or TTIN puts it right where a signal was lost'
            : 'each signal is seen to work before the next one',
      },
    ],
  },
  wait: {
    title: ({ until }) => conditionWords(until),
    task: ({ until }) => `wait until ${conditionWords(until)}`,
    details: ({ until }) => conditionDetails(until),
  },
  supervisor: {
    title: (step) => `the supervisor ${CALLS[step.call].does}${objectWords(step)}`,
    task: (step) => `have the supervisor ${CALLS[step.call].do}${objectWords(step)}`,
    observed: seen,
    details: (step) => [
      ...(step.alsoSend === undefined
        ? []
        : [
            {
              label: 'with',
              text: `${signalWords(step.alsoSend)} to the master, since the supervisor's signal does not end it`,
            } as const,
          ]),
      untilSeen(step),
    ],
  },
  'clear-leftovers': {
    title: 'nothing of the program is left behind',
    task: 'end whatever of the program is left behind',
    details: () => [{ label: 'via', text: 'TERM, then KILL' }],
  },
  hook: {
    title: ({ moment, argv }) => `run the ${moment} hook ${shown(argv[0] ?? '')}`,
    details: ({ argv }) => [{ label: 'runs', text: commandLine(argv) }],
  },
  'keep-file': {
    title: ({ path }) => `keep ${fileName(path)} under a second name`,
    details: ({ path, as }) => [{ label: 'file', text: `${shown(path)} as ${shown(as)}` }],
  },
  'restore-file': {
    title: ({ path }) => `give ${fileName(path)} its name back`,
    details: ({ path, from }) => [{ label: 'file', text: `${shown(from)} as ${shown(path)}` }],
  },
  'remove-pidfile': {
    title: ({ path }) => `remove the pid file ${fileName(path)}`,
    details: ({ path }) => [{ label: 'file', text: shown(path) }],
  },
};

const entryOf = (step: Step): StepEntry<Step> => STEPS[step.do] as StepEntry<Step>;

/** A step in one line: 'HUP → master 1234: change to the new code'. */
export const stepWords = (step: Step, pidOf: PidOf = () => undefined): string =>
  say(entryOf(step).title, step, pidOf);

/** A step as something that is done rather than a fact: 'wait until every old worker is gone'. */
export function taskWords(step: Step, pidOf?: PidOf): string {
  const { task } = entryOf(step);
  return task === undefined ? stepWords(step, pidOf) : say(task, step);
}

/** What is seen when the step has succeeded; undefined where that is the step itself. */
export const observedWords = (step: Step): string | undefined => entryOf(step).observed?.(step);

/** Everything about a step that its title leaves out. */
export function stepDetails(step: Step, numberOf: StepNumber): readonly Detail[] {
  const details = entryOf(step).details?.(step) ?? [];
  const limit = limitOf(step);
  if (limit === undefined) return details;
  // A trial start that fails leaves nothing to be carried on with.
  const atLimit = 'atLimit' in step ? step.atLimit : 'refuse';
  return [
    ...details,
    { label: 'limit', text: limitWords(limit, numberOf) },
    { label: 'else', text: atLimitWords(atLimit) },
  ];
}

/** How long a step may take; undefined for one that is done at once. */
export const limitOf = (step: Step): Limit | undefined =>
  'limit' in step ? step.limit : undefined;

const preflightWords = byKind<StepOf<'preflight'>, 'how', string>('how', {
  'check-config': 'the new code loads (gunicorn --check-config)',
  command: (step) => `the new version passes its check (${shown(step.shown ?? '', 60)})`,
  canary: ({ rehearse, hooks, health }) =>
    `the new code boots aside, on a private socket${
      health === undefined ? '' : ', and is healthy'
    }${
      rehearse === undefined
        ? ''
        : `, and takes ${rehearse.map(signalWords).join(', ')} (${(hooks ?? []).join(', ')})`
    }`,
});

function preflightDetails(step: StepOf<'preflight'>): readonly Detail[] {
  const details: Detail[] = [{ label: 'runs', text: commandLine(step.argv) }];
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
  if (step.health !== undefined) {
    details.push({
      label: 'until',
      text: conditionWords({ is: 'healthy', ...step.health }),
    });
    details.push(...askedWords(step.health));
  }
  return details;
}

function scalingWords({ by, from, to }: StepOf<'scale'>): string {
  const scaling = from < to ? by?.more : by?.fewer;
  if (scaling === undefined) return `${from < to ? 'TTIN' : 'TTOU'} → master`;
  return scaling.by === 'signal'
    ? `${signalWords(scaling.signal)} → master`
    : shown(scaling.shown, 60);
}

/** What is asked of the supervisor, and with what where that is not the program. */
const CALLS: Readonly<
  Record<
    StepOf<'supervisor'>['call'],
    Readonly<Record<'does' | 'do', string>> & { readonly object?: string }
  >
> = {
  startProcess: { does: 'starts', do: 'start' },
  stopProcess: { does: 'stops', do: 'stop' },
  startSuccessor: { does: 'starts', do: 'start', object: 'a successor' },
  promoteSuccessor: { does: 'promotes', do: 'promote', object: 'the successor' },
  stopSuccessor: { does: 'stops', do: 'stop', object: 'the successor' },
  holdSockets: { does: 'keeps', do: 'keep', object: 'the sockets open' },
};

function objectWords({ call, name }: StepOf<'supervisor'>): string {
  return ` ${CALLS[call].object ?? shown(nameOf(name))}`;
}

/** As people write it: a group of one program has the name of that program. */
function nameOf(name: string): string {
  const [group = name, process] = name.split(':');
  return group === process ? group : name;
}

function fileName(path: string): string {
  return shown(path.slice(path.lastIndexOf('/') + 1), 60);
}
