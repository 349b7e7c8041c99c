import type { ReloadEvent } from '../reload/events.ts';
import type { OutputStream } from './output-stream.ts';
import type { Theme } from './theme.ts';

/**
 * Shows people or programs what happens. Takes the events of one action after another; no method throws or blocks.
 */
export interface Renderer {
  /** An action on `target` begins: it is looked at, which can take as long as a boot, and there is no event yet. */
  begin(target: string): void;
  handle(event: ReloadEvent): void;
  /** Leaves the terminal as it was found. To be called once at the end and on every way out; calling it again does nothing. */
  finish(): void;
}

/** A stream with the way to write on it. */
export interface Output {
  readonly stream: OutputStream;
  readonly theme: Theme;
}

/** Where a renderer writes: data to `out`, progress and explanations to `err`. */
export interface Outputs {
  readonly out: Output;
  readonly err: Output;
}
