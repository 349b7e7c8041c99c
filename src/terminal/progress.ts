import type { Plan, Role, Step } from '../policy/plan.ts';
import type { EventBody, ReloadEvent, ServingNow, StepFailure } from '../reload/events.ts';

/** One kind of event, with its time. */
export type EventOf<K extends EventBody['event']> = Extract<ReloadEvent, { readonly event: K }>;

/** How far a step is. The action ended before the turn of a 'skipped' one, and in the middle of a 'stopped' one. */
type StepState = 'pending' | 'running' | 'done' | 'failed' | 'skipped' | 'stopped';

/** A step of the plan or of its undo section with what has become of it. */
export interface StepRow {
  readonly step: Step;
  readonly state: StepState;
  readonly startedAtMs: number | undefined;
  readonly elapsedMs: number | undefined;
  readonly failure: StepFailure | undefined;
}

/** Something beside the steps that a person should see, in the order in which it happened. */
export type Remark = EventOf<
  'lock-wait' | 'beside' | 'killed' | 'tidied' | 'interrupted' | 'master-lost' | 'signal'
>;

/** What is known of one action after some of its events. */
export interface Progress {
  readonly plan: Plan | undefined;
  readonly steps: readonly StepRow[];
  readonly undo: readonly StepRow[];
  readonly serving: ServingNow | undefined;
  readonly expected: number | undefined;
  /** The pid of the bridge, also after its end. */
  readonly bridgePid: number | undefined;
  /** The pid of the successor, also when it has taken its place. */
  readonly successorPid: number | undefined;
  /** The most workers of each kind that were seen, so that a bar can show how many are gone. */
  readonly most: { readonly old: number; readonly bridge: number };
  readonly remarks: readonly Remark[];
  readonly outputs: ReadonlyArray<EventOf<'output'>>;
  readonly result: EventOf<'result'> | undefined;
}

/** Before the first event of an action. */
export const NO_PROGRESS: Progress = {
  plan: undefined,
  steps: [],
  undo: [],
  serving: undefined,
  expected: undefined,
  bridgePid: undefined,
  successorPid: undefined,
  most: { old: 0, bridge: 0 },
  remarks: [],
  outputs: [],
  result: undefined,
};

/** The progress after one more event. Knows no clock: every time is the event's own. */
export function advance(progress: Progress, event: ReloadEvent): Progress {
  switch (event.event) {
    case 'plan':
      return { ...progress, plan: event.plan, steps: event.plan.steps.map(pendingRow) };
    case 'step-started':
      return updateRow(progress, event, {
        state: 'running',
        startedAtMs: event.atMs,
        elapsedMs: undefined,
        failure: undefined,
      });
    case 'step-done':
      return updateRow(progress, event, { state: 'done', elapsedMs: event.elapsedMs });
    case 'step-failed':
      return updateRow(progress, event, {
        state: 'failed',
        elapsedMs: event.elapsedMs,
        failure: event.failure,
      });
    case 'workers':
      return {
        ...progress,
        serving: event.now,
        expected: event.expected,
        bridgePid: event.now.bridge?.pid ?? progress.bridgePid,
        successorPid: event.now.successor?.pid ?? progress.successorPid,
        most: {
          old: Math.max(progress.most.old, event.now.old.total),
          bridge: Math.max(progress.most.bridge, event.now.bridge?.total ?? 0),
        },
      };
    case 'signal':
      // A signal that went out is told by its step.
      return event.outcome === 'sent' ? progress : remark(progress, event);
    case 'told':
      return progress; // Its step tells it.
    case 'lock-wait':
    case 'beside':
    case 'killed':
    case 'interrupted':
    case 'master-lost':
      return remark(progress, event);
    case 'tidied':
      return isToldByStep(progress, event) ? progress : remark(progress, event);
    case 'output':
      return { ...progress, outputs: [...progress.outputs, event] };
    case 'result':
      return {
        ...closeProgress(progress),
        result: event,
        serving: event.serving ?? progress.serving,
      };
  }
}

/** The progress when nothing more will happen. */
export function closeProgress(progress: Progress): Progress {
  return {
    ...progress,
    steps: progress.steps.map(closeRow),
    undo: progress.undo.map(closeRow),
  };
}

/** The step that failed and so decided the result; undefined when none did. */
export function failedRow(progress: Progress): StepRow | undefined {
  return progress.steps.findLast((row) => row.state === 'failed' && !isOnlyNoted(row));
}

/** Whether the plan goes on although the step has failed: what may fail, or what is to be cured. */
export function isOnlyNoted({
  step,
  failure,
}: {
  readonly step: Step;
  readonly failure?: StepFailure | undefined;
}): boolean {
  return ('atLimit' in step && step.atLimit === 'note') || failure?.why === 'sick';
}

/** The pid that plays `role` at the moment, as far as the events tell. */
export function pidOf(progress: Progress, role: Role): number | undefined {
  if (role === 'bridge') return progress.bridgePid ?? plannedPid(progress, role);
  if (role === 'successor') return progress.successorPid;
  if (role === 'master') return progress.serving?.masterPid ?? plannedPid(progress, role);
  return plannedPid(progress, role);
}

/** The number of a step as people see it; undefined for one that is not in the plan. */
export function numberOf(progress: Progress, id: Step['id']): number | undefined {
  const index = progress.steps.findIndex(({ step }) => step.id === id);
  return index === -1 ? undefined : index + 1;
}

/** Removing a pid file is a step of its own in many plans. */
function isToldByStep(progress: Progress, event: EventOf<'tidied'>): boolean {
  const rows = [...progress.steps, ...progress.undo];
  return (
    event.what === 'pidfile' &&
    rows.some(({ state, step }) => state === 'running' && step.do === 'remove-pidfile')
  );
}

function plannedPid(progress: Progress, role: Role): number | undefined {
  const procs = progress.plan?.procs ?? [];
  return procs.find((proc) => proc.role === role)?.pid;
}

function pendingRow(step: Step): StepRow {
  return {
    step,
    state: 'pending',
    startedAtMs: undefined,
    elapsedMs: undefined,
    failure: undefined,
  };
}

function closeRow(row: StepRow): StepRow {
  if (row.state === 'pending') return { ...row, state: 'skipped' };
  return row.state === 'running' ? { ...row, state: 'stopped' } : row;
}

function remark(progress: Progress, event: Remark): Progress {
  return { ...progress, remarks: [...progress.remarks, event] };
}

function updateRow(
  progress: Progress,
  event: EventOf<'step-started' | 'step-done' | 'step-failed'>,
  change: Partial<StepRow>,
): Progress {
  const list = event.undoing ? 'undo' : 'steps';
  const rows = progress[list];
  const known = rows.some(({ step }) => step.id === event.step.id);
  const all = known ? rows : [...rows, pendingRow(event.step)];
  return {
    ...progress,
    [list]: all.map((row) => (row.step.id === event.step.id ? { ...row, ...change } : row)),
  };
}
