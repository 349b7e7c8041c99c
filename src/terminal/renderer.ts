import type { ReloadEvent } from '../reload/events.ts';
import type { OutputStream } from './output-stream.ts';
import type { Theme } from './theme.ts';

/**
 * Shows people or programs what happens. Takes the events of one action after another; neither method throws or blocks.
 */
export interface Renderer {
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
