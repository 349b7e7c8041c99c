import type { ProcId } from '../../os/proc.ts';
import { dueAt, type Machine } from './machine.ts';

/** What is known of a process beside its pid, as the next daemon has to know it. Moments are milliseconds of the wall clock, 0: never. */
export interface ProcessMemory {
  readonly state: Machine['state'];
  readonly failures: number;
  readonly briefRuns: number;
  /** BACKOFF: whether there is a try left. */
  readonly retries: boolean;
  /** BACKOFF: the next try; EXITED: the restart; STOPPING: the KILL. */
  readonly dueEpochMs: number | undefined;
  readonly startedEpochMs: number;
  readonly stoppedEpochMs: number;
  readonly spawnError: string;
  readonly exitStatus: number;
}

/** A process that lives, as the next daemon has to know it. */
export interface ProcessRecord {
  readonly id: ProcId;
  readonly state: 'STARTING' | 'RUNNING' | 'STOPPING' | 'UNKNOWN';
  readonly startedEpochMs: number;
}

/** The record of the process `id` in this state; undefined where there is, or should be, none. */
export function recordOf(
  state: Machine['state'],
  id: ProcId | undefined,
  { startedEpochMs }: Pick<ProcessMemory, 'startedEpochMs'>,
): ProcessRecord | undefined {
  const isThere =
    state === 'STARTING' || state === 'RUNNING' || state === 'STOPPING' || state === 'UNKNOWN';
  return id === undefined || !isThere ? undefined : { id, state, startedEpochMs };
}

/** The two clocks at one moment. */
export interface Moment {
  readonly nowMs: number;
  readonly epochMs: number;
}

/** The part of a memory that is the machine's. */
export function rememberMachine(
  machine: Machine,
  { nowMs, epochMs }: Moment,
): Pick<ProcessMemory, 'state' | 'failures' | 'briefRuns' | 'retries' | 'dueEpochMs'> {
  const { state, failures, briefRuns } = machine;
  const dueMs = dueAt(machine);
  return {
    state,
    failures,
    briefRuns,
    retries: machine.state === 'BACKOFF' && machine.retries,
    dueEpochMs: dueMs === undefined ? undefined : epochMs + dueMs - nowMs,
  };
}

/** The machine of a process of which there is none at the moment. */
export function recallResting(memory: ProcessMemory, moment: Moment): Machine {
  const { state, failures, briefRuns, retries } = memory;
  const counters = { failures, briefRuns };
  const dueMs = dueFrom(memory, moment);
  switch (state) {
    case 'STARTING': // It was only being made: made now.
      return { ...counters, state: 'BACKOFF', retries: true, dueAtMs: moment.nowMs };
    case 'BACKOFF':
      return { ...counters, state, retries, dueAtMs: dueMs ?? moment.nowMs };
    case 'EXITED':
      return { ...counters, state, restartAtMs: dueMs };
    case 'FATAL':
      return { ...counters, state };
    case 'STOPPED':
    case 'STOPPING':
    case 'RUNNING':
    case 'UNKNOWN':
      return { ...counters, state: 'STOPPED' };
  }
}

/** The machine of a process that runs. */
export function recallRunning(memory: ProcessMemory, sinceMs: number, moment: Moment): Machine {
  const { state, failures, briefRuns } = memory;
  const counters = { failures, briefRuns };
  switch (state) {
    case 'STARTING':
      return { ...counters, state, sinceMs };
    case 'STOPPING':
      return { ...counters, state, killAtMs: dueFrom(memory, moment) ?? moment.nowMs };
    case 'STOPPED':
    case 'BACKOFF':
    case 'EXITED':
    case 'FATAL':
    case 'RUNNING':
    case 'UNKNOWN': // Perhaps we may signal it.
      return { ...counters, failures: 0, state: 'RUNNING', sinceMs };
  }
}

function dueFrom({ dueEpochMs }: ProcessMemory, { nowMs, epochMs }: Moment): number | undefined {
  return dueEpochMs === undefined ? undefined : nowMs + dueEpochMs - epochMs;
}
