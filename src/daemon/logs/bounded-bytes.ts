/** Keeps the last bytes of what it is given. */
export interface BoundedBytes {
  add(data: Buffer): void;
  /** What was kept; it begins anew. */
  take(): Buffer;
}

/** Keeps exactly the last `maxBytes` bytes, in not much more memory; supervisord's BoundIO keeps about as many. */
export function createBoundedBytes(maxBytes: number): BoundedBytes {
  let bytes = Buffer.alloc(0);
  let length = 0;
  return {
    add(data) {
      const added = data.subarray(Math.max(0, data.length - maxBytes));
      if (length + added.length > bytes.length) makeRoom(added.length);
      length += added.copy(bytes, length);
    },
    take() {
      const taken = Buffer.from(bytes.subarray(Math.max(0, length - maxBytes), length));
      bytes = Buffer.alloc(0);
      length = 0;
      return taken;
    },
  };

  /** Forgets what is too old, and grows by doubling: a message may come in many small pieces. */
  function makeRoom(needed: number): void {
    const kept = bytes.subarray(Math.max(0, length + needed - maxBytes), length);
    const grown = Buffer.alloc(Math.min(2 * maxBytes, Math.max(1024, 2 * (kept.length + needed))));
    length = kept.copy(grown);
    bytes = grown;
  }
}
