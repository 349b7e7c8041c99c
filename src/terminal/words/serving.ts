import type { ServingNow, WorkerCount } from '../../reload/events.ts';
import { countOf } from '../text/quantities.ts';

/** What serves, as a clause: 'master 1234 with 4 old workers; bridge 1301 with 4 workers'. */
export function servingWords(now: ServingNow): string {
  const parts: string[] = [];
  const own = [...workers(now.old, 'old worker'), ...workers(now.new, 'new worker')];
  const master =
    now.masterPid === undefined ? 'a master of unknown pid' : `master ${now.masterPid}`;
  if (own.length > 0) parts.push(`${master} with ${own.join(' and ')}`);
  if (now.bridge !== undefined && now.bridge.total > 0) {
    parts.push(`bridge ${now.bridge.pid} with ${workers(now.bridge, 'worker').join('')}`);
  }
  if (now.successor !== undefined && now.successor.total > 0) {
    parts.push(`successor ${now.successor.pid} with ${workers(now.successor, 'worker').join('')}`);
  }
  if (parts.length > 0) return parts.join('; ');
  if (now.masterPid === undefined) return 'nothing';
  return `${master}, no worker to be seen`;
}

/** The numbers alone, for a line of progress: 'old 4, new 2 of 4 ready, bridge 4 of 4 ready'. */
export function workersWords(now: ServingNow, expected: number | undefined): string {
  const parts: string[] = [];
  if (now.jobs !== undefined) parts.push(jobsWords(now.jobs));
  if (now.old.total > 0) parts.push(`old ${now.old.total}`);
  if (now.new.total > 0) parts.push(`new ${readyOf(now.new, expected)}`);
  if (now.bridge !== undefined) parts.push(`bridge ${readyOf(now.bridge, expected)}`);
  if (now.successor !== undefined) parts.push(`successor ${readyOf(now.successor, expected)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** 'at most 3 jobs in hand'. */
export function jobsWords(jobs: number): string {
  return jobs === 0 ? 'no job in hand' : `at most ${countOf(jobs, 'job')} in hand`;
}

/** Whether anything serves at all, as far as it can be seen. */
export function isServing(now: ServingNow): boolean {
  return [now.old, now.new, now.bridge, now.successor].some(
    (count) => count !== undefined && (count.ready ?? count.total) > 0,
  );
}

function workers(count: WorkerCount, noun: string): string[] {
  if (count.total === 0) return [];
  if (count.ready === undefined || count.ready === count.total) return [countOf(count.total, noun)];
  return [`${countOf(count.total, noun)} (${count.ready} ready)`];
}

function readyOf(count: WorkerCount, expected: number | undefined): string {
  if (count.ready === undefined) return String(count.total);
  return `${count.ready} of ${Math.max(expected ?? 0, count.total)} ready`;
}
