import type { ReloadEvent } from '../reload/events.ts';
import type { OutputStream } from './output-stream.ts';
import type { Renderer } from './renderer.ts';
import { toJsonLine } from './json.ts';

/**
 * `--json`: one JSON object a line on stdout, each an event with exactly its own field names (src/reload/events.ts), first
 * `event` and `atMs`; what is undefined is left out. The last line of an action is its "result".
 */
export class JsonRenderer implements Renderer {
  readonly #stream: OutputStream;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  begin(): void {
    // Nothing has happened yet.
  }

  handle(event: ReloadEvent): void {
    // A reader of raw lines finds what it looks for first.
    const { event: name, atMs, ...rest } = event;
    this.#stream.write(toJsonLine({ event: name, atMs, ...rest }));
  }

  finish(): void {
    // Every line is complete when it is written.
  }
}
