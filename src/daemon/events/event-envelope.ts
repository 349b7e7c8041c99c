import type { DaemonEvent } from './daemon-event.ts';
import { payloadOf } from './event-payload.ts';

/** The numbers and names in the header of an event. */
export interface EnvelopeContext {
  /** The identifier of the supervisor. */
  readonly identifier: string;
  readonly serial: number;
  readonly pool: string;
  readonly poolSerial: number;
}

/**
 * What is written to the stdin of a listener: a header line and the payload (supervisor/process.py, _eventEnvelope). `len` counts
 * characters, as supervisord does, though the payload is sent as UTF-8.
 */
export function envelopeOf(event: DaemonEvent, context: EnvelopeContext): Buffer {
  const payload = payloadOf(event);
  const header = [
    'ver:3.0',
    `server:${context.identifier}`,
    `serial:${context.serial}`,
    `pool:${context.pool}`,
    `poolserial:${context.poolSerial}`,
    `eventname:${event.type}`,
    `len:${countCharacters(payload)}`,
  ];
  return Buffer.from(`${header.join(' ')}\n${payload}`);
}

/** Whether somebody who asked for `wanted` ('PROCESS_STATE', 'EVENT', 'TICK_5') hears of events of `type`. */
export function isWanted(type: DaemonEvent['type'], wanted: string): boolean {
  return wanted === 'EVENT' || type === wanted || type.startsWith(`${wanted}_`);
}

/** As Python counts: a character outside of the basic plane, two of our units, is one. */
function countCharacters(text: string): number {
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '.').length;
}
