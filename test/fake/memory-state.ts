import { ok, type Result } from '../../src/base/result.ts';
import type { StateDirectory } from '../../src/os/state-files.ts';

/** A state directory in memory: it outlives the runs of reloadctl, as the real one does. */
export class MemoryState implements StateDirectory {
  readonly path = '/state';
  readonly #texts = new Map<string, string>();
  /** Set while the run that uses it is dead: what it writes from then on is not written. */
  isClosed: () => boolean = () => false;

  read(name: string): Promise<string | undefined> {
    return this.#unlessClosed(() => this.#texts.get(name));
  }

  write(name: string, text: string): Promise<Result<true, string>> {
    return this.#unlessClosed(() => {
      this.#texts.set(name, text);
      return ok(true);
    });
  }

  appendLine(name: string, line: string): Promise<Result<true, string>> {
    return this.write(name, `${this.#texts.get(name) ?? ''}${line}\n`);
  }

  remove(name: string): Promise<Result<true, string>> {
    return this.#unlessClosed(() => {
      this.#texts.delete(name);
      return ok(true);
    });
  }

  #unlessClosed<T>(work: () => T): Promise<T> {
    return this.isClosed() ? new Promise(() => undefined) : Promise.resolve(work());
  }
}
