import { Deadline } from '../os/deadline.ts';
import type { HttpProbe } from '../os/os.ts';
import type { Step } from '../policy/plan.ts';
import { askHealth, type HealthAnswer } from './ask-health.ts';
import { rightsOfServer } from './check-health.ts';
import type { StepFailure } from './events.ts';
import type { Session } from './session.ts';

type TryHealthStep = Extract<Step, { do: 'try-health' }>;

const TRIES = 3;
const BETWEEN_TRIES_MS = 300;

/**
 * Asks the version that runs a few times. What fails is either sick itself, which must not keep its cure out, or was asked in a way that
 * no version would pass.
 */
export async function tryHealth(
  session: Session,
  { urls, limit, ...step }: TryHealthStep,
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  const deadline = Deadline.after(session.os, limit.ms);
  const rights = await rightsOfServer(session);
  let sick: StepFailure | undefined;
  for (const url of urls) {
    let answer: HealthAnswer | undefined;
    for (let tries = 1; ; tries += 1) {
      const leftMs = Math.max(1, deadline.remainingMs);
      answer = await askHealth(session, { url, terms: step, rights, abort, leftMs });
      if (abort.aborted) return { why: 'interrupted' };
      if (answer.unhealthy === undefined || tries >= TRIES || deadline.isOver) break;
      try {
        await session.os.sleep(BETWEEN_TRIES_MS, abort);
      } catch {
        return { why: 'interrupted' }; // sleep rejects only when it is aborted.
      }
    }
    const { probe, unhealthy } = answer;
    if (unhealthy === undefined) continue;
    if (!isSick(probe)) return { why: 'health-url-wrong', ...unhealthy };
    sick ??= { why: 'sick', ...unhealthy };
  }
  return sick;
}

/** Statuses of a server that is overloaded, below 500: 408 Request Timeout, 425 Too Early, 429 Too Many Requests. */
const OVERLOADED: ReadonlySet<number> = new Set([408, 425, 429]);

/** Whether the server says so itself, or is there and does not answer. */
function isSick(probe: HttpProbe): boolean {
  if (!probe.ok) return probe.isNobodyThere !== true;
  return probe.status >= 500 || OVERLOADED.has(probe.status);
}
