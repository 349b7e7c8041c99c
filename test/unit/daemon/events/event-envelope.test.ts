import { describe, expect, it } from 'vitest';
import type { DaemonEvent } from '../../../../src/daemon/events/daemon-event.ts';
import { envelopeOf, isWanted } from '../../../../src/daemon/events/event-envelope.ts';

describe('envelopeOf', () => {
  it('counts the characters of the payload, and sends UTF-8', () => {
    const context = { identifier: 'supervisor', serial: 21, pool: 'listener', poolSerial: 10 };
    const event = { type: 'REMOTE_COMMUNICATION', remoteType: 't', data: 'éé😀' } as const;
    expect(envelopeOf(event, context).toString()).toBe(
      'ver:3.0 server:supervisor serial:21 pool:listener poolserial:10 eventname:REMOTE_COMMUNICATION len:10\ntype:t\néé😀',
    );
  });
});

describe('isWanted', () => {
  it.each<[DaemonEvent['type'], string, boolean]>([
    ['TICK_5', 'EVENT', true],
    ['TICK_5', 'TICK', true],
    ['TICK_5', 'TICK_5', true],
    ['TICK_60', 'TICK_5', false],
    ['PROCESS_STATE_RUNNING', 'PROCESS_STATE', true],
    ['PROCESS_GROUP_ADDED', 'PROCESS_STATE', false],
    ['PROCESS_LOG_STDERR', 'PROCESS_LOG', true],
    ['PROCESS_LOG_STDERR', 'PROCESS_LOG_STDOUT', false],
    ['SUPERVISOR_STATE_CHANGE_STOPPING', 'SUPERVISOR_STATE_CHANGE', true],
    ['REMOTE_COMMUNICATION', 'PROCESS_COMMUNICATION', false],
  ])('%s for somebody who asked for %s: %s', (type, wanted, expected) => {
    expect(isWanted(type, wanted)).toBe(expected);
  });
});
