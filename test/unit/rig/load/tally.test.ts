import { expect, test } from 'vitest';
import { percentile, Tally } from '../../../rig/load/tally.ts';

test.for([
  { percent: 50, of: [], is: 0 },
  { percent: 50, of: [7], is: 7 },
  { percent: 50, of: [1, 2, 3, 4], is: 2 },
  { percent: 99, of: Array.from({ length: 100 }, (_, index) => index + 1), is: 99 },
  { percent: 100, of: [1, 2, 3], is: 3 },
])('the $percent th percentile of $of.length numbers is $is', ({ percent, of, is }) => {
  expect(percentile(of, percent)).toBe(is);
});

test('latency counts from the moment for which a request was scheduled', () => {
  const tally = new Tally(0);
  tally.send(100, 130);
  tally.finish(100, 150, { kind: 'ok', version: 'v1' });
  expect(tally.summarize(200)).toMatchObject({
    maxMs: 50,
    p50Ms: 50,
    maxLagMs: 30,
    durationMs: 200,
  });
});

test('each request is ok, failed or in flight, and versions and failures have their times', () => {
  const tally = new Tally(1_700_000_000_000);
  const outcomes = [
    { kind: 'ok', version: 'v1' },
    { kind: 'refused', detail: 'connect ECONNREFUSED' },
    { kind: 'status5xx', detail: 'status 502' },
    { kind: 'ok', version: 'v2' },
    { kind: 'ok', version: 'v2' },
  ] as const;
  outcomes.forEach((outcome, index) => {
    tally.send(index * 10, index * 10);
    // Those that fail take longer.
    const tookMs = outcome.kind === 'ok' ? 1 : 5;
    tally.finish(index * 10, index * 10 + tookMs, outcome);
  });
  tally.send(60, 60);
  tally.retryStale();
  tally.skip();

  expect(tally.summarize(70)).toEqual({
    sent: 6,
    inFlight: 1,
    skipped: 1,
    ok: 3,
    failed: 2,
    refused: 1,
    reset: 0,
    timeout: 0,
    status4xx: 0,
    status5xx: 1,
    other: 0,
    staleConnections: 1,
    p50Ms: 1,
    p99Ms: 1,
    maxMs: 1,
    longestMs: 5,
    maxLagMs: 0,
    longestGapMs: 30,
    durationMs: 70,
    startedAtEpochMs: 1_700_000_000_000,
    versions: {
      v1: { count: 1, firstAtMs: 1, lastAtMs: 1 },
      v2: { count: 2, firstAtMs: 31, lastAtMs: 41 },
    },
    failures: { firstAtMs: 15, lastAtMs: 25 },
    errors: ['at 15 ms: refused: connect ECONNREFUSED', 'at 25 ms: status5xx: status 502'],
  });
});
