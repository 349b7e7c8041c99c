/** Keeps the last bytes of a stream and forgets what came before. */
export class OutputTail {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      if (this.#bytes - first.length < this.#maxBytes) return;
      this.#chunks.shift();
      this.#bytes -= first.length;
    }
  }

  /** The kept bytes as text; where the cut went through a character, its rest is left out. */
  text(): string {
    const all = Buffer.concat(this.#chunks);
    const isCut = all.length > this.#maxBytes;
    const kept = isCut ? all.subarray(all.length - this.#maxBytes) : all;
    return kept.toString('utf8', isCut ? continuationBytesAtStart(kept) : 0);
  }
}

/** A character in UTF-8 has at most three bytes after its first one, each 10xxxxxx. */
function continuationBytesAtStart(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && ((bytes[count] ?? 0) & 0xc0) === 0x80) count += 1;
  return count;
}
