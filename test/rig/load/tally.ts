/** What became of one request. */
export type Outcome =
  | { readonly kind: 'ok'; readonly version: string }
  | { readonly kind: FailureKind; readonly detail: string };

/** The ways in which a request fails; docs of {@link LoadSummary} say what each is. */
export type FailureKind = 'refused' | 'reset' | 'timeout' | 'status4xx' | 'status5xx' | 'other';

/** When something was first and last seen, milliseconds after the load started. */
export interface Span {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** What the load generator saw. Times are milliseconds; every moment (…AtMs) counts from the start of the load. */
export interface LoadSummary {
  /** Requests that were sent; each is in `ok`, in `failed` or in `inFlight`. */
  readonly sent: number;
  readonly inFlight: number;
  /** Requests that were due and not sent, since too many were in flight (mostInFlight). */
  readonly skipped: number;
  /** Complete answers with a status below 400. */
  readonly ok: number;
  /** The sum of the following six. */
  readonly failed: number;
  /** Nobody listened: ECONNREFUSED, no such socket, or the backlog of a unix socket was full. */
  readonly refused: number;
  /** The connection ended before the whole answer was there. */
  readonly reset: number;
  readonly timeout: number;
  readonly status4xx: number;
  readonly status5xx: number;
  readonly other: number;
  /**
   * Reused connections that the server had closed between two requests, noticed before any byte of the answer. A GET is then sent
   * again on a fresh connection, as HTTP clients do (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1). No failures.
   */
  readonly staleConnections: number;
  /** Latencies of the `ok` answers, from the moment for which the request was scheduled; 0 when there are none. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The longest time that a request took to its end, answered or failed, measured as the latencies are. */
  readonly longestMs: number;
  /** How late the generator itself sent at worst: the part of `maxMs` for which the machine may be to blame. */
  readonly maxLagMs: number;
  /** The longest time from one good answer to the next: what a service that stalls shows even on a machine that is too slow for the load. */
  readonly longestGapMs: number;
  readonly durationMs: number;
  readonly startedAtEpochMs: number;
  /** By X-Version. */
  readonly versions: Readonly<Record<string, Span & { readonly count: number }>>;
  /** The time in which requests failed. */
  readonly failures: Span | undefined;
  /** The first failures in words. */
  readonly errors: readonly string[];
}

const ERRORS_KEPT = 10;

/** Counts outcomes into a {@link LoadSummary}. All moments are milliseconds after the start. */
export class Tally {
  readonly #startedAtEpochMs: number;
  readonly #latenciesMs: number[] = [];
  readonly #failed: Record<FailureKind, number> = {
    refused: 0,
    reset: 0,
    timeout: 0,
    status4xx: 0,
    status5xx: 0,
    other: 0,
  };
  readonly #versions = new Map<string, Span & { readonly count: number }>();
  readonly #errors: string[] = [];
  #failures: Span | undefined;
  #sent = 0;
  #stale = 0;
  #skipped = 0;
  #lastOkMs: number | undefined;
  #longestGapMs = 0;
  #maxLagMs = 0;
  #longestMs = 0;

  constructor(startedAtEpochMs: number) {
    this.#startedAtEpochMs = startedAtEpochMs;
  }

  /** A request that was due at `dueMs` is sent at `nowMs`. */
  send(dueMs: number, nowMs: number): void {
    this.#sent += 1;
    this.#maxLagMs = Math.max(this.#maxLagMs, nowMs - dueMs);
  }

  /** A request that was due is not sent. */
  skip(): void {
    this.#skipped += 1;
  }

  /** A reused connection turned out to be closed; the request goes out again. */
  retryStale(): void {
    this.#stale += 1;
  }

  /** The request that was due at `dueMs` came to its end at `nowMs`. */
  finish(dueMs: number, nowMs: number, outcome: Outcome): void {
    this.#longestMs = Math.max(this.#longestMs, nowMs - dueMs);
    if (outcome.kind === 'ok') {
      this.#latenciesMs.push(nowMs - dueMs);
      this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - (this.#lastOkMs ?? nowMs));
      this.#lastOkMs = nowMs;
      const before = this.#versions.get(outcome.version);
      this.#versions.set(outcome.version, {
        count: (before?.count ?? 0) + 1,
        ...extend(before, nowMs),
      });
      return;
    }
    this.#failed[outcome.kind] += 1;
    this.#failures = extend(this.#failures, nowMs);
    if (this.#errors.length < ERRORS_KEPT) {
      this.#errors.push(`at ${Math.round(nowMs)} ms: ${outcome.kind}: ${outcome.detail}`);
    }
  }

  /** What was counted until `nowMs`. */
  summarize(nowMs: number): LoadSummary {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const ok = sorted.length;
    const failed = Object.values(this.#failed).reduce((sum, count) => sum + count, 0);
    return {
      sent: this.#sent,
      inFlight: this.#sent - ok - failed,
      skipped: this.#skipped,
      ok,
      failed,
      ...this.#failed,
      staleConnections: this.#stale,
      p50Ms: percentile(sorted, 50),
      p99Ms: percentile(sorted, 99),
      maxMs: round(sorted.at(-1) ?? 0),
      longestMs: round(this.#longestMs),
      maxLagMs: round(this.#maxLagMs),
      longestGapMs: round(this.#longestGapMs),
      durationMs: round(nowMs),
      startedAtEpochMs: this.#startedAtEpochMs,
      versions: Object.fromEntries(this.#versions),
      failures: this.#failures,
      errors: [...this.#errors],
    };
  }
}

/** The nearest-rank percentile of ascending numbers, 0 of none. */
export function percentile(ascending: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * ascending.length));
  return round(ascending[rank - 1] ?? 0);
}

function extend(span: Span | undefined, nowMs: number): Span {
  return { firstAtMs: span?.firstAtMs ?? round(nowMs), lastAtMs: round(nowMs) };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
