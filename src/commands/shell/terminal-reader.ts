import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { standardInput } from '../standard-input.ts';
import type { LineReader, LivePrompt, Typed } from './line-reader.ts';

/** What the Tab key needs: the candidates for the text before the cursor, and the part of it that they stand for. */
type Completer = (line: string) => Promise<readonly [readonly string[], string]>;

/** What the editor of a terminal works with. */
export interface TerminalReaderOptions {
  /** What was typed before, the newest first. */
  readonly history: () => readonly string[];
  readonly complete: Completer;
}

/**
 * Lines from a terminal, with an editor. The terminal is taken for each line and given back before the line is carried out, so
 * that commands find it as any program does: Ctrl-C is a signal, and what is typed is theirs.
 */
export class TerminalReader implements LineReader {
  readonly #options: TerminalReaderOptions;
  /** Lines that came with the last one, when several were pasted, and what stands behind them. */
  readonly #pasted: string[] = [];
  #begun = '';

  constructor(options: TerminalReaderOptions) {
    this.#options = options;
  }

  async read(prompt: LivePrompt): Promise<Typed> {
    const next = this.#pasted.shift();
    if (next !== undefined) {
      process.stdout.write(`${prompt.text}${next}\n`);
      return { kind: 'line', text: next };
    }
    const { complete, history } = this.#options;
    const editor = createInterface({
      input: standardInput(),
      output: process.stdout,
      terminal: true,
      prompt: prompt.text,
      history: [...history()],
      removeHistoryDuplicates: true,
      completer: (line: string, answer: Answer) => {
        complete(line).then(
          ([candidates, typed]) => {
            answer(null, [[...candidates], typed]);
          },
          // The one who pressed Tab can do nothing about it.
          () => {
            answer(null, [[], line]);
          },
        );
      },
    });
    const unsubscribe = prompt.subscribe(() => {
      editor.setPrompt(prompt.text);
      editor.prompt(true);
    });
    try {
      editor.prompt();
      if (this.#begun !== '') editor.write(this.#begun);
      this.#begun = '';
      return await this.#typed(editor);
    } finally {
      unsubscribe();
      editor.close();
    }
  }

  async ask(
    question: string,
    { hidden = false }: { readonly hidden?: boolean } = {},
  ): Promise<string | undefined> {
    if (hidden) process.stdout.write(question);
    const editor = createInterface({
      input: standardInput(),
      output: hidden
        ? new Writable({
            write: (_piece, _encoding, done) => {
              done();
            },
          })
        : process.stdout,
      terminal: true,
      prompt: hidden ? '' : question,
      historySize: 0,
    });
    try {
      editor.prompt();
      const typed = await this.#typed(editor);
      if (hidden || typed.kind !== 'line') process.stdout.write('\n');
      return typed.kind === 'line' ? typed.text : undefined;
    } finally {
      editor.close();
    }
  }

  #typed(editor: Interface): Promise<Typed> {
    return new Promise((resolve) => {
      const lines: string[] = [];
      editor.on('line', (text) => {
        // All lines of a paste come before whoever waits for the first one goes on.
        if (lines.push(text) > 1) this.#pasted.push(text);
        else {
          setImmediate(() => {
            this.#begun = editor.line;
            if (this.#begun !== '') process.stdout.write('\n');
            resolve({ kind: 'line', text });
          });
        }
      });
      editor.on('SIGINT', () => {
        const hadText = editor.line !== '';
        // Behind the text, which may have several rows.
        editor.write(null, { ctrl: true, name: 'e' });
        process.stdout.write('^C\n');
        resolve({ kind: 'interrupt', hadText });
      });
      editor.on('close', () => {
        resolve({ kind: 'end' });
      });
    });
  }
}

type Answer = (error: null, result: [string[], string]) => void;
