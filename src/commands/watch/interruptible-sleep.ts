/** A pause that ends when its time is over, or when somebody wants it to. */
export class InterruptibleSleep {
  #end: (() => void) | undefined;

  /** Settles after `ms`, or earlier by {@link wake}. */
  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = undefined;
  }

  /** Ends the pause that there is, if there is one. */
  wake(): void {
    this.#end?.();
  }
}
