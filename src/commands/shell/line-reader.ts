/** What somebody typed. */
export type Typed =
  | { readonly kind: 'line'; readonly text: string }
  /** Ctrl-C, with or without something in the line. */
  | { readonly kind: 'interrupt'; readonly hadText: boolean }
  /** Ctrl-D, or the end of a file. */
  | { readonly kind: 'end' };

/** A prompt that may change while it is shown. */
export interface LivePrompt {
  readonly text: string;
  /** Calls `listener` when the text has changed, until the function that is returned is called. */
  subscribe(listener: () => void): () => void;
}

/** Where the lines of a shell come from. */
export interface LineReader {
  read(prompt: LivePrompt): Promise<Typed>;
  /** The answer to a question; undefined when there is none. A hidden one is not shown while it is typed. */
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<string | undefined>;
}
