import type { Os } from '../os/os.ts';
import type { Supervisor } from '../rpc/supervisor.ts';

/** Where a program's output goes. */
export interface LogSources {
  /** Files that can be read directly, absolute. */
  readonly files: readonly string[];
  /** The supervisor and the program's name in it, for files that we may not read. */
  readonly supervisor: Supervisor | undefined;
  readonly supervisorName: string | undefined;
}

const MAX_BYTES = 64 * 1024;
const MAX_LINES = 40;

/** What a program has written since a moment: where a failing boot says why. */
export class ProgramLog {
  readonly #os: Os;
  readonly #sources: LogSources;
  #fileOffsets = new Map<string, number>();
  #supervisorOffset: number | undefined;

  constructor(os: Os, sources: LogSources) {
    this.#os = os;
    this.#sources = sources;
  }

  /** Remembers where the logs end now. */
  async mark(): Promise<void> {
    this.#fileOffsets = new Map();
    this.#supervisorOffset = undefined;
    for (const file of this.#sources.files) {
      const stat = await this.#os.stat(file);
      if (stat.ok) this.#fileOffsets.set(file, stat.value.size);
    }
    if (this.#fileOffsets.size === 0) this.#supervisorOffset = await this.#supervisorLogSize();
  }

  /** What was written after {@link mark}: the last traceback in it, else its last lines. '' when nothing can be read. */
  async readSinceMark(): Promise<string> {
    const parts: string[] = [];
    for (const [file, offset] of this.#fileOffsets) {
      const stat = await this.#os.stat(file);
      if (!stat.ok) continue;
      // A rotated file starts again at 0.
      const start = stat.value.size < offset ? 0 : Math.max(offset, stat.value.size - MAX_BYTES);
      const text = await this.#os.readFrom(file, start, MAX_BYTES);
      if (text.ok) parts.push(text.value);
    }
    if (parts.length === 0 && this.#supervisorOffset !== undefined) {
      parts.push(await this.#readFromSupervisor(this.#supervisorOffset));
    }
    return extractCause(parts.join('\n'));
  }

  async #supervisorLogSize(): Promise<number | undefined> {
    const { supervisor, supervisorName } = this.#sources;
    if (supervisor === undefined || supervisorName === undefined) return undefined;
    const tail = await supervisor.tailProcessLog(supervisorName, 'stdout', 0, 1);
    return tail.ok ? tail.value.offset : undefined;
  }

  async #readFromSupervisor(offset: number): Promise<string> {
    const { supervisor, supervisorName } = this.#sources;
    if (supervisor === undefined || supervisorName === undefined) return '';
    const text = await supervisor.readProcessLog(supervisorName, 'stdout', offset, MAX_BYTES);
    return text.ok ? text.value : '';
  }
}

/** The last traceback in `text` with the line that announces it; else the last lines. */
export function extractCause(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const start = lines.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'));
  if (start === -1)
    return lines
      .filter((line) => line !== '')
      .slice(-MAX_LINES)
      .join('\n');
  const first = firstOfChain(lines, start);
  const end = lines.findIndex((line, index) => index > start && isEndOfTraceback(line));
  const announced = first > 0 && /\[(ERROR|CRITICAL)\]/.test(lines[first - 1] ?? '');
  return lines
    .slice(announced ? first - 1 : first, end === -1 ? undefined : end + 1)
    .slice(-MAX_LINES)
    .join('\n');
}

/** "During handling of the above exception…": a chain of tracebacks belongs together. */
function firstOfChain(lines: readonly string[], start: number): number {
  const before = lines.slice(Math.max(0, start - 3), start).join('\n');
  if (!/During handling of the above|direct cause of the following/.test(before)) return start;
  const previous = lines.findLastIndex(
    (line, index) => index < start - 1 && line.startsWith('Traceback (most recent call last)'),
  );
  return previous === -1 ? start : firstOfChain(lines, previous);
}

/** A traceback ends with the first line that is not indented: the exception. */
function isEndOfTraceback(line: string): boolean {
  return line !== '' && !/^\s/.test(line);
}
