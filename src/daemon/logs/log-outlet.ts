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
 * Hands lines to `write`, one call after the other, with as many lines in each as make up `batchBytes`, at least one. When too many wait for
 * a slow disk, further ones are lost; `describeLoss` gives the line that says how many, for when it goes on.
 */
export function createLogOutlet(
  write: (lines: string) => Promise<void>,
  describeLoss: (lines: number) => string,
  batchBytes: number,
): LogOutlet {
  let waiting: string[] = [];
  let waitingBytes = 0;
  let lost = 0;
  let pumping: Promise<void> | undefined;

  async function pump(): Promise<void> {
    while (waiting.length > 0 || lost > 0) {
      enqueueLoss();
      const lines = waiting;
      waiting = [];
      for (const batch of batchesOf(lines, batchBytes)) {
        await write(batch);
        waitingBytes -= batch.length;
      }
    }
    pumping = undefined;
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

function* batchesOf(lines: readonly string[], batchBytes: number): Generator<string> {
  let batch = '';
  for (const line of lines) {
    if (batch !== '' && batch.length + line.length > batchBytes) {
      yield batch;
      batch = '';
    }
    batch += line;
  }
  if (batch !== '') yield batch;
}
