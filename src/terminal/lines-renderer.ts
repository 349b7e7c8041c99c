import type { ReloadEvent } from '../reload/events.ts';
import type { Step } from '../policy/plan.ts';
import { renderOutput } from './output-block.ts';
import { columnsOf } from './output-stream.ts';
import {
  advance,
  isOnlyNoted,
  NO_PROGRESS,
  numberOf,
  pidOf,
  type EventOf,
  type Progress,
} from './progress.ts';
import type { Outputs, Renderer } from './renderer.ts';
import { renderExplanation, renderRefusalOutput, renderSentence } from './result-report.ts';
import { formatDuration } from './text/quantities.ts';
import { shown } from './text/shown.ts';
import { padStart } from './text/width.ts';
import type { Tone } from './theme.ts';
import { failureWords } from './words/failure.ts';
import { headline, subjectWords } from './words/headline.ts';
import { limitWords } from './words/limit.ts';
import { noteWeight, noteWords } from './words/note.ts';
import { isWorrying, remarkWords } from './words/remark.ts';
import { processWords, signalWords } from './words/role.ts';
import { workersWords } from './words/serving.ts';
import { limitOf, observedWords, stepWords, taskWords } from './words/step.ts';
import { effectWords } from './words/condition.ts';

/** A step that takes long gets a line with the numbers at most this often. */
const WORKERS_EVERY_MS = 1_000;

/**
 * For pipes, logs and CI: one plain line for each thing that happens, with the time since the action began, and no cursor
 * movement. Progress goes to stderr, the sentence that tells the result to stdout. With a `target` each line says whose it is.
 */
export class LinesRenderer implements Renderer {
  readonly #outputs: Outputs;
  readonly #target: string | undefined;
  #progress: Progress = NO_PROGRESS;
  #lastLineAtMs = 0;
  #later: NodeJS.Timeout | undefined;

  constructor(outputs: Outputs, target?: string) {
    this.#outputs = outputs;
    this.#target = target === undefined ? undefined : shown(target, 80);
  }

  handle(event: ReloadEvent): void {
    this.#progress = advance(this.#progress, event);
    clearTimeout(this.#later);
    switch (event.event) {
      case 'plan':
        this.#tellPlan(event);
        break;
      case 'step-started':
        this.#tellStart(event);
        break;
      case 'step-done':
        this.#tellDone(event);
        break;
      case 'step-failed': {
        const isNoted = isOnlyNoted(event);
        this.#line(
          event,
          `${this.#number(event)}${isNoted ? 'not done' : 'FAILED'} after ${formatDuration(event.elapsedMs)}: ${failureWords(event.failure)}`,
          isNoted ? 'warn' : 'bad',
        );
        break;
      }
      case 'signal':
        this.#tellSignal(event);
        break;
      case 'told':
        break; // Its step tells it.
      case 'workers':
        this.#tellWorkers(event);
        break;
      case 'lock-wait':
      case 'beside':
      case 'killed':
      case 'tidied':
      case 'interrupted':
      case 'master-lost':
        if (this.#progress.remarks.includes(event)) {
          this.#line(event, remarkWords(event), isWorrying(event) ? 'warn' : undefined);
        }
        break;
      case 'output':
        this.#block(renderOutput(event, this.#outputs.err.theme));
        break;
      case 'result':
        this.#tellResult(event);
        break;
    }
  }

  begin(): void {
    // The first event tells more than that something will be done.
  }

  finish(): void {
    clearTimeout(this.#later); // Every line is complete when it is written.
  }

  /** What is left out because a line has just been written is told later, if nothing else has happened by then. */
  #tellWorkers(event: EventOf<'workers'>): void {
    const tell = (): void => {
      this.#line(event, `workers: ${workersWords(event.now, event.expected)}`);
    };
    const dueMs = this.#lastLineAtMs + WORKERS_EVERY_MS - event.atMs;
    if (dueMs <= 0) tell();
    else this.#later = setTimeout(tell, dueMs).unref();
  }

