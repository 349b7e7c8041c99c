import { JsonRenderer } from './json-renderer.ts';
import { LinesRenderer } from './lines-renderer.ts';
import { LiveRenderer } from './live/live-renderer.ts';
import { columnsOf, type OutputStream } from './output-stream.ts';
import { QuietRenderer } from './quiet-renderer.ts';
import type { Output, Outputs, Renderer } from './renderer.ts';
import { createTheme, supportsColor, supportsUnicode } from './theme.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What decides how things are shown. */
export interface TerminalOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Environment;
  /** --no-color. */
  readonly noColor: boolean;
}

/** {@link TerminalOptions} and the options that choose a renderer. */
export interface RendererOptions extends TerminalOptions {
  /** --json. Goes before `quiet`. */
  readonly json: boolean;
  /** --quiet. */
  readonly quiet: boolean;
  /** The one of several targets that it is for, and how many are acted on at a time. */
  readonly among?: { readonly target: string; readonly atOnce: number } | undefined;
}

/** Both streams with the colours and characters that each of them can show. */
export function createOutputs(options: TerminalOptions): Outputs {
  return {
    out: createOutput(options.stdout, options),
    err: createOutput(options.stderr, options),
  };
}

/**
 * The renderer for these options: JSON, quiet, live on a terminal, else lines. What happens at the same time cannot be drawn in one place, so that
 * it is lines, each with its target.
 */
export function createRenderer(options: RendererOptions): Renderer {
  const outputs = createOutputs(options);
  if (options.json) return new JsonRenderer(options.stdout, options.among?.target);
  if (options.quiet) return new QuietRenderer(outputs.err);
  const isTogether = (options.among?.atOnce ?? 1) > 1;
  if (isTogether) return new LinesRenderer(outputs, options.among?.target);
  return canRedraw(options.stderr, options.env)
    ? new LiveRenderer(outputs)
    : new LinesRenderer(outputs);
}

/** The renderer of a process that shares its stderr with another one: all of it goes there, in lines that say whose they are. */
export function createLogRenderer(options: Omit<RendererOptions, 'among'>): Renderer {
  if (options.json) return new JsonRenderer(options.stderr);
  const err = createOutput(marked(options.stderr, 'reloadctl: '), options);
  return options.quiet ? new QuietRenderer(err) : new LinesRenderer({ out: err, err });
}

/** Begins every line with `mark`. */
function marked(stream: OutputStream, mark: string): OutputStream {
  return {
    write: (text) => stream.write(text.replaceAll(/^(?=.)/gm, mark)),
    isTTY: stream.isTTY,
    columns: Math.max(1, columnsOf(stream) - mark.length),
  };
}

/** Whether lines can be drawn again in place: a terminal that moves its cursor, and not the pseudo-terminal of a CI run. */
export function canRedraw(stream: OutputStream, env: Environment): boolean {
  const isCi = env.CI !== undefined && env.CI !== '' && env.CI !== 'false';
  return stream.isTTY === true && env.TERM !== undefined && env.TERM !== 'dumb' && !isCi;
}

function createOutput(stream: OutputStream, options: TerminalOptions): Output {
  const color = !options.noColor && supportsColor(stream);
  return { stream, theme: createTheme({ color, unicode: supportsUnicode(options.env) }) };
}
