import type { ReloadEvent } from '../reload/events.ts';
import { renderOutput } from './output-block.ts';
import { columnsOf } from './output-stream.ts';
import { advance, NO_PROGRESS, type Progress } from './progress.ts';
import type { Output, Renderer } from './renderer.ts';
import {
  renderExplanation,
  renderRefusalOutput,
  renderRemarkRows,
  renderSentence,
} from './result-report.ts';

/** `--quiet`: says nothing unless the result is not simply good; then all of it, on stderr. */
export class QuietRenderer implements Renderer {
  readonly #output: Output;
  #progress: Progress = NO_PROGRESS;

  constructor(output: Output) {
    this.#output = output;
  }

  begin(): void {
    // Nothing has happened yet.
  }

  handle(event: ReloadEvent): void {
    this.#progress = advance(this.#progress, event);
    if (event.event !== 'result') return;
    if (event.outcome !== 'done') {
      const { stream, theme } = this.#output;
      const lines = [
        ...this.#progress.outputs.flatMap((output) => renderOutput(output, theme)),
        ...renderRefusalOutput(this.#progress, theme),
        renderSentence(event, theme),
        ...renderRemarkRows(this.#progress, theme, columnsOf(stream)),
        ...renderExplanation(this.#progress, theme, columnsOf(stream)),
      ];
      stream.write(`${lines.join('\n')}\n`);
    }
    this.#progress = NO_PROGRESS;
  }

  finish(): void {
    // Nothing is held back.
  }
}
