/** A line longer than this is cut into several. */
const LONGEST_LINE = 8192;

const LINE_FEED = 0x0a;

/** Finds lines in a stream of bytes. */
export interface LineSplitter {
  /** The lines that are complete now, without their line feeds. */
  split(chunk: Buffer): readonly string[];
  /** The last line, which has no line feed; the stream begins anew. */
  end(): readonly string[];
}

/** Puts lines together that come in several pieces; bytes that are no UTF-8 are replaced. */
export function createLineSplitter(): LineSplitter {
  let held = Buffer.alloc(0);
  return {
    split(chunk) {
      const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const lines: string[] = [];
      let start = 0;
      for (;;) {
        const feed = all.indexOf(LINE_FEED, start);
        const end = feed === -1 ? all.length : feed;
        for (; end - start > LONGEST_LINE; start += LONGEST_LINE) {
          lines.push(all.toString('utf8', start, start + LONGEST_LINE));
        }
        if (feed === -1) break;
        lines.push(all.toString('utf8', start, end));
        start = end + 1;
      }
      held = Buffer.from(all.subarray(start));
      return lines;
    },
    end() {
      const lines = held.length === 0 ? [] : [held.toString('utf8')];
      held = Buffer.alloc(0);
      return lines;
    },
  };
}
