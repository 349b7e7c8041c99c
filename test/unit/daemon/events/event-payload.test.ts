import { describe, expect, it } from 'vitest';
import type { DaemonEvent } from '../../../../src/daemon/events/daemon-event.ts';
import { payloadOf } from '../../../../src/daemon/events/event-payload.ts';

const of = { processName: 'p', groupName: 'g' };
const from = { ...of, fromState: 'STARTING' } as const;
const said = { ...of, pid: 7, data: Buffer.from('hi é\n') };
const P = 'processname:p groupname:g';

/** Every type, with what supervisor/events.py makes of it. */
const CASES: { readonly [T in DaemonEvent['type']]: [DaemonEvent & { readonly type: T }, string] } =
  {
    PROCESS_STATE_STARTING: [
      { ...of, fromState: 'BACKOFF', type: 'PROCESS_STATE_STARTING', tries: 2 },
      `${P} from_state:BACKOFF tries:2`,
    ],
    PROCESS_STATE_BACKOFF: [
      { ...from, type: 'PROCESS_STATE_BACKOFF', tries: 0 },
      `${P} from_state:STARTING tries:0`,
    ],
    PROCESS_STATE_RUNNING: [
      { ...from, type: 'PROCESS_STATE_RUNNING', pid: 7 },
      `${P} from_state:STARTING pid:7`,
    ],
    PROCESS_STATE_STOPPING: [
      { ...from, type: 'PROCESS_STATE_STOPPING', pid: 7 },
      `${P} from_state:STARTING pid:7`,
    ],
    PROCESS_STATE_STOPPED: [
      { ...of, fromState: 'STOPPING', type: 'PROCESS_STATE_STOPPED', pid: 7 },
      `${P} from_state:STOPPING pid:7`,
    ],
    PROCESS_STATE_EXITED: [
      { ...of, fromState: 'RUNNING', type: 'PROCESS_STATE_EXITED', pid: 7, expected: false },
      `${P} from_state:RUNNING expected:0 pid:7`,
    ],
    PROCESS_STATE_FATAL: [
      { ...of, fromState: 'BACKOFF', type: 'PROCESS_STATE_FATAL' },
      `${P} from_state:BACKOFF`,
    ],
    PROCESS_STATE_UNKNOWN: [
      { ...of, fromState: 'STOPPING', type: 'PROCESS_STATE_UNKNOWN' },
      `${P} from_state:STOPPING`,
    ],
    PROCESS_COMMUNICATION_STDOUT: [
      { ...said, type: 'PROCESS_COMMUNICATION_STDOUT' },
      `${P} pid:7\nhi é\n`,
    ],
    PROCESS_COMMUNICATION_STDERR: [
      { ...said, type: 'PROCESS_COMMUNICATION_STDERR' },
      `${P} pid:7\nhi é\n`,
    ],
    PROCESS_LOG_STDOUT: [
      { ...said, type: 'PROCESS_LOG_STDOUT' },
      `${P} pid:7 channel:stdout\nhi é\n`,
    ],
    PROCESS_LOG_STDERR: [
      { ...said, type: 'PROCESS_LOG_STDERR' },
      `${P} pid:7 channel:stderr\nhi é\n`,
    ],
    REMOTE_COMMUNICATION: [
      { type: 'REMOTE_COMMUNICATION', remoteType: 't', data: 'éé' },
      'type:t\néé',
    ],
    SUPERVISOR_STATE_CHANGE_RUNNING: [{ type: 'SUPERVISOR_STATE_CHANGE_RUNNING' }, ''],
    SUPERVISOR_STATE_CHANGE_STOPPING: [{ type: 'SUPERVISOR_STATE_CHANGE_STOPPING' }, ''],
    TICK_5: [{ type: 'TICK_5', when: 1700000005 }, 'when:1700000005'],
    TICK_60: [{ type: 'TICK_60', when: 60 }, 'when:60'],
    TICK_3600: [{ type: 'TICK_3600', when: 3600 }, 'when:3600'],
    PROCESS_GROUP_ADDED: [{ type: 'PROCESS_GROUP_ADDED', groupName: 'g' }, 'groupname:g\n'],
    PROCESS_GROUP_REMOVED: [{ type: 'PROCESS_GROUP_REMOVED', groupName: 'g' }, 'groupname:g\n'],
  };

describe('payloadOf', () => {
  it.each(Object.entries(CASES))('%s', (_, [event, payload]) => {
    expect(payloadOf(event)).toBe(payload);
  });

  it.each([
    [Buffer.from([0x61, 0xff, 0x0a, 0x5c, 0x09]), String.raw`b'a\xff\n\\\t'`],
    [Buffer.from([0x27, 0xff]), String.raw`b"'\xff"`],
    [Buffer.from([0x27, 0x22, 0xc3]), String.raw`b'\'"\xc3'`],
  ])('shows bytes that are no UTF-8 as Python does', (data, shown) => {
    const event = { ...said, type: 'PROCESS_LOG_STDOUT', data } as const;
    expect(payloadOf(event)).toBe(`${P} pid:7 channel:stdout\nUndecodable: ${shown}`);
  });
});
