import type { Program } from '../../config/program.ts';
import type { Pid, ProcId } from '../../os/proc.ts';
import {
  CONFIGURED_FILES,
  type InstanceFiles,
  type PrivateFile,
} from '../overlap/instance-files.ts';
import type { ProcessMemory, ProcessRecord } from '../process/process-memory.ts';
import type { KnownSocket } from '../sockets/socket-registry.ts';
import { isRecord, textOf } from './json-readers.ts';
import { parseMemory, parseResting, type RestingProcess } from './resting-process.ts';

/** A living process as the next daemon has to know it: also how to stop it, should it not be wanted any more. */
export interface SavedProcess extends ProcessRecord {
  readonly group: string;
  readonly name: string;
  readonly kind: 'program' | 'eventlistener' | 'fcgi-program';
  /** The process itself, a second instance that was not promoted yet, or one that was replaced and ends. */
  readonly role: 'main' | 'successor' | 'retiring';
  /** The log files, to go on with those whose names the supervisor chose. */
  readonly logs: { readonly stdout: string | undefined; readonly stderr: string | undefined };
  readonly memory: ProcessMemory;
  /** Stands for the configuration with which it was started. */
  readonly fingerprint: string;
  /** The listening sockets of the daemon that it has: '127.0.0.1:8000'. */
  readonly sockets: readonly string[];
  readonly files: InstanceFiles;
  readonly gracefulTimeoutS: number | undefined;
  /** It was replaced, has a time of its own to end, and has been told to: told again, some would cut off what they do. */
  readonly isTold?: true;
  readonly stop: {
    readonly signalNumber: number;
    readonly waitSecs: number;
    readonly asGroup: boolean;
    readonly killAsGroup: boolean;
  };
}

/** How a process of `program` is stopped that has so many seconds for it. */
export function stopOf(program: Program, waitSecs: number): SavedProcess['stop'] {
  return {
    signalNumber: program.stopsignalNumber,
    waitSecs,
    asGroup: program.stopasgroup,
    killAsGroup: program.killasgroup,
  };
}

/** What a daemon knows of its processes. */
export interface SavedState {
  /** Those that run. */
  readonly processes: readonly SavedProcess[];
  readonly resting: readonly RestingProcess[];
  /** The active groups, in the order of their activation. */
  readonly groups: readonly string[];
  /** The listening sockets of programs. */
  readonly sockets: readonly KnownSocket[];
}

/** Of a daemon that knows nothing. */
export const NO_STATE: SavedState = { processes: [], resting: [], groups: [], sockets: [] };

/** The text of a state. `bootId` tells the numbers of this boot of the machine from those of another (random/boot_id of proc(5)). */
export function serializeState(bootId: string, state: SavedState): string {
  return JSON.stringify({ version: 1, bootId, ...state });
}

/** What a text says; nothing when it is of another boot, of another version or not what was written. */
export function parseState(text: string, bootId: string): SavedState {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    return NO_STATE; // Half of a file, or somebody's own: there is nothing in it that could be trusted.
  }
  if (!isRecord(state) || state.version !== 1 || state.bootId !== bootId) return NO_STATE;
  if (!Array.isArray(state.processes)) return NO_STATE;
  const { groups, sockets } = state;
  return {
    processes: state.processes.flatMap((entry: unknown) => {
      const process = parseProcess(entry);
      return process === undefined ? [] : [process];
    }),
    resting: parseResting(state.resting),
    groups: Array.isArray(groups) ? groups.filter((name) => typeof name === 'string') : [],
    sockets: Array.isArray(sockets) ? sockets.flatMap(parseSocket) : [],
  };
}

function parseSocket(entry: unknown): readonly KnownSocket[] {
  if (!isRecord(entry)) return [];
  const { owner, key, address } = entry;
  const isWhole =
    typeof owner === 'string' && typeof key === 'string' && typeof address === 'string';
  return isWhole ? [{ owner, key, address }] : [];
}

function parseProcess(entry: unknown): SavedProcess | undefined {
  if (!isRecord(entry) || !isRecord(entry.stop) || !isRecord(entry.logs)) return undefined;
  const { group, name, kind, role, state, startedEpochMs, fingerprint, stop, logs } = entry;
  const { sockets, gracefulTimeoutS } = entry;
  const id = parseId(entry.id);
  if (id === undefined || typeof group !== 'string' || typeof name !== 'string') return undefined;
  if (kind !== 'program' && kind !== 'eventlistener' && kind !== 'fcgi-program') return undefined;
  if (state !== 'STARTING' && state !== 'RUNNING' && state !== 'STOPPING' && state !== 'UNKNOWN') {
    return undefined;
  }
  const since = typeof startedEpochMs === 'number' ? startedEpochMs : 0;
  return {
    id,
    group,
    name,
    kind,
    state,
    startedEpochMs: since,
    memory: parseMemory(entry.memory) ?? memoryOfNothing(state, since),
    fingerprint: typeof fingerprint === 'string' ? fingerprint : '',
    role: role === 'successor' || role === 'retiring' ? role : 'main',
    sockets: Array.isArray(sockets)
      ? sockets.filter((each): each is string => typeof each === 'string')
      : [],
    files: parseFiles(entry.files),
    gracefulTimeoutS: typeof gracefulTimeoutS === 'number' ? gracefulTimeoutS : undefined,
    logs: { stdout: textOf(logs.stdout), stderr: textOf(logs.stderr) },
    ...(entry.isTold === true ? { isTold: true } : {}),
    stop: {
      signalNumber: typeof stop.signalNumber === 'number' ? stop.signalNumber : 15,
      waitSecs: typeof stop.waitSecs === 'number' ? stop.waitSecs : 10,
      asGroup: stop.asGroup === true,
      killAsGroup: stop.killAsGroup === true,
    },
  };
}

/** The memory of a process of which only its state is known. */
export function memoryOfNothing(
  state: ProcessMemory['state'],
  startedEpochMs: number,
): ProcessMemory {
  return {
    state,
    failures: 0,
    briefRuns: 0,
    retries: false,
    dueEpochMs: undefined,
    startedEpochMs,
    stoppedEpochMs: 0,
    spawnError: '',
    exitStatus: 0,
  };
}

function parseFiles(value: unknown): InstanceFiles {
  if (!isRecord(value)) return CONFIGURED_FILES;
  return { pidFile: parseFile(value.pidFile), controlSocket: parseFile(value.controlSocket) };
}

function parseFile(value: unknown): PrivateFile | undefined {
  if (!isRecord(value)) return undefined;
  const { configured, own } = value;
  return typeof configured === 'string' && typeof own === 'string'
    ? { configured, own }
    : undefined;
}

function parseId(value: unknown): ProcId | undefined {
  if (!isRecord(value)) return undefined;
  const { pid, startTicks } = value;
  if (!Number.isSafeInteger(pid) || !Number.isSafeInteger(startTicks)) return undefined;
  return Number(pid) > 1 ? { pid: Number(pid) as Pid, startTicks: Number(startTicks) } : undefined;
}
