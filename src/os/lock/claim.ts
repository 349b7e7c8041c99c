import { printable } from '../../base/printable.ts';

/** What the holder of a lock says about itself. Nobody has to believe it. */
export interface LockClaim {
  readonly pid: number;
  readonly uid: number;
  readonly user: string | undefined;
  readonly purpose: string;
  readonly sinceEpochMs: number;
  /** The start of the process, in the units of ProcId; only where a lock outlives its holder. */
  readonly startTicks: number | undefined;
}

/** The most that is read of a claim. */
export const MAX_CLAIM_BYTES = 4096;

const MAX_PURPOSE_CHARACTERS = 200;

/** One line of JSON. */
export function formatClaim(claim: LockClaim): string {
  const { pid, uid, user, purpose, sinceEpochMs, startTicks } = claim;
  const bounded = printable(purpose, MAX_PURPOSE_CHARACTERS);
  return `${JSON.stringify({ pid, uid, user, purpose: bounded, since: sinceEpochMs, start: startTicks })}\n`;
}

/** Reads a claim that anybody may have written: bounded, free of control characters; undefined when it is no claim. */
export function parseClaim(text: string): LockClaim | undefined {
  const fields = parseObject(text);
  if (fields === undefined) return undefined;
  const { pid, uid, user, purpose, since, start } = fields;
  if (!isCount(pid) || pid < 1 || !isCount(uid) || typeof purpose !== 'string') return undefined;
  if (typeof since !== 'number' || !Number.isFinite(since)) return undefined;
  return {
    pid,
    uid,
    user: typeof user === 'string' ? printable(user, 64) : undefined,
    purpose: printable(purpose, MAX_PURPOSE_CHARACTERS),
    sinceEpochMs: since,
    startTicks: isCount(start) ? start : undefined,
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // Not JSON: whoever holds the lock is no reloadctl.
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
