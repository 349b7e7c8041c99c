import type { DeployEvent, DeployResult } from '../../reload/deploy/deploy-events.ts';
import { deployNext, deployWords, renderDeploy } from '../../terminal/deploy-text.ts';
import { toJsonLine } from '../../base/json.ts';
import { columnsOf } from '../../terminal/output-stream.ts';
import type { Outputs } from '../../terminal/renderer.ts';
import { wrapHanging } from '../../terminal/text/wrap.ts';
import { EXIT } from '../../base/errors.ts';
import type { Context } from '../context.ts';

const WORRYING: ReadonlySet<DeployEvent['event']> = new Set<DeployEvent['event']>([
  'cut-short',
  'not-proved',
  'link-stuck',
  'still-old',
]);

/** Tells what happens to the release, beside what the renderers tell of each program. */
export class DeployTeller {
  readonly #context: Context;
  readonly #outputs: Outputs;
  readonly #now: () => number;
  readonly #startedAt: number;

  constructor(context: Context, outputs: Outputs, now: () => number) {
    this.#context = context;
    this.#outputs = outputs;
    this.#now = now;
    this.#startedAt = now();
  }

  get elapsedMs(): number {
    return Math.round(this.#now() - this.#startedAt);
  }

  tell(event: DeployEvent): void {
    const { json, quiet } = this.#context.options;
    if (json === true) {
      const { event: name, ...rest } = event;
      this.#context.print(toJsonLine({ event: name, atMs: this.elapsedMs, ...rest }).trimEnd());
      return;
    }
    const isWorrying = WORRYING.has(event.event);
    if (quiet === true && !isWorrying) return;
    const { stream, theme } = this.#outputs.err;
    const text = theme.plain(deployWords(event));
    const tone = isWorrying ? 'warn' : event.event === 'deploy-started' ? 'strong' : undefined;
    const mark = event.event === 'deploy-started' ? '' : '  ';
    for (const line of wrapHanging(mark, text, columnsOf(stream))) {
      stream.write(`${tone === undefined ? line : theme.paint(tone, line)}\n`);
    }
  }

  end(result: DeployResult, programs: readonly string[]): void {
    const { json, quiet } = this.#context.options;
    if (json === true) {
      this.#context.print(toJsonLine({ event: 'result', ...result }).trimEnd());
      return;
    }
    const isQuiet = quiet === true;
    if (isQuiet && result.exitCode === EXIT.ok) return;
    const { out, err } = this.#outputs;
    const first = isQuiet ? err : out;
    first.stream.write(`${renderDeploy(result, programs, first.theme)}\n`);
    const next = deployNext(result, programs);
    if (next === undefined) return;
    const lines = wrapHanging('  next     ', err.theme.plain(next), columnsOf(err.stream));
    err.stream.write(`${lines.join('\n')}\n`);
  }
}
