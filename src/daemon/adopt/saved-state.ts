import type { Pid, ProcId } from '../../os/proc.ts';
import type { ProcessRecord } from '../process/managed-process.ts';

/** A living process as the next daemon has to know it: also how to stop it, should it not be wanted any more. */
export interface SavedProcess extends ProcessRecord {
  readonly group: string;
  readonly name: string;
  readonly kind: 'program' | 'eventlistener' | 'fcgi-program';
  /** The log files, to go on with those whose names the supervisor chose. */
  readonly logs: { readonly stdout: string | undefined; readonly stderr: string | undefined };
  /** Stands for the configuration with which it was started. */
  readonly fingerprint: string;
  readonly stop: {
    readonly signalNumber: number;
    readonly waitSecs: number;
    readonly asGroup: boolean;
    readonly killAsGroup: boolean;
  };
}

/** The text of a state. `bootId` tells the numbers of this boot of the machine from those of another (random/boot_id of proc(5)). */
export function serializeState(bootId: string, processes: readonly SavedProcess[]): string {
  return JSON.stringify({ version: 1, bootId, processes });
}

/** The processes of a state; none when it is of another boot, of another version or not what was written. */
export function parseState(text: string, bootId: string): readonly SavedProcess[] {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    return []; // Half of a file, or somebody's own: there is nothing in it that could be trusted.
  }
  if (!isRecord(state) || state.version !== 1 || state.bootId !== bootId) return [];
  if (!Array.isArray(state.processes)) return [];
  return state.processes.flatMap((entry: unknown) => {
    const process = parseProcess(entry);
    return process === undefined ? [] : [process];
  });
}

function parseProcess(entry: unknown): SavedProcess | undefined {
  if (!isRecord(entry) || !isRecord(entry.stop) || !isRecord(entry.logs)) return undefined;
  const { group, name, kind, state, startedEpochMs, fingerprint, stop, logs } = entry;
  const id = parseId(entry.id);
  if (id === undefined || typeof group !== 'string' || typeof name !== 'string') return undefined;
  if (kind !== 'program' && kind !== 'eventlistener' && kind !== 'fcgi-program') return undefined;
  if (state !== 'STARTING' && state !== 'RUNNING' && state !== 'STOPPING' && state !== 'UNKNOWN') {
    return undefined;
  }
  return {
    id,
    group,
    name,
    kind,
    state,
    startedEpochMs: typeof startedEpochMs === 'number' ? startedEpochMs : 0,
    fingerprint: typeof fingerprint === 'string' ? fingerprint : '',
    logs: { stdout: textOf(logs.stdout), stderr: textOf(logs.stderr) },
    stop: {
      signalNumber: typeof stop.signalNumber === 'number' ? stop.signalNumber : 15,
      waitSecs: typeof stop.waitSecs === 'number' ? stop.waitSecs : 10,
      asGroup: stop.asGroup === true,
      killAsGroup: stop.killAsGroup === true,
    },
  };
}

function parseId(value: unknown): ProcId | undefined {
  if (!isRecord(value)) return undefined;
  const { pid, startTicks } = value;
  if (!Number.isSafeInteger(pid) || !Number.isSafeInteger(startTicks)) return undefined;
  return Number(pid) > 1 ? { pid: Number(pid) as Pid, startTicks: Number(startTicks) } : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
