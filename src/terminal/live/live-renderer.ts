import type { ReloadEvent } from '../../reload/events.ts';
import { renderOutput } from '../output-block.ts';
import { columnsOf } from '../output-stream.ts';
import { advance, closeProgress, NO_PROGRESS, type Progress } from '../progress.ts';
import type { Outputs, Renderer } from '../renderer.ts';
import { renderExplanation, renderRefusalOutput, renderSentence } from '../result-report.ts';
import { renderFrame, renderTranscript, type FrameView } from './frame.ts';
import { ScreenRegion } from './screen-region.ts';

/** Twelve times a second looks alive and costs nothing. */
const REDRAW_EVERY_MS = 80;

/** Wider lines are hard to follow from a step to its time. */
const MAX_WIDTH = 100;

/** A terminal that does not say how many rows it has. */
const DEFAULT_ROWS = 24;

/** Monotonic milliseconds. */
export type Clock = () => number;

/**
 * For a terminal: the steps as a list that is drawn again in place on stderr while they run, then a transcript that stays,
 * and the sentence that tells the result on stdout.
 */
export class LiveRenderer implements Renderer {
  readonly #outputs: Outputs;
  readonly #now: Clock;
  readonly #region: ScreenRegion;
  #progress: Progress = NO_PROGRESS;
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  #target = 'what runs';
  /** What to add to {@link #now} to be on the clock of the events. */
  #offsetMs = 0;

  constructor(outputs: Outputs, now: Clock = () => performance.now()) {
    this.#outputs = outputs;
    this.#now = now;
    this.#region = new ScreenRegion(outputs.err.stream);
  }

  begin(target: string): void {
    this.#target = target;
    this.#start();
  }

  handle(event: ReloadEvent): void {
    this.#offsetMs = event.atMs - this.#now();
    this.#progress = advance(this.#progress, event);
    if (event.event === 'result') {
      this.#end();
    } else {
      this.#start();
    }
  }

  finish(): void {
    if (this.#timer === undefined) return;
    this.#stop();
    // The way out without a result: what was going on stays to be read.
    this.#region.leave(renderTranscript(closeProgress(this.#progress), this.#view()));
    this.#progress = NO_PROGRESS;
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    this.#draw();
    this.#timer = setInterval(() => {
      this.#tick += 1;
      this.#draw();
    }, REDRAW_EVERY_MS);
    // Drawing keeps nobody alive who has nothing else to do.
    this.#timer.unref();
    process.on('SIGCONT', this.#onContinue);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    process.off('SIGCONT', this.#onContinue);
  }

  #end(): void {
    this.#stop();
    const { out, err } = this.#outputs;
    const progress = this.#progress;
    const { result } = progress;
    const blocks = [
      ...progress.outputs.map((output) => renderOutput(output, err.theme)),
      renderRefusalOutput(progress, err.theme),
    ].filter((block) => block.length > 0);
    this.#region.leave([
      ...renderTranscript(progress, this.#view()),
      ...blocks.flatMap((block) => ['', ...block]),
      ...(blocks.length > 0 ? [''] : []),
    ]);
    if (result !== undefined) out.stream.write(`${renderSentence(result, out.theme)}\n`);
    const explanation = renderExplanation(progress, err.theme, this.#view().width);
    if (explanation.length > 0) err.stream.write(`${explanation.join('\n')}\n`);
    this.#progress = NO_PROGRESS;
  }

  #draw(): void {
    this.#region.draw(renderFrame(this.#progress, this.#view()));
  }

  #view(): FrameView {
    const { stream, theme } = this.#outputs.err;
    return {
      theme,
      // A line that fills the last column wraps on some terminals.
      width: Math.max(20, Math.min(columnsOf(stream) - 1, MAX_WIDTH)),
      rows: Math.max(4, (stream.rows ?? DEFAULT_ROWS) - 1),
      nowMs: this.#now() + this.#offsetMs,
      tick: this.#tick,
      target: this.#target,
    };
  }

  /** After Ctrl-Z and fg the shell has written where the frame was. */
  readonly #onContinue = (): void => {
    this.#region.abandon();
  };
}
