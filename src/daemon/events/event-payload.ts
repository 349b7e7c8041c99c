import type { DaemonEvent } from './daemon-event.ts';

/** What an event listener is told of an event beside its name (supervisor/events.py, the payload methods). */
export function payloadOf(event: DaemonEvent): string {
  switch (event.type) {
    case 'PROCESS_STATE_STARTING':
    case 'PROCESS_STATE_BACKOFF':
      return `${changeOf(event)} tries:${event.tries}`;
    case 'PROCESS_STATE_RUNNING':
    case 'PROCESS_STATE_STOPPING':
    case 'PROCESS_STATE_STOPPED':
      return `${changeOf(event)} pid:${event.pid}`;
    case 'PROCESS_STATE_EXITED':
      return `${changeOf(event)} expected:${event.expected ? 1 : 0} pid:${event.pid}`;
    case 'PROCESS_STATE_FATAL':
    case 'PROCESS_STATE_UNKNOWN':
      return changeOf(event);
    case 'PROCESS_COMMUNICATION_STDOUT':
    case 'PROCESS_COMMUNICATION_STDERR':
      return `${processOf(event)} pid:${event.pid}\n${textOf(event.data)}`;
    case 'PROCESS_LOG_STDOUT':
      return `${processOf(event)} pid:${event.pid} channel:stdout\n${textOf(event.data)}`;
    case 'PROCESS_LOG_STDERR':
      return `${processOf(event)} pid:${event.pid} channel:stderr\n${textOf(event.data)}`;
    case 'REMOTE_COMMUNICATION':
      return `type:${event.remoteType}\n${event.data}`;
    case 'SUPERVISOR_STATE_CHANGE_RUNNING':
    case 'SUPERVISOR_STATE_CHANGE_STOPPING':
      return '';
    case 'TICK_5':
    case 'TICK_60':
    case 'TICK_3600':
      return `when:${event.when}`;
    case 'PROCESS_GROUP_ADDED':
    case 'PROCESS_GROUP_REMOVED':
      return `groupname:${event.groupName}\n`;
  }
}

function processOf({
  processName,
  groupName,
}: Extract<DaemonEvent, { processName: string }>): string {
  return `processname:${processName} groupname:${groupName}`;
}

function changeOf(event: Extract<DaemonEvent, { fromState: string }>): string {
  return `${processOf(event)} from_state:${event.fromState}`;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes that are no UTF-8 are shown as Python shows bytes. */
function textOf(data: Buffer): string {
  try {
    return decoder.decode(data);
  } catch {
    return `Undecodable: ${reprOfBytes(data)}`; // The decoder only throws for this one reason.
  }
}

const ESCAPES: Readonly<Record<number, string>> = {
  0x09: '\\t',
  0x0a: '\\n',
  0x0d: '\\r',
  0x5c: '\\\\',
};

/** Python's repr() of a bytes object. */
function reprOfBytes(data: Buffer): string {
  const quote = data.includes("'") && !data.includes('"') ? '"' : "'";
  let shown = '';
  for (const byte of data) {
    const character = String.fromCharCode(byte);
    if (character === quote) shown += `\\${quote}`;
    else if (ESCAPES[byte] !== undefined) shown += ESCAPES[byte];
    else if (byte >= 0x20 && byte <= 0x7e) shown += character;
    else shown += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `b${quote}${shown}${quote}`;
}