  #tellPlan(event: EventOf<'plan'>): void {
    const { plan } = event;
    const subject = subjectWords(plan);
    this.#line(event, subject === '' ? headline(plan) : `${headline(plan)}: ${subject}`, 'strong');
    for (const note of plan.notes) {
      const weight = noteWeight(note);
      const label = weight === 'warn' ? 'warning: ' : weight === 'info' ? 'note: ' : 'why: ';
      this.#line(event, label + noteWords(note), weight === 'warn' ? 'warn' : undefined);
    }
  }

  #tellStart(event: EventOf<'step-started'>): void {
    // A signal is told by its own event, with the pid that got it; a step without a limit is over at once.
    if (event.step.do === 'signal' || limitOf(event.step) === undefined) return;
    const task = taskWords(event.step, (role) => pidOf(this.#progress, role));
    this.#line(event, `${this.#number(event)}${task}${this.#limit(event.step)}`);
  }

  #tellDone(event: EventOf<'step-done'>): void {
    if (limitOf(event.step) === undefined) {
      this.#line(event, `${this.#number(event)}done: ${stepWords(event.step)}`);
      return;
    }
    const observed = observedWords(event.step);
    const seen = observed === undefined ? '' : `: ${observed}`;
    this.#line(event, `${this.#number(event)}ok, ${formatDuration(event.elapsedMs)}${seen}`);
  }

  #tellSignal(event: EventOf<'signal'>): void {
    if (event.outcome !== 'sent') {
      this.#line(event, remarkWords(event), 'warn');
      return;
    }
    const row = [...this.#progress.steps, ...this.#progress.undo].find(
      ({ state }) => state === 'running',
    );
    const via = event.via === 'supervisor' ? ' through the supervisor' : '';
    const sent = `${signalWords(event.signal)} → ${processWords(event.role, event.pid)}${via}`;
    if (row?.step.do === 'signal' && row.step.signal === event.signal) {
      const number = this.#stepNumber(row.step);
      const meaning = effectWords(row.step.effect);
      this.#line(event, `${number}${sent}: ${meaning}${this.#limit(row.step)}`);
    } else {
      this.#line(event, sent);
    }
  }

  #tellResult(event: EventOf<'result'>): void {
    const { out, err } = this.#outputs;
    this.#block(renderRefusalOutput(this.#progress, err.theme));
    out.stream.write(`${renderSentence(event, out.theme)}\n`);
    this.#block(renderExplanation(this.#progress, err.theme, columnsOf(err.stream)));
    this.#progress = NO_PROGRESS;
    this.#lastLineAtMs = 0;
  }

  #limit(step: Step): string {
    const limit = limitOf(step);
    if (limit === undefined) return '';
    return `, ${limitWords(limit, (id) => numberOf(this.#progress, id))}`;
  }

  #number(event: EventOf<'step-started' | 'step-done' | 'step-failed'>): string {
    return this.#stepNumber(event.step);
  }

  #stepNumber(step: Step): string {
    const undoIndex = this.#progress.undo.findIndex((row) => row.step.id === step.id);
    if (undoIndex !== -1) return 'undo: ';
    const number = numberOf(this.#progress, step.id);
    if (number === undefined) return '';
    const of = String(this.#progress.steps.length);
    return `${padStart(String(number), of.length)}/${of} `;
  }

  #line(event: ReloadEvent, text: string, tone?: Tone): void {
    const { stream, theme } = this.#outputs.err;
    const time = padStart(`${(event.atMs / 1000).toFixed(2)}s`, 8);
    const line = theme.plain(this.#target === undefined ? text : `${this.#target}: ${text}`);
    stream.write(
      `${theme.paint('faint', time)}  ${tone === undefined ? line : theme.paint(tone, line)}\n`,
    );
    this.#lastLineAtMs = event.atMs;
  }

  #block(lines: readonly string[]): void {
    if (lines.length > 0) this.#outputs.err.stream.write(`${lines.join('\n')}\n`);
  }
}
