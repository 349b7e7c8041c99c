import { expect } from 'vitest';
import type { LoadOptions, LoadSummary, RunningLoad } from '../../../rig/load.ts';
import type { Site } from '../../../rig/site.ts';
import { waitFor } from '../../../rig/wait-for.ts';

/** What the load is when a test does not say otherwise: enough to fall into every gap of 40 ms, little enough for many sites on two cores. */
const RATE_PER_SECOND = 25;

/** A load that a test watches. */
export interface WatchedLoad {
  /** Waits until everything that was sent before now has been answered and `count` more. */
  waitMore(count?: number): Promise<LoadSummary>;
  /** Ends it; throws an assertion where a request failed. */
  stopWithoutFailure(): Promise<LoadSummary>;
  /**
   * Ends it; throws an assertion where more than a few connections were reset, or a request failed in any other way. For servers that
   * accept a connection and close it unread when they are told to go at that moment.
   */
  stopWithFewResets(): Promise<LoadSummary>;
  readonly running: RunningLoad;
}

/** As many as may meet the few milliseconds in which some old processes go, at {@link RATE_PER_SECOND} on a machine with other work. */
const FEW_RESETS = 5;

/** Starts a load on the site and waits for its first answer. */
export async function startWatchedLoad(
  site: Pick<Site, 'load'>,
  options: Partial<LoadOptions> = {},
): Promise<WatchedLoad> {
  const running = await site.load({ ratePerSecond: RATE_PER_SECOND, ...options });
  await running.waitFirst();
  const waitMore = async (count = 10): Promise<LoadSummary> => {
    const { ok, failed, inFlight } = await running.snapshot();
    const wanted = ok + failed + inFlight + count;
    return waitFor(
      `${count} more answers`,
      async () => {
        const seen = await running.snapshot();
        return seen.ok + seen.failed >= wanted ? seen : undefined;
      },
      { ceilingMs: 60_000 },
    );
  };
  return {
    running,
    waitMore,
    stopWithoutFailure: async () => {
      const summary = await running.stop();
      expectNoFailure(summary);
      return summary;
    },
    stopWithFewResets: async () => {
      const summary = await running.stop();
      const { failed, reset, errors, inFlight } = summary;
      expect({ other: failed - reset, inFlight }, errors.join('\n')).toEqual({
        other: 0,
        inFlight: 0,
      });
      expect(reset, errors.join('\n')).toBeLessThanOrEqual(FEW_RESETS);
      return summary;
    },
  };
}

/** Not one request failed, in whatever way. */
function expectNoFailure(summary: LoadSummary): void {
  const { failed, errors, inFlight } = summary;
  expect({ failed, errors, inFlight }).toEqual({ failed: 0, errors: [], inFlight: 0 });
  expect(summary.ok).toBe(summary.sent);
}

/** The figures of a load in one line, for the report of a test. */
export function describeLoad(summary: LoadSummary): string {
  const { sent, skipped, failed, maxMs, p99Ms, maxLagMs, staleConnections } = summary;
  const unsent = skipped === 0 ? '' : ` (${skipped} not sent, the machine was too slow)`;
  return `${sent} requests${unsent}, ${failed} failed, longest wait ${maxMs} ms (99 %: ${p99Ms} ms, generator late by ${maxLagMs} ms), ${staleConnections} stale connections`;
}
