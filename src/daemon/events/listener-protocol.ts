import type { DaemonEvent } from './daemon-event.ts';

/**
 * Where a listener is in the protocol of [eventlistener:x] (supervisor/dispatchers.py, PEventListenerDispatcher).
 *
 *     ACKNOWLEDGED --"READY\n"--> READY --event is sent--> BUSY --"RESULT n\n" and n bytes--> ACKNOWLEDGED
 *           \____________________________\__________________\__ anything else --> UNKNOWN (for ever)
 */
export type ListenerState =
  | { readonly name: 'ACKNOWLEDGED' }
  | {
      readonly name: 'READY';
      /** Taken over from another daemon: it may still owe that one an answer, or a READY. */
      readonly isTakenOver: boolean;
    }
  | {
      readonly name: 'BUSY';
      /** Undefined: the event of a daemon before. */
      readonly event: DaemonEvent | undefined;
      readonly result: ResultSoFar | undefined;
    }
  | { readonly name: 'UNKNOWN' };

/** A listener, and what it has written without it being understood yet. */
export interface Listener {
  readonly state: ListenerState;
  readonly unread: Buffer;
}

/** A result whose length is known. */
interface ResultSoFar {
  readonly missingBytes: number;
  /** Its beginning: enough to tell OK from anything else. */
  readonly beginning: Buffer;
}

/** What a listener's bytes led to, in order. */
export type ListenerEffect =
  | {
      readonly kind: 'changed';
      readonly from: ListenerState['name'];
      readonly to: ListenerState['name'];
    }
  | { readonly kind: 'processed' }
  | { readonly kind: 'rejected'; readonly event: DaemonEvent | undefined }
  | {
      readonly kind: 'bad-result';
      readonly event: DaemonEvent | undefined;
      readonly line: string;
    };

const NOTHING = Buffer.alloc(0);

/** A listener that has just been started. */
export const NEW_LISTENER: Listener = { state: { name: 'ACKNOWLEDGED' }, unread: NOTHING };

const READY = Buffer.from('READY\n');
const RESULT = Buffer.from('RESULT ');
const OK = Buffer.from('OK');

/** A longer line is no result; supervisord would wait and gather for ever. */
const LONGEST_RESULT_LINE = 1024;

/** What a listener's bytes lead to. */
export function receive(
  before: Listener,
  chunk: Buffer,
): { readonly listener: Listener; readonly effects: readonly ListenerEffect[] } {
  let listener = { ...before, unread: Buffer.concat([before.unread, chunk]) };
  const effects: ListenerEffect[] = [];
  for (;;) {
    const step = advance(listener.state, listener.unread);
    if (step === undefined) return { listener, effects };
    effects.push(...(step.effects ?? []));
    if (step.state.name !== listener.state.name) {
      effects.push({ kind: 'changed', from: listener.state.name, to: step.state.name });
    }
    listener = { state: step.state, unread: Buffer.from(step.unread) };
  }
}

interface Step extends Listener {
  readonly effects?: readonly ListenerEffect[];
}

const LOST: Step = { state: { name: 'UNKNOWN' }, unread: NOTHING };

/** One step, or undefined when the bytes do not suffice for one. */
function advance(state: ListenerState, unread: Buffer): Step | undefined {
  switch (state.name) {
    case 'UNKNOWN':
      return unread.length === 0 ? undefined : LOST;
    case 'ACKNOWLEDGED':
      if (unread.length < READY.length) return undefined;
      return beginsWith(unread, READY) ? toReady(unread) : LOST;
    case 'READY':
      if (unread.length === 0) return undefined;
      return state.isTakenOver ? readAnswerToOther(unread) : LOST;
    case 'BUSY':
      return state.result === undefined
        ? readResultLine(state, unread)
        : readResult(state.event, state.result, unread);
  }
}

type Busy = Extract<ListenerState, { name: 'BUSY' }>;

function toReady(unread: Buffer): Step {
  return { state: { name: 'READY', isTakenOver: false }, unread: unread.subarray(READY.length) };
}

/** A listener that was taken over was perhaps not READY: what it writes first belongs to the daemon before. */
function readAnswerToOther(unread: Buffer): Step | undefined {
  if (beginsWith(unread, READY)) return toReady(unread);
  if (beginsWith(unread, RESULT)) {
    return { state: { name: 'BUSY', event: undefined, result: undefined }, unread };
  }
  return beginsWith(READY, unread) || beginsWith(RESULT, unread) ? undefined : LOST;
}

function readResultLine({ event }: Busy, unread: Buffer): Step | undefined {
  const feed = unread.indexOf('\n');
  if (feed === -1 && unread.length <= LONGEST_RESULT_LINE) return undefined;
  const end = Math.min(feed === -1 ? unread.length : feed, LONGEST_RESULT_LINE);
  const line = unread.toString('utf8', 0, end);
  // The first word is not looked at, and the number is what Python's int() takes.
  const number = /^\s*\+?(\d+(?:_\d+)*)\s*$/.exec(line.slice(RESULT.length))?.[1];
  if (feed === -1 || number === undefined) {
    return { ...LOST, effects: [{ kind: 'bad-result', event, line }] };
  }
  const result = { missingBytes: Number(number.replaceAll('_', '')), beginning: NOTHING };
  return { state: { name: 'BUSY', event, result }, unread: unread.subarray(feed + 1) };
}

function readResult(event: Busy['event'], result: ResultSoFar, unread: Buffer): Step | undefined {
  const taken = unread.subarray(0, result.missingBytes);
  const missingBytes = result.missingBytes - taken.length;
  const beginning = Buffer.concat([result.beginning, taken]).subarray(0, OK.length + 1);
  if (missingBytes > 0) {
    if (taken.length === 0) return undefined;
    return { state: { name: 'BUSY', event, result: { missingBytes, beginning } }, unread: NOTHING };
  }
  return {
    state: NEW_LISTENER.state,
    unread: unread.subarray(taken.length),
    effects: [beginning.equals(OK) ? { kind: 'processed' } : { kind: 'rejected', event }],
  };
}

function beginsWith(data: Buffer, beginning: Buffer): boolean {
  return data.subarray(0, beginning.length).equals(beginning);
}
