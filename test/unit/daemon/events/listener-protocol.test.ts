import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DaemonEvent } from '../../../../src/daemon/events/daemon-event.ts';
import {
  NEW_LISTENER,
  receive,
  type Listener,
  type ListenerEffect,
  type ListenerState,
} from '../../../../src/daemon/events/listener-protocol.ts';

const event: DaemonEvent = { type: 'TICK_5', when: 5 };

const START: Readonly<Record<string, ListenerState>> = {
  new: NEW_LISTENER.state,
  ready: { name: 'READY', isTakenOver: false },
  taken: { name: 'READY', isTakenOver: true },
  busy: { name: 'BUSY', event, result: undefined },
  unknown: { name: 'UNKNOWN' },
};

/** The state and what happened after the text, which comes in pieces that end at `cuts`. */
function feed(start: string, text: string, cuts: readonly number[] = []): [string, string[]] {
  let listener: Listener = { state: START[start] ?? NEW_LISTENER.state, unread: Buffer.alloc(0) };
  const effects: ListenerEffect[] = [];
  for (const [index, end] of [...cuts, text.length].entries()) {
    const step = receive(listener, Buffer.from(text.slice(cuts[index - 1] ?? 0, end)));
    listener = step.listener;
    effects.push(...step.effects);
  }
  return [listener.state.name, effects.map(show)];
}

function show(effect: ListenerEffect): string {
  switch (effect.kind) {
    case 'changed':
      return `-> ${effect.to}`;
    case 'processed':
      return 'processed';
    case 'rejected':
      return effect.event === event ? 'rejected' : 'rejected nothing';
    case 'bad-result':
      return `bad result ${effect.line}`;
  }
}

describe('receive', () => {
  it.each([
    // from, text, state afterwards, what happened
    ['new', 'READY\n', 'READY', ['-> READY']],
    ['new', 'READ', 'ACKNOWLEDGED', []],
    ['new', 'READY ', 'UNKNOWN', ['-> UNKNOWN']],
    ['new', 'Hello, world\n', 'UNKNOWN', ['-> UNKNOWN']],
    ['new', 'READY\nREADY\n', 'UNKNOWN', ['-> READY', '-> UNKNOWN']],
    ['ready', 'x', 'UNKNOWN', ['-> UNKNOWN']],
    ['busy', 'RESULT 2\nOK', 'ACKNOWLEDGED', ['processed', '-> ACKNOWLEDGED']],
    ['busy', 'RESULT 2\nOKREADY\n', 'READY', ['processed', '-> ACKNOWLEDGED', '-> READY']],
    ['busy', 'RESULT 4\nFAIL', 'ACKNOWLEDGED', ['rejected', '-> ACKNOWLEDGED']],
    ['busy', 'RESULT 3\nOK\n', 'ACKNOWLEDGED', ['rejected', '-> ACKNOWLEDGED']],
    ['busy', 'RESULT 0\n', 'ACKNOWLEDGED', ['rejected', '-> ACKNOWLEDGED']],
    ['busy', 'WHATEVE 2\nOK', 'ACKNOWLEDGED', ['processed', '-> ACKNOWLEDGED']],
    ['busy', 'RESULT  +0_2 \nOK', 'ACKNOWLEDGED', ['processed', '-> ACKNOWLEDGED']],
    ['busy', 'RESULT 2\nO', 'BUSY', []],
    ['busy', 'RESULT two\n', 'UNKNOWN', ['bad result RESULT two', '-> UNKNOWN']],
    ['busy', 'RESULT -1\n', 'UNKNOWN', ['bad result RESULT -1', '-> UNKNOWN']],
    ['busy', 'READY\n', 'UNKNOWN', ['bad result READY', '-> UNKNOWN']],
    ['unknown', 'READY\n', 'UNKNOWN', []],
    ['taken', 'READY\n', 'READY', []],
    ['taken', 'REA', 'READY', []],
    [
      'taken',
      'RESULT 2\nOKREADY\n',
      'READY',
      ['-> BUSY', 'processed', '-> ACKNOWLEDGED', '-> READY'],
    ],
    ['taken', 'RESULT 4\nFAIL', 'ACKNOWLEDGED', ['-> BUSY', 'rejected nothing', '-> ACKNOWLEDGED']],
    ['taken', 'junk', 'UNKNOWN', ['-> UNKNOWN']],
  ])('a %s listener that says %j is %s, however it is cut', (start, text, state, happened) => {
    const cuts = fc.array(fc.nat(text.length)).map((each) => [...each].sort((a, b) => a - b));
    fc.assert(
      fc.property(cuts, (at) => {
        expect(feed(start, text, at)).toEqual([state, happened]);
      }),
    );
  });

  it('keeps little of a result line without end, and of an endless result', () => {
    expect(feed('busy', 'x'.repeat(2000))[0]).toBe('UNKNOWN');
    let listener: Listener = {
      state: { name: 'BUSY', event, result: undefined },
      unread: Buffer.alloc(0),
    };
    listener = receive(listener, Buffer.from('RESULT 99999999999\n')).listener;
    for (let count = 0; count < 10; count += 1) {
      listener = receive(listener, Buffer.alloc(65_536, 'x')).listener;
    }
    expect(JSON.stringify(listener).length).toBeLessThan(500);
  });
});
