/** Bytes that may wait for a disk or terminal that takes no more. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Takes lines without ever making anybody wait. */
export interface LogOutlet {
  /** With its line feed. */
  put(line: string): void;
  /** Resolves when nothing waits any more. */
  flush(): Promise<void>;
}

/**
 * Hands lines to `write` one after the other: rotation is looked at after each. When too many wait for a slow disk, further ones are
 * lost; `describeLoss` gives the line that says how many, for when it goes on.
 */
export function createLogOutlet(
  write: (line: string) => Promise<void>,
  describeLoss: (lines: number) => string,
): LogOutlet {
  const waiting: string[] = [];
  let waitingBytes = 0;
  let lost = 0;
  let pumping: Promise<void> | undefined;

  async function pump(): Promise<void> {
    for (let line = next(); line !== undefined; line = next()) {
      await write(line);
      waitingBytes -= line.length;
    }
    pumping = undefined;
  }

  function next(): string | undefined {
    if (waiting.length === 0) enqueueLoss();
    return waiting.shift();
  }

  function enqueueLoss(): void {
    if (lost > 0) enqueue(describeLoss(lost));
    lost = 0;
  }

  function enqueue(line: string): void {
    waiting.push(line);
    waitingBytes += line.length;
  }

  return {
    put(line) {
      if (waitingBytes > MAX_WAITING_BYTES) {
        lost += 1;
        return;
      }
      enqueueLoss();
      enqueue(line);
      pumping ??= pump();
    },
    async flush() {
      await pumping;
    },
  };
}
