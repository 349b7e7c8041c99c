import type { ServiceManager } from '../../os/service-manager.ts';

/** What the service manager is told about the program; sd_notify(3). Nothing happens without one. */
export class ServiceStatus {
  readonly #manager: ServiceManager | undefined;
  readonly #onTrouble: (text: string) => void;
  readonly #watchdog: NodeJS.Timeout | undefined;
  #isReady = false;
  #hasFailed = false;
  #last: Promise<unknown> = Promise.resolve();

  /** `onTrouble` is told once that nobody is told. */
  constructor(manager: ServiceManager | undefined, onTrouble: (text: string) => void) {
    this.#manager = manager;
    this.#onTrouble = onTrouble;
    if (manager?.watchdogMs === undefined) return;
    // Half of it, as sd_watchdog_enabled(3) asks for. Alive is who gets to this line, which a loop without an end would not.
    this.#watchdog = setInterval(() => {
      this.#tell('WATCHDOG=1');
    }, manager.watchdogMs / 2);
  }

  /** It serves. `status` is for people. */
  ready(status: string): void {
    this.#isReady = true;
    this.#tell('READY=1', `STATUS=${status}`);
  }

  /** It does not serve yet, but goes on trying. */
  say(status: string): void {
    this.#tell(`STATUS=${status}`);
  }

  reloading(): void {
    // Before it was ready there is nothing to reload for a service manager.
    if (!this.#isReady) return;
    this.#tell(
      'RELOADING=1',
      `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`,
      'STATUS=Reloading',
    );
  }

  stopping(): void {
    this.#tell('STOPPING=1', 'STATUS=Stopping');
  }

  /** Resolves when all has been told. */
  async close(): Promise<void> {
    clearInterval(this.#watchdog);
    await this.#last;
  }

  #tell(...assignments: readonly string[]): void {
    if (this.#manager === undefined) return;
    this.#last = this.#manager.notify(assignments).then((sent) => {
      if (sent.ok || this.#hasFailed) return;
      this.#hasFailed = true;
      this.#onTrouble(`the service manager could not be told: ${sent.error}`);
    });
  }
}
