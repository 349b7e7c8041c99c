import { encodeFault, encodeMethodResponse } from '../../../rpc/encode.ts';
import type { Dispatch } from '../dispatch.ts';
import { FaultError } from './fault-error.ts';

/** The body of the answer to a call: its result or its fault. Throws what a method throws that is no fault. */
export async function answerTo(
  dispatch: Dispatch,
  method: string,
  params: Parameters<Dispatch>[1],
): Promise<Buffer> {
  try {
    return encodeMethodResponse(await dispatch(method, params));
  } catch (error) {
    if (error instanceof FaultError) return encodeFault(error.code, error.message);
    throw error;
  }
}
