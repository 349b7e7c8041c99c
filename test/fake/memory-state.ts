import { ok, type Result } from '../../src/base/result.ts';
import type { StateDirectory } from '../../src/os/state-files.ts';

/** A state directory in memory: it outlives the runs of reloadctl, as the real one does. */
export class MemoryState implements StateDirectory {
  readonly path = '/state';
  readonly #texts: Map<string, string>;
  readonly #isDead: () => boolean;

  constructor(texts = new Map<string, string>(), isDead: () => boolean = () => false) {
    this.#texts = texts;
    this.#isDead = isDead;
  }

  /** The same files for one process: when it is dead, nothing is read or written for it any more. */
  openFor(isDead: () => boolean): MemoryState {
    return new MemoryState(this.#texts, isDead);
  }

  read(name: string): Promise<string | undefined> {
    return this.#unlessDead(() => this.#texts.get(name));
  }

  write(name: string, text: string): Promise<Result<true, string>> {
    return this.#unlessDead(() => {
      this.#texts.set(name, text);
      return ok(true);
    });
  }

  appendLine(name: string, line: string): Promise<Result<true, string>> {
    return this.write(name, `${this.#texts.get(name) ?? ''}${line}\n`);
  }

  remove(name: string): Promise<Result<true, string>> {
    return this.#unlessDead(() => {
      this.#texts.delete(name);
      return ok(true);
    });
  }

  #unlessDead<T>(work: () => T): Promise<T> {
    return this.#isDead() ? new Promise(() => undefined) : Promise.resolve(work());
  }
}
