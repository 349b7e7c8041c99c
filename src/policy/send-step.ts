import { err, ok, type Result } from '../base/result.ts';
import { isSameProc } from '../os/proc.ts';
import type { LiveServer } from '../servers/live-process.ts';
import type { Send, Way } from '../servers/server-type.ts';
import type { RunningFacts, ReloadFacts } from './facts.ts';
import type { Action } from './actions.ts';
import type { Phase, Step, Telling } from './plan.ts';
import type { Refusal } from './refusal.ts';
import { stepId } from './steps.ts';

/** What becomes of a thing that is sent. */
export interface Sent extends Pick<Extract<Step, { do: 'tell' }>, 'effect' | 'limit' | 'atLimit'> {
  readonly id: string;
  readonly phase: Phase;
}

/** The step that sends what a way says: a signal to the master alone, a command, or a message into a control channel. */
export function sendStep(
  facts: ReloadFacts,
  server: RunningFacts,
  action: Action,
  { send }: Pick<Way, 'send'>,
  { id, ...sent }: Sent,
): Result<Step, Refusal> {
  const base = { id: stepId(id), ...sent };
  const notOffered: Refusal = { code: 'not-offered', action, title: server.server.type.title };
  switch (send.by) {
    case 'signal': {
      const supervised = facts.supervision?.proc;
      const reaches = supervised !== undefined && isSameProc(supervised, server.master);
      if (!server.maySignal && !reaches) {
        const { pid } = server.master;
        return err({ code: 'not-permitted', pid, user: facts.user, strategy: 'auto' });
      }
      return ok({
        ...base,
        do: 'signal',
        signal: send.signal,
        to: 'master',
        via: server.maySignal ? 'direct' : 'supervisor',
      });
    }
    case 'command':
    case 'channel': {
      const what = tellingOf(server.live, send);
      return what === undefined ? err(notOffered) : ok({ ...base, do: 'tell', what });
    }
  }
}

/** What is told to this very process; undefined: it has no way to be told. */
export function tellingOf(
  live: LiveServer,
  send: Exclude<Send, { by: 'signal' }>,
): Telling | undefined {
  if (send.by === 'command') {
    const argv = send.argv(live);
    return argv === undefined ? undefined : { by: 'command', shown: send.shown, argv };
  }
  const path = send.path(live);
  if (path === undefined) return undefined;
  const { by, channel, shown, message } = send;
  return { by, channel, shown, message, path, answer: send.answer?.source };
}
