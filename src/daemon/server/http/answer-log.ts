import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DaemonControl } from '../../daemon.ts';
import { splitNameSpec } from '../../../base/name-spec.ts';
import { sendGrowingLog } from './send-growing-log.ts';
import { sendError } from './responses.ts';

/** Answers /mainlogtail with the main log as it grows, until the client goes or `until` fires. */
export async function answerMainLog(
  response: ServerResponse,
  control: DaemonControl,
  until: AbortSignal,
): Promise<void> {
  await answer(response, control.mainLog.path, {}, until);
}

/** Answers /logtail/NAME[/CHANNEL] with a log as it grows, until the client goes or `until` fires. */
export async function answerProcessLog(
  request: IncomingMessage,
  response: ServerResponse,
  control: DaemonControl,
  until: AbortSignal,
): Promise<void> {
  const path = logOf(control, request.url ?? '');
  // nginx would hold back what is not much.
  await answer(response, path, { 'X-Accel-Buffering': 'no' }, until);
}

async function answer(
  response: ServerResponse,
  path: string | undefined,
  headers: Readonly<Record<string, string>>,
  until: AbortSignal,
): Promise<void> {
  if (path === undefined || !(await sendGrowingLog(path, response, headers, until))) {
    sendError(response, 404);
  }
}

/** The file that a path of the form /logtail/NAME[/CHANNEL] asks for. */
function logOf(control: DaemonControl, url: string): string | undefined {
  const path = decode(url.replace(/[?#].*$/s, ''));
  const [, text = '', channel = 'stdout'] =
    /^\/*[^/]+\/([^/]*)(?:\/(.*))?$/s.exec(path ?? '') ?? [];
  const { group, name: process } = splitNameSpec(text);
  if (channel !== 'stdout' && channel !== 'stderr') return undefined;
  const member = process === undefined ? undefined : control.groups.member(group, process);
  return member?.process.logs[channel];
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // No process is called so.
  }
}
