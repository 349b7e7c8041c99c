import type { ReloadEvent } from '../reload/events.ts';
import type { OutputStream } from './output-stream.ts';
import type { Renderer } from './renderer.ts';
import { toJsonLine } from '../base/json.ts';

/**
 * `--json`: one JSON object a line on stdout, each an event with exactly its own field names (src/reload/events.ts), first
 * `event` and `atMs`; what is undefined is left out. The last line of an action is its "result". Where there are several targets each
 * line has its `target`.
 */
export class JsonRenderer implements Renderer {
  readonly #stream: OutputStream;

  readonly #target: { readonly target?: string };

  constructor(stream: OutputStream, target?: string) {
    this.#stream = stream;
    this.#target = target === undefined ? {} : { target };
  }

  begin(): void {
    // Nothing has happened yet.
  }

  handle(event: ReloadEvent): void {
    // A reader of raw lines finds what it looks for first.
    const { event: name, atMs, ...rest } = event;
    this.#stream.write(toJsonLine({ event: name, atMs, ...this.#target, ...rest }));
  }

  finish(): void {
    // Every line is complete when it is written.
  }
}
