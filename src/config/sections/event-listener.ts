import { err, ok, type Result } from '../../base/result.ts';
import { invalid, type ConfigError } from '../config-error.ts';
import { keyError, readKey, type SectionReader } from '../section-reader.ts';
import type { EventListenerSettings } from '../program.ts';
import { splitList } from '../option-values.ts';
import { LISTENER_OPTIONS, SECTION_OPTIONS } from '../supervisord-options.ts';

/** The events that a listener can ask for; an abstract one stands for all below it (supervisor/events.py, EventTypes). */
const EVENT_TYPES: ReadonlySet<string> = new Set([
  'EVENT',
  'PROCESS_STATE',
  'PROCESS_STATE_STOPPED',
  'PROCESS_STATE_EXITED',
  'PROCESS_STATE_STARTING',
  'PROCESS_STATE_STOPPING',
  'PROCESS_STATE_BACKOFF',
  'PROCESS_STATE_FATAL',
  'PROCESS_STATE_RUNNING',
  'PROCESS_STATE_UNKNOWN',
  'PROCESS_COMMUNICATION',
  'PROCESS_COMMUNICATION_STDOUT',
  'PROCESS_COMMUNICATION_STDERR',
  'PROCESS_LOG',
  'PROCESS_LOG_STDOUT',
  'PROCESS_LOG_STDERR',
  'REMOTE_COMMUNICATION',
  'SUPERVISOR_STATE_CHANGE',
  'SUPERVISOR_STATE_CHANGE_RUNNING',
  'SUPERVISOR_STATE_CHANGE_STOPPING',
  'TICK',
  'TICK_5',
  'TICK_60',
  'TICK_3600',
  'PROCESS_GROUP',
  'PROCESS_GROUP_ADDED',
  'PROCESS_GROUP_REMOVED',
]);

/** Reads the keys that only [eventlistener:x] has. The result handler is a name of Python's and is not looked up. */
export function readEventListener(
  reader: SectionReader,
): Result<EventListenerSettings, ConfigError> {
  const bufferSize = readKey(reader, 'buffer_size', LISTENER_OPTIONS.buffer_size);
  if (!bufferSize.ok) return bufferSize;
  if (bufferSize.value < 1) {
    return keyError(
      reader,
      'buffer_size',
      `section sets invalid buffer_size (${bufferSize.value})`,
    );
  }
  const resultHandler = readKey(reader, 'result_handler', LISTENER_OPTIONS.result_handler);
  if (!resultHandler.ok) return resultHandler;
  const events = readEvents(reader);
  if (!events.ok) return events;
  const isRedirected = readKey(reader, 'redirect_stderr', SECTION_OPTIONS.redirect_stderr);
  if (!isRedirected.ok) return isRedirected;
  if (isRedirected.value) {
    return keyError(
      reader,
      'redirect_stderr',
      'section sets redirect_stderr=true but this is not allowed because it will interfere with the eventlistener protocol',
    );
  }
  return ok({
    events: events.value,
    bufferSize: bufferSize.value,
    resultHandler: resultHandler.value,
  });
}

function readEvents(reader: SectionReader): Result<readonly string[], ConfigError> {
  const text = readKey(reader, 'events', LISTENER_OPTIONS.events);
  if (!text.ok) return text;
  const events = [...new Set(splitList(text.value).map((name) => name.toUpperCase()))];
  if (events.length === 0) return keyError(reader, 'events', 'section requires an "events" line');
  const unknown = events.find((name) => !EVENT_TYPES.has(name));
  if (unknown === undefined) return ok(events);
  const position = reader.sections.get(reader.section, 'events')?.position;
  return err(invalid(`Unknown event type ${unknown} in [${reader.section}] events`, position));
}
