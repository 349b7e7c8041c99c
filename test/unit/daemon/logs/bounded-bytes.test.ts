import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoundedBytes } from '../../../../src/daemon/logs/bounded-bytes.ts';

describe('createBoundedBytes', () => {
  it('keeps exactly the last bytes, however they come', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 60 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 50 }), (parts, maxBytes) => {
        const bytes = createBoundedBytes(maxBytes);
        for (const part of parts) bytes.add(Buffer.from(part));
        const all = Buffer.concat(parts);
        expect(bytes.take()).toEqual(all.subarray(Math.max(0, all.length - maxBytes)));
        expect(bytes.take()).toEqual(Buffer.alloc(0));
      }),
    );
  });
});
