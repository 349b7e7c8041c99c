const BEGIN = Buffer.from('<!--XSUPERVISOR:BEGIN-->');
const END = Buffer.from('<!--XSUPERVISOR:END-->');

/** What a piece of a program's output is: for the log, part of a message to event listeners, or the end of such a message. */
export type OutputPiece =
  { readonly kind: 'log' | 'captured'; readonly data: Buffer } | { readonly kind: 'message-end' };

/** Finds the messages in a stream of bytes. */
export interface CaptureSplitter {
  split(chunk: Buffer): readonly OutputPiece[];
  /** What was held back because a token seemed to begin with it; the stream begins anew, outside of a message. */
  end(): readonly OutputPiece[];
}

/**
 * Splits output at the tokens of the capture mode (supervisor/dispatchers.py, record_output), also where they are spread over
 * several chunks. Only what can be the beginning of a token is held back; supervisord holds back, and may lose, up to 24 bytes.
 */
export function createCaptureSplitter(): CaptureSplitter {
  let isCapturing = false;
  let held = Buffer.alloc(0);
  const piece = (data: Buffer): readonly OutputPiece[] =>
    data.length === 0 ? [] : [{ kind: isCapturing ? 'captured' : 'log', data }];
  return {
    split(chunk) {
      let rest: Buffer = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const pieces: OutputPiece[] = [];
      for (;;) {
        const token = isCapturing ? END : BEGIN;
        const at = rest.indexOf(token);
        if (at === -1) {
          const end = rest.length - prefixAtEnd(rest, token);
          pieces.push(...piece(rest.subarray(0, end)));
          held = Buffer.from(rest.subarray(end));
          return pieces;
        }
        pieces.push(...piece(rest.subarray(0, at)));
        if (isCapturing) pieces.push({ kind: 'message-end' });
        isCapturing = !isCapturing;
        rest = rest.subarray(at + token.length);
      }
    },
    end() {
      const pieces = piece(held);
      held = Buffer.alloc(0);
      isCapturing = false;
      return pieces;
    },
  };
}

/** How many bytes at the end of `data` can be the beginning of `token`. */
function prefixAtEnd(data: Buffer, token: Buffer): number {
  for (let length = Math.min(token.length - 1, data.length); length > 0; length -= 1) {
    if (data.subarray(data.length - length).equals(token.subarray(0, length))) return length;
  }
  return 0;
}
