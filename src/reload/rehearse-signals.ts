import type { Os } from '../os/os.ts';
import type { ProcId } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';
import type { ServerObserver } from '../servers/observe-server.ts';
import type { ServerView } from '../servers/server-view.ts';

const POLL_MS = 50;

/** Longer than a pass of gunicorn's main loop (gunicorn/arbiter.py, sleep). */
const HOLDS_MS = 1200;

/** What each signal has to lead to on a canary of one worker. */
const EFFECTS: Readonly<
  Partial<Record<SignalName, (before: ServerView, now: ServerView) => boolean>>
> = {
  SIGHUP: (before, { workers: [worker, ...others] }) =>
    worker?.ready === true && others.length === 0 && !isAmong(worker.proc, before),
  SIGTTIN: (before, { workers }) =>
    workers.length > before.workers.length && workers.every(({ ready }) => ready === true),
  SIGTTOU: (before, { workers }) => workers.length < before.workers.length,
};

const isAmong = ({ pid }: ProcId, { workers }: ServerView): boolean =>
  workers.some(({ proc }) => proc.pid === pid);

/**
 * Sends a canary the signals that the real master will get, and sees each one's effect. Answers with the signal that it failed at; 'ended' where
 * the canary itself ended.
 */
export async function rehearseSignals(
  os: Os,
  observer: ServerObserver,
  master: ProcId,
  signals: readonly SignalName[],
  ended: AbortSignal,
): Promise<'done' | 'ended' | { readonly failedAt: SignalName }> {
  for (const signal of signals) {
    const before = await observer.look(master);
    const effect = EFFECTS[signal];
    if (before === undefined || effect === undefined) return { failedAt: signal };
    if ((await os.kill(master, signal)) !== 'sent') return { failedAt: signal };
    let seenAt: number | undefined;
    // A hook may run a moment after what can be seen: the master reaps its workers in a pass of its loop of its own.
    while (seenAt === undefined || os.now() - seenAt < HOLDS_MS) {
      try {
        await os.sleep(POLL_MS, ended);
      } catch {
        return 'ended'; // sleep rejects only when the canary has ended.
      }
      const now = await observer.look(master);
      if (now === undefined) return 'ended';
      if (seenAt !== undefined) continue;
      if (effect(before, now)) seenAt = os.now();
    }
  }
  return 'done';
}
