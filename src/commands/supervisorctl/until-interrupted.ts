/**
 * Runs `work` until it is done, or Ctrl-C or a reader of stdout that went away aborts it. Other signals keep their effect: a lost terminal and
 * TERM end the process, which has nothing to put in order.
 */
export async function untilInterrupted<T>(work: (abort: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  process.on('SIGINT', abort);
  process.stdout.on('error', abort);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', abort);
    process.stdout.off('error', abort);
  }
}
