import { setTimeout as sleep } from 'node:timers/promises';

/** How long {@link waitFor} waits, how often it looks, and what its error shows. */
export interface WaitOptions {
  /** Milliseconds; 30,000 when not given: it is only ever reached by what is broken, and machines are slow at times. */
  readonly ceilingMs?: number;
  /** Milliseconds between two looks; 20 when not given. */
  readonly everyMs?: number;
  /** What the error shows of the last look, when the condition's own value says nothing. */
  readonly observe?: () => unknown;
}

/**
 * Looks until `condition` gives something other than undefined, and resolves with it. At the ceiling it throws an error that says
 * what was waited for, for how long, and what was seen last. What `condition` throws counts as not yet, and is shown.
 */
export async function waitFor<T>(
  description: string,
  condition: () => T | undefined | Promise<T | undefined>,
  { ceilingMs = 30_000, everyMs = 20, observe }: WaitOptions = {},
): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    let seen: unknown;
    try {
      const value = await condition();
      if (value !== undefined) return value;
    } catch (error) {
      seen = error instanceof Error ? error.message : error;
    }
    if (performance.now() - startedAt >= ceilingMs) {
      const last = seen ?? observe?.();
      const shown = last === undefined ? '' : `; last seen: ${show(last)}`;
      throw new Error(`waited ${ceilingMs} ms for ${description}${shown}`);
    }
    await sleep(everyMs);
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
