import type { OutputStream } from '../../../src/terminal/output-stream.ts';
import type { Outputs } from '../../../src/terminal/renderer.ts';
import { createTheme, type Theme, type ThemeOptions } from '../../../src/terminal/theme.ts';

/** Without colour, with every character. */
export const PLAIN: Theme = createTheme({ color: false, unicode: true });

/** A stream that keeps what is written on it. */
export class Recorder implements OutputStream {
  text = '';
  readonly columns: number | undefined;
  readonly isTTY: boolean;

  constructor(columns?: number) {
    this.columns = columns;
    this.isTTY = columns !== undefined;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

/** Two recorders as the outputs of a renderer. */
export function recordOutputs(
  options: ThemeOptions = { color: false, unicode: true },
  columns?: number,
): Outputs & { readonly stdout: Recorder; readonly stderr: Recorder } {
  const theme = createTheme(options);
  const stdout = new Recorder(columns);
  const stderr = new Recorder(columns);
  return { stdout, stderr, out: { stream: stdout, theme }, err: { stream: stderr, theme } };
}
