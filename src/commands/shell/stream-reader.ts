import { standardInput } from '../standard-input.ts';
import type { LineReader, LivePrompt, Typed } from './line-reader.ts';
import { readLine } from './read-line.ts';

/**
 * Lines from what is no terminal with an editor: a pipe, a file. Prompts and questions are written all the same, as supervisorctl
 * does (Python's input()).
 */
export class StreamReader implements LineReader {
  async read(prompt: LivePrompt): Promise<Typed> {
    const text = await this.#readLine(prompt.text);
    if (text === 'interrupt') return { kind: 'interrupt', hadText: false };
    return text === undefined ? { kind: 'end' } : { kind: 'line', text: text.line };
  }

  async ask(question: string): Promise<string | undefined> {
    const text = await this.#readLine(question);
    if (typeof text === 'object') return text.line;
    process.stdout.write('\n');
    return undefined;
  }

  async #readLine(prompt: string): Promise<{ readonly line: string } | 'interrupt' | undefined> {
    const controller = new AbortController();
    const interrupt = (): void => {
      controller.abort();
    };
    process.on('SIGINT', interrupt);
    try {
      process.stdout.write(prompt);
      const line = await readLine(standardInput(), controller.signal);
      if (line !== undefined) return { line };
      return controller.signal.aborted ? 'interrupt' : undefined;
    } finally {
      process.off('SIGINT', interrupt);
    }
  }
}
