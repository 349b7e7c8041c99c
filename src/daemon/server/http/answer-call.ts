import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeMethodCall } from '../../../rpc/decode.ts';
import type { Dispatch } from '../dispatch.ts';
import { answerTo } from '../methods/answer-to.ts';
import { readBody } from './read-body.ts';
import { sendBody, sendError } from './responses.ts';

/** Answers one XML-RPC call. Throws what a method throws that is no fault. */
export async function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  dispatch: Dispatch,
): Promise<void> {
  if (request.method !== 'POST') {
    sendError(response, 400);
    return;
  }
  const body = await readBody(request);
  if (!body.ok) {
    // What of the body has not been read would be taken for the next request.
    sendError(response, body.status, { Connection: 'close' });
    return;
  }
  const call = decodeMethodCall(body.bytes);
  if (!call.ok) {
    sendError(response, 400);
    return;
  }
  sendBody(response, 'text/xml', await answerTo(dispatch, call.value.method, call.value.params));
}
