import { toJsonLine } from '../base/json.ts';
import { printable } from '../base/printable.ts';
import { reasonOf } from '../base/reason-of.ts';
import { redactText } from '../base/secrets/redact-text.ts';
import type { Os } from '../os/os.ts';
import { traitsOf } from '../policy/actions.ts';
import type { ReloadEvent } from '../reload/events.ts';
import type { Target } from '../reload/target.ts';
import { resultMessage } from '../terminal/words/result.ts';

/** Nobody waits any longer for a chat. */
const LIMIT_MS = 5000;

type Result = Extract<ReloadEvent, { event: 'result' }>;

/** The addresses of the `notify` setting for a target. */
export function notifyUrlsOf(target: Target): readonly string[] {
  const settings = target.kind === 'supervised' ? target.program?.settings : undefined;
  return settings?.notifyUrls ?? [];
}

/** Says what went wrong to whoever looks. */
export function warnOnStderr(text: string): void {
  process.stderr.write(`reloadctl: warning: ${printable(text)}\n`);
}

/** Tells webhooks how actions ended. The actions go on meanwhile, and what goes wrong is a warning. */
export class Notifier {
  readonly #os: Pick<Os, 'httpPost'>;
  readonly #abort: AbortSignal;
  readonly #warn: (text: string) => void;
  readonly #sent: Array<Promise<void>> = [];

  constructor(os: Pick<Os, 'httpPost'>, abort: AbortSignal, warn: (text: string) => void) {
    this.#os = os;
    this.#abort = abort;
    this.#warn = warn;
  }

  /** Begins to tell of a result, where the action is one that leaves something else in service. */
  send(urls: readonly string[], result: Result): void {
    if (urls.length === 0 || traitsOf(result.action).changesVersion !== true) return;
    const document = toJsonLine({ text: resultMessage(result), ...result });
    this.#sent.push(...urls.map((url) => this.#post(url, document, result.target)));
  }

  /** Waits until everything is told, or its time is over. */
  async end(): Promise<void> {
    await Promise.all(this.#sent);
  }

  async #post(url: string, document: string, target: string): Promise<void> {
    const observed = await this.#os.httpPost(url, document, LIMIT_MS, this.#abort).then(
      (probe) => {
        if (!probe.ok) return probe.error;
        return probe.status >= 200 && probe.status < 300 ? undefined : `status ${probe.status}`;
      },
      // Not even a bug of ours may change what became of a reload.
      reasonOf,
    );
    if (observed === undefined) return;
    this.#warn(redactText(`${target}: could not notify ${new URL(url).origin}: ${observed}`));
  }
}
