import type { ReadStream, WriteStream } from 'node:tty';
import { EXIT, ReloadctlError, type ExitCode } from '../../base/errors.ts';
import type { Os } from '../../os/os.ts';
import { endBySignal } from '../../os/signal-self.ts';
import { Interruption } from '../../reload/interruption.ts';
import type { Renderer } from '../../terminal/renderer.ts';
import { DEFAULT_COLUMNS } from '../../terminal/output-stream.ts';
import type { Theme } from '../../terminal/theme.ts';
import { FullScreen } from '../../terminal/watch/full-screen.ts';
import type { WatchKey } from '../../terminal/watch/keypress.ts';
import { chosenProgram } from '../../terminal/watch/listed-programs.ts';
import { layoutOf } from '../../terminal/watch/layout.ts';
import { renderWatch } from '../../terminal/watch/render-watch.ts';
import { updateWatch, type WatchEvent } from '../../terminal/watch/update-watch.ts';
import type { WatchRequest } from '../../terminal/watch/watch-step.ts';
import {
  isAtWork,
  openingState,
  type WatchAction,
  type WatchedProgram,
  type WatchState,
} from '../../terminal/watch/watch-state.ts';
import type { Context } from '../context.ts';
import { describeLoss } from './describe-loss.ts';
import { InterruptibleSleep } from './interruptible-sleep.ts';
import type { ProgramSampler } from './program-sampler.ts';
import { readLogTail, type LogRequest } from './read-log-tail.ts';
import { TerminalGuard, type TerminalListener } from './terminal-guard.ts';
import { ViewContext } from './view-context.ts';

/** What the view works with. */
export interface LiveWatchParts {
  readonly context: Context;
  readonly os: Os;
  readonly sampler: ProgramSampler;
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly theme: Theme;
  /** Between two looks. */
  readonly intervalMs: number;
}

/** While an action is under way its clock goes on; otherwise only the age of what is not known any more. */
const BUSY_TICK_MS = 200;
const IDLE_TICK_MS = 1000;

/** More of a log than fits is never read, and of a line more than this is never shown. */
const BYTES_A_LOG_ROW = 400;
const MAX_LOG_BYTES = 32_768;

const DEFAULT_ROWS = 24;

/**
 * The thin driver of the view: hands what happens to {@link updateWatch}, draws what comes of it, and does what it asks for. Looks at the
 * programs and reads the log of the chosen one until the end.
 */
export class LiveWatch implements TerminalListener {
  readonly #parts: LiveWatchParts;
  readonly #screen: FullScreen;
  readonly #guard: TerminalGuard;
  readonly #over = new AbortController();
  readonly #betweenSamples = new InterruptibleSleep();
  readonly #betweenLogs = new InterruptibleSleep();
  #state: WatchState;
  #isDrawing = false;
  #interruption: Interruption | undefined;
  /** How to end when the action under way has ended. */
  #endWith: (() => void) | undefined;
  #settle: { resolve(code: ExitCode): void; reject(error: unknown): void } | undefined;

  constructor(parts: LiveWatchParts) {
    this.#parts = parts;
    this.#screen = new FullScreen(parts.output, parts.theme);
    this.#guard = new TerminalGuard(parts.input, parts.output, this.#screen, this);
    this.#state = openingState(parts.context.supervisor.url, this.#size(), performance.now());
  }

  /** Shows the view until it is quit. */
  async run(): Promise<ExitCode> {
    const settled = new Promise<ExitCode>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#guard.take();
    const loops = [this.#lookAgainAndAgain(), this.#readLogs(), this.#tick()];
    for (const loop of loops) loop.catch(this.#fail);
    this.#draw();
    try {
      return await settled;
    } finally {
      this.#over.abort();
      this.#betweenSamples.wake();
      this.#betweenLogs.wake();
      this.#guard.release();
    }
  }

  onKey(key: WatchKey): void {
    this.#dispatch({ is: 'key', key });
  }

  onResize(): void {
    this.#dispatch({ is: 'resized', ...this.#size() });
    this.#screen.enter();
    this.#draw();
  }

  onSignal(signal: 'SIGTERM' | 'SIGINT'): void {
    if (signal === 'SIGINT') {
      this.onKey({ key: 'interrupt' });
      return;
    }
    this.#interruption?.note('SIGTERM');
    this.#endSoon(() => this.#settle?.resolve(EXIT.terminated));
  }

  onHangUp(): void {
    // An action under way goes on to its end; nobody sees it any more.
    this.#screen.leave();
    this.#endSoon(() => {
      this.#guard.release();
      // Nobody listens any more, so that this is the end, as for any other reader whose terminal is gone.
      endBySignal('SIGHUP');
      this.#settle?.resolve(EXIT.failed);
    });
  }

  onSuspend(): void {
    this.onKey({ key: 'suspend' });
  }

  onContinue(): void {
    this.#guard.resume();
    this.onResize();
  }

