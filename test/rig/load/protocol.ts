import type { Endpoint } from './client.ts';
import type { LoadSummary } from './tally.ts';

/** What the load generator is asked to do; every value but the last is given. */
export interface LoadPlan {
  readonly endpoint: Endpoint;
  readonly ratePerSecond: number;
  readonly keepAlive: boolean;
  /** With keepAlive: how many connections take turns. */
  readonly connections: number;
  readonly path: string;
  readonly timeoutMs: number;
  readonly mostInFlight?: number | undefined;
}

/** Messages to the load generator. */
export type ToChild = 'stop' | 'snapshot';

/** Messages from the load generator. 'first' follows the first good answer, 'final' is the last message. */
export type FromChild =
  | { readonly kind: 'started' }
  | { readonly kind: 'first' }
  | { readonly kind: 'snapshot'; readonly summary: LoadSummary }
  | { readonly kind: 'final'; readonly summary: LoadSummary };
