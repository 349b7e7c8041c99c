import { describe, expect, it } from 'vitest';
import type { DaemonEvent } from '../../../../src/daemon/events/daemon-event.ts';
import { createEventBus } from '../../../../src/daemon/events/event-bus.ts';

const tick = (when: number): DaemonEvent => ({ type: 'TICK_5', when });
const added: DaemonEvent = { type: 'PROCESS_GROUP_ADDED', groupName: 'g' };

describe('createEventBus', () => {
  it('tells everybody of all events in their order, also of those emitted while one is told', () => {
    const bus = createEventBus(() => undefined);
    const heard: string[] = [];
    bus.subscribe((event) => {
      heard.push(`first ${event.type}`);
      if (event.type === 'TICK_5') bus.emit(added);
    });
    bus.subscribe((event) => heard.push(`second ${event.type}`));
    bus.emit(tick(5));
    expect(heard).toEqual([
      'first TICK_5',
      'second TICK_5',
      'first PROCESS_GROUP_ADDED',
      'second PROCESS_GROUP_ADDED',
    ]);
  });

  it('goes on after a handler that throws, and reports it', () => {
    const bugs: unknown[] = [];
    const bus = createEventBus((error) => bugs.push(error));
    const heard: DaemonEvent[] = [];
    bus.subscribe(() => {
      throw new Error('bug');
    });
    bus.subscribe((event) => heard.push(event));
    bus.emit(tick(5));
    bus.emit(tick(10));
    expect(heard).toEqual([tick(5), tick(10)]);
    expect(bugs).toEqual([new Error('bug'), new Error('bug')]);
  });

  it('does not tell those who have ended their subscription, even in the middle of an event', () => {
    const bus = createEventBus(() => undefined);
    const heard: string[] = [];
    bus.subscribe(() => {
      end();
    });
    const end = bus.subscribe(() => heard.push('ended'));
    bus.subscribe(() => heard.push('other'));
    bus.emit(tick(5));
    expect(heard).toEqual(['other']);
  });
});