  #hasEnded(): boolean {
    return this.#over.signal.aborted;
  }

  #endSoon(end: () => void): void {
    if (isAtWork(this.#state)) this.#endWith ??= end;
    else end();
  }

  #dispatch(event: WatchEvent): void {
    const wanted = this.#wantedLog();
    const { state, requests } = updateWatch(this.#state, event, performance.now());
    this.#state = state;
    for (const request of requests) this.#perform(request);
    const now = this.#wantedLog();
    if (now?.key !== wanted?.key || now?.choice !== wanted?.choice) this.#betweenLogs.wake();
    this.#draw();
  }

  #perform(request: WatchRequest): void {
    switch (request.do) {
      case 'quit':
        this.#settle?.resolve(EXIT.ok);
        return;
      case 'redraw':
        this.#screen.enter();
        return;
      case 'suspend':
        this.#guard.suspend();
        this.onResize();
        return;
      case 'interrupt':
        this.#interruption?.note('SIGINT');
        return;
      case 'act':
        this.#act(request.action, request.program).catch(this.#fail);
    }
  }

  readonly #fail = (error: unknown): void => {
    this.#settle?.reject(error);
  };

  async #act(action: WatchAction, program: WatchedProgram): Promise<void> {
    const { context, sampler } = this.#parts;
    const interruption = new Interruption();
    this.#interruption = interruption;
    this.#dispatch({ is: 'task-started', action, program });
    const inside = new ViewContext(context, this.#renderer());
    let error: readonly string[] | undefined;
    try {
      const { runOnTargets } = await import('../reload.ts');
      await runOnTargets(inside, action, [program.key], {}, interruption);
    } catch (thrown) {
      error = explain(thrown);
    } finally {
      inside.close();
    }
    this.#interruption = undefined;
    sampler.forgetHistory();
    this.#dispatch({ is: 'task-ended', error });
    this.#betweenSamples.wake();
    this.#endWith?.();
  }

  #renderer(): Renderer {
    return {
      begin: () => undefined,
      handle: (event) => {
        this.#dispatch({ is: 'task-event', event });
      },
      finish: () => undefined,
    };
  }

  async #lookAgainAndAgain(): Promise<void> {
    const { sampler, intervalMs } = this.#parts;
    const { signal } = this.#over;
    while (!this.#hasEnded()) {
      this.#dispatch({ is: 'asked' });
      const sample = await sampler.sample(signal);
      if (sample.ok) {
        const { programs, isOtherSupervisor } = sample.value;
        const clock = new Date().toTimeString().slice(0, 8);
        this.#dispatch({ is: 'sampled', programs, clock, isOtherSupervisor });
      } else if (sample.error.kind !== 'aborted') {
        this.#dispatch({ is: 'lost', why: describeLoss(sample.error) });
      }
      await this.#betweenSamples.sleep(this.#hasEnded() ? 0 : intervalMs);
    }
  }

  async #readLogs(): Promise<void> {
    const { os, context, intervalMs } = this.#parts;
    const { signal } = this.#over;
    while (!this.#hasEnded()) {
      const wanted = this.#wantedLog();
      if (wanted !== undefined && this.#state.trouble === undefined) {
        const log = await readLogTail(os, context.supervisor, wanted, signal);
        // Whatever was chosen meanwhile is read next.
        if (log !== undefined && !this.#hasEnded()) this.#dispatch({ is: 'log', log });
        if (this.#wantedLog()?.key !== wanted.key) continue;
      }
      await this.#betweenLogs.sleep(this.#hasEnded() ? 0 : intervalMs);
    }
  }

  #wantedLog(): LogRequest | undefined {
    const { logChoice, task } = this.#state;
    const { pane } = layoutOf(this.#state);
    const program = chosenProgram(this.#state);
    if (logChoice === 'none' || task !== undefined || pane === 0 || program === undefined) {
      return undefined;
    }
    const bytes = Math.min(MAX_LOG_BYTES, (pane + 1) * BYTES_A_LOG_ROW);
    return { key: program.key, choice: logChoice, bytes };
  }

  async #tick(): Promise<void> {
    const { signal } = this.#over;
    const pause = new InterruptibleSleep();
    signal.addEventListener('abort', () => {
      pause.wake();
    });
    while (!signal.aborted) {
      await pause.sleep(isAtWork(this.#state) ? BUSY_TICK_MS : IDLE_TICK_MS);
      const { trouble, askedAtMs } = this.#state;
      const isTimeShown = isAtWork(this.#state) || trouble !== undefined || askedAtMs !== undefined;
      if (isTimeShown) this.#dispatch({ is: 'tick' });
    }
  }

  /** Several things that happen at once make one drawing. */
  #draw(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    setImmediate(() => {
      this.#isDrawing = false;
      if (!this.#screen.isEntered) return;
      this.#screen.draw(renderWatch(this.#state, this.#parts.theme));
    });
  }

  #size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = this.#parts.output;
    return {
      columns: columns > 0 ? columns : DEFAULT_COLUMNS,
      rows: rows > 0 ? rows : DEFAULT_ROWS,
    };
  }
}

function explain(error: unknown): readonly string[] {
  if (error instanceof ReloadctlError) {
    return error.hint === undefined ? [error.message] : [error.message, error.hint];
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return [`internal error, please report it: ${text}`];
}
