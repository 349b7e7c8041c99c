import type { Supervisor } from '../../rpc/supervisor.ts';
import { columnsOf } from '../../terminal/output-stream.ts';
import { renderPrompt, type Known } from '../../terminal/shell/prompt-text.ts';
import type { Theme } from '../../terminal/theme.ts';
import type { LivePrompt } from './line-reader.ts';

/** How long the prompt waits for the supervisor before it is shown with what was known before. */
const PATIENCE_MS = 100;
/** How long the supervisor has for an answer. */
const LIMIT_MS = 2000;
/** How often it is asked: at first, and by a shell that nobody has typed in for a minute. */
const INTERVAL_MS = 2000;
const IDLE_INTERVAL_MS = 10_000;
const IDLE_AFTER_MS = 60_000;

/** The prompt of a terminal, which tells how the programs are while it is shown. */
export class StatusPrompt implements LivePrompt {
  readonly #name: string;
  readonly #theme: Theme;
  readonly #supervisor: () => Supervisor;
  #known: Known = { kind: 'nothing' };
  /** Called when an answer has come, also one that the prompt has not waited for. */
  #onKnown: (() => void) | undefined;

  constructor(name: string, theme: Theme, supervisor: () => Supervisor) {
    this.#name = name;
    this.#theme = theme;
    this.#supervisor = supervisor;
  }

  get text(): string {
    return renderPrompt(this.#name, this.#known, this.#theme, columnsOf(process.stdout));
  }

  /** To be awaited before the prompt is shown: it may have changed by what the last command did. */
  async prepare(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([this.#refresh(new AbortController().signal), patience]);
    clearTimeout(timer);
  }

  subscribe(listener: () => void): () => void {
    const controller = new AbortController();
    const { signal } = controller;
    const began = Date.now();
    let shown = this.text;
    let timer: NodeJS.Timeout | undefined;
    this.#onKnown = () => {
      if (this.text === shown) return;
      shown = this.text;
      listener();
    };
    const plan = (): void => {
      const isIdle = Date.now() - began > IDLE_AFTER_MS;
      timer = setTimeout(ask, isIdle ? IDLE_INTERVAL_MS : INTERVAL_MS);
    };
    const ask = (): void => {
      void this.#refresh(signal).then(() => {
        if (!signal.aborted) plan();
      });
    };
    plan();
    return () => {
      this.#onKnown = undefined;
      controller.abort();
      clearTimeout(timer);
    };
  }

  async #refresh(abort: AbortSignal): Promise<void> {
    const infos = await this.#supervisor().getAllProcessInfo({ timeoutMs: LIMIT_MS, abort });
    if (abort.aborted) return;
    this.#known = infos.ok
      ? { kind: 'programs', states: infos.value.map(({ state }) => state) }
      : { kind: 'lost', why: infos.error.kind };
    this.#onKnown?.();
  }
}
