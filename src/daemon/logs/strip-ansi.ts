/** The letters that end an escape sequence for supervisord (dispatchers.py, ANSI_TERMINATORS). */
const TERMINATORS = new Set(Buffer.from('HfABCDRsuJKhlpm'));

const ESCAPE = 0x1b;
const BRACKET = 0x5b;

/** Removes escape sequences from a stream of bytes. */
export interface AnsiStripper {
  /** What is left of the next bytes. */
  strip(chunk: Buffer): Buffer;
  /** What was held back because a sequence seemed to begin with it; the stream begins anew. */
  end(): Buffer;
}

/**
 * Removes what strip_ansi of supervisord removes: ESC, '[' and everything up to one of a few letters. Unlike supervisord it knows a
 * sequence that is spread over two chunks: one that so far consists of parameters only (digits and punctuation) goes on.
 */
export function createAnsiStripper(): AnsiStripper {
  let state: 'text' | 'escape' | 'sequence' = 'text';
  return {
    strip(chunk) {
      if (state === 'text' && !chunk.includes(ESCAPE)) return chunk;
      const kept = Buffer.allocUnsafe(chunk.length + 1);
      let length = 0;
      let isParameters = true;
      for (const byte of chunk) {
        if (state === 'sequence') {
          if (TERMINATORS.has(byte)) state = 'text';
          else if (byte < 0x20 || byte > 0x3f) isParameters = false;
          continue;
        }
        if (state === 'escape' && byte === BRACKET) {
          state = 'sequence';
          isParameters = true;
          continue;
        }
        if (state === 'escape') length = kept.writeUInt8(ESCAPE, length);
        if (byte === ESCAPE) state = 'escape';
        else {
          state = 'text';
          length = kept.writeUInt8(byte, length);
        }
      }
      if (state === 'sequence' && !isParameters) state = 'text';
      return kept.subarray(0, length);
    },
    end() {
      const held = Buffer.from(state === 'escape' ? [ESCAPE] : []);
      state = 'text';
      return held;
    },
  };
}
