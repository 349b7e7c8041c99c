import type { Program } from '../../config/program.ts';
import { PROCESS_STATES } from '../../rpc/shapes.ts';
import type { ProcessMemory } from '../process/process-memory.ts';
import { isRecord, textOf } from './json-readers.ts';

/** A process that did not run when an earlier daemon wrote its state: stopped, waiting for its next try, given up. */
export interface RestingProcess {
  readonly group: string;
  readonly name: string;
  readonly kind: Program['kind'];
  /** Stands for its configuration. */
  readonly fingerprint: string;
  readonly logs: { readonly stdout: string | undefined; readonly stderr: string | undefined };
  readonly memory: ProcessMemory;
}

const STATES: ReadonlySet<unknown> = new Set(PROCESS_STATES);

/** The resting processes among what was written. */
export function parseResting(entries: unknown): readonly RestingProcess[] {
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    if (!isRecord(entry) || !isRecord(entry.logs)) return [];
    const { group, name, kind, fingerprint, logs } = entry;
    const memory = parseMemory(entry.memory);
    if (typeof group !== 'string' || typeof name !== 'string' || memory === undefined) return [];
    if (kind !== 'program' && kind !== 'eventlistener' && kind !== 'fcgi-program') return [];
    return [
      {
        group,
        name,
        kind,
        memory,
        fingerprint: typeof fingerprint === 'string' ? fingerprint : '',
        logs: { stdout: textOf(logs.stdout), stderr: textOf(logs.stderr) },
      },
    ];
  });
}

/** Undefined for what is no memory. */
export function parseMemory(value: unknown): ProcessMemory | undefined {
  if (!isRecord(value) || !STATES.has(value.state)) return undefined;
  const { dueEpochMs, spawnError } = value;
  return {
    state: value.state as ProcessMemory['state'],
    failures: countOf(value.failures),
    briefRuns: countOf(value.briefRuns),
    retries: value.retries === true,
    dueEpochMs: typeof dueEpochMs === 'number' ? dueEpochMs : undefined,
    startedEpochMs: countOf(value.startedEpochMs),
    stoppedEpochMs: countOf(value.stoppedEpochMs),
    spawnError: typeof spawnError === 'string' ? spawnError : '',
    exitStatus: typeof value.exitStatus === 'number' ? value.exitStatus : 0,
  };
}

function countOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}
