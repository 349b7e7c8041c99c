import { redactText } from '../../base/secrets/redact-text.ts';
import { appendFile, chmod, readFile, realpath, rename, writeFile } from 'node:fs/promises';

/** So many lines are kept. */
const MAX_LINES = 1000;

/**
 * What was typed in the shell, in a file with a line each, which supervisorctl reads as well. Only its owner can read the file. A line
 * that begins with a blank is not kept, nor is one with a password.
 */
export class History {
  readonly #path: string | undefined;
  readonly #lines: string[];

  private constructor(path: string | undefined, lines: string[]) {
    this.#path = path;
    this.#lines = lines;
  }

  /** Reads the file, if there is one; without a path nothing outlives the shell. */
  static async open(path: string | undefined): Promise<History> {
    if (path === undefined) return new History(undefined, []);
    try {
      const text = await readFile(path, 'utf8');
      const lines = text.split('\n').filter((line) => line !== '');
      const kept = lines.slice(-MAX_LINES);
      await chmod(path, 0o600);
      if (lines.length > MAX_LINES * 2) await replace(path, kept);
      return new History(path, kept);
    } catch {
      return new History(path, []); // There is none yet, or it is not ours to read: neither keeps anybody from working.
    }
  }

  /** The lines, the newest first. */
  get newestFirst(): readonly string[] {
    return this.#lines.toReversed();
  }

  /** Keeps a line, at once, so that a shell that is killed has not lost it. */
  async add(line: string): Promise<void> {
    if (!isKept(line) || line === this.#lines.at(-1)) return;
    this.#lines.push(line);
    if (this.#path === undefined) return;
    try {
      await appendFile(this.#path, `${line}\n`, { mode: 0o600 });
    } catch {
      // A directory that may not be written to: supervisorctl says nothing either.
    }
  }
}

function isKept(line: string): boolean {
  return /^\S/u.test(line) && !/(?:^|\s)-p/u.test(line) && redactText(line) === line;
}

/** Never half a file, and not another one than a link leads to. */
async function replace(path: string, lines: readonly string[]): Promise<void> {
  const target = await realpath(path);
  const unfinished = `${target}.${process.pid}`;
  await writeFile(unfinished, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  await rename(unfinished, target);
}
