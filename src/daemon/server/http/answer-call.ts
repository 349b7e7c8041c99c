import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeMethodCall } from '../../../rpc/decode.ts';
import type { Dispatch } from '../dispatch.ts';
import { answerTo } from '../methods/answer-to.ts';
import type { CallGate } from './call-gate.ts';
import { readBody } from './read-body.ts';
import { refuse, sendError } from './responses.ts';
import { sendBody } from './send-body.ts';
import type { HeldMemory } from './held-memory.ts';

/** Answers one XML-RPC call. Throws what a method throws that is no fault. */
export async function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  dispatch: Dispatch,
  gate: CallGate,
  memory: HeldMemory,
): Promise<void> {
  if (request.method !== 'POST') {
    sendError(response, 400);
    return;
  }
  const body = await readBody(request, memory);
  if (!body.ok) {
    await refuse(request, response, body.status);
    return;
  }
  const call = decodeMethodCall(body.bytes);
  if (!call.ok) {
    sendError(response, 400);
    return;
  }
  await gate.enter({ request, body: body.bytes });
  const { method, params } = call.value;
  const answer = await gate.run(method, () => answerTo(dispatch, method, params));
  await sendBody(response, 'text/xml', answer, memory);
}
