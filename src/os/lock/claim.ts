import { printable } from '../../base/printable.ts';

/** What the holder of a lock has written into its file. */
export interface LockClaim {
  readonly pid: number;
  readonly purpose: string;
  readonly sinceEpochMs: number;
  /** The start of the process, in the units of ProcId. */
  readonly startTicks: number;
  /** In which boot and which namespaces pid and start mean something. */
  readonly where: string;
}

/** The most that is read of a claim. */
export const MAX_CLAIM_BYTES = 4096;

const MAX_PURPOSE_CHARACTERS = 200;

/** One line of JSON. */
export function formatClaim({ pid, purpose, sinceEpochMs, startTicks, where }: LockClaim): string {
  const bounded = printable(purpose, MAX_PURPOSE_CHARACTERS);
  return `${JSON.stringify({ pid, start: startTicks, where, purpose: bounded, since: sinceEpochMs })}\n`;
}

/**
 * Reads a claim that anybody may have written: bounded, without control characters; else undefined.
 */
export function parseClaim(text: string): LockClaim | undefined {
  const fields = parseObject(text);
  if (fields === undefined) return undefined;
  const { pid, start, where, purpose, since } = fields;
  if (!isCount(pid) || pid < 1 || !isCount(start)) return undefined;
  if (typeof where !== 'string' || typeof purpose !== 'string') return undefined;
  if (typeof since !== 'number' || !Number.isFinite(since)) return undefined;
  return {
    pid,
    purpose: printable(purpose, MAX_PURPOSE_CHARACTERS),
    sinceEpochMs: since,
    startTicks: start,
    where: printable(where),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // Not JSON: no reloadctl has written it.
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
