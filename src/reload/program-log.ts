import type { Rights } from '../os/credentials.ts';
import type { Files } from '../os/files.ts';
import type { Os } from '../os/os.ts';
import type { Supervisor } from '../rpc/supervisor.ts';

/** A file of a log. */
export interface LogSource {
  readonly path: string;
  readonly rights: Rights;
}

/** Where a program's output goes. */
export interface LogSources {
  /** Files that can be read directly, absolute, and with whose rights they are. */
  readonly files: readonly LogSource[];
  /** The supervisor and the program's name in it, for files that we may not read. */
  readonly supervisor: Supervisor | undefined;
  readonly supervisorName: string | undefined;
}

const MAX_BYTES = 64 * 1024;
const MAX_LINES = 40;
const HEAD_LINES = 10;

/** What a program has written since a moment: where a failing boot says why. */
export class ProgramLog {
  readonly #os: Os;
  readonly #sources: LogSources;
  #fileOffsets = new Map<LogSource, number>();
  #supervisorOffset: number | undefined;

  constructor(os: Os, sources: LogSources) {
    this.#os = os;
    this.#sources = sources;
  }

  /** Remembers where the logs end now. */
  async mark(): Promise<void> {
    this.#fileOffsets = new Map();
    this.#supervisorOffset = undefined;
    for (const source of this.#sources.files) {
      const stat = await this.#filesOf(source).stat(source.path);
      if (stat.ok) this.#fileOffsets.set(source, stat.value.size);
    }
    if (this.#fileOffsets.size === 0) this.#supervisorOffset = await this.#supervisorLogSize();
  }

  /** What was written after {@link mark}: the last traceback in it, else its last lines. '' when nothing can be read. */
  async readSinceMark(): Promise<string> {
    const parts: string[] = [];
    for (const [source, offset] of this.#fileOffsets) {
      const files = this.#filesOf(source);
      const stat = await files.stat(source.path);
      if (!stat.ok) continue;
      // A rotated file starts again at 0.
      const start = stat.value.size < offset ? 0 : Math.max(offset, stat.value.size - MAX_BYTES);
      const text = await files.readFrom(source.path, start, MAX_BYTES);
      if (text.ok) parts.push(text.value);
    }
    if (parts.length === 0 && this.#supervisorOffset !== undefined) {
      parts.push(await this.#readFromSupervisor(this.#supervisorOffset));
    }
    return extractCause(parts.join('\n'));
  }

  #filesOf({ rights }: LogSource): Files {
    return this.#os.files(rights);
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

/**
 * Why a boot failed, out of what was printed: the last traceback that is not about gunicorn's own way of ending after it, with the line
 * that announces it; else the last lines without those tracebacks.
 */
export function extractCause(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const tracebacks = findTracebacks(lines);
  const cause = tracebacks.findLast((block) => !isAboutHalting(block.lines));
  if (cause !== undefined) return shorten(cause.lines).join('\n');
  const isPartOfOne = (at: number): boolean =>
    tracebacks.some(({ start, end }) => at >= start && at <= end);
  return lines
    .filter((line, at) => line !== '' && !CHAINED.test(line) && !isPartOfOne(at))
    .slice(-MAX_LINES)
    .join('\n');
}

/** What raised first stands at the beginning of a chain, what it led to at its end. */
function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, HEAD_LINES), '  …', ...lines.slice(HEAD_LINES + 1 - MAX_LINES)];
}

const START = 'Traceback (most recent call last)';

/** "During handling of the above exception…": tracebacks in a chain belong together. */
const CHAINED = /^(During handling of the above|The above exception was the direct cause)/;

/** gunicorn's master tells of a worker that did not boot with an exception of its own. */
function isAboutHalting(block: readonly string[]): boolean {
  return block.at(-1)?.startsWith('gunicorn.errors.HaltServer') === true;
}

/** A traceback, or several that are about each other, and where it stands. */
interface Traceback {
  readonly start: number;
  end: number;
  readonly lines: string[];
}

/** Every traceback: from the log line before it to the first line that is not indented, which is the exception. */
function findTracebacks(lines: readonly string[]): readonly Traceback[] {
  const found: Traceback[] = [];
  let isChained = false;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (CHAINED.test(line)) isChained = true;
    if (!line.startsWith(START)) continue;
    const at = lines.findIndex((text, other) => other > index && isEndOfTraceback(text));
    const end = at === -1 ? lines.length - 1 : at;
    const block = lines.slice(index, end + 1);
    const last = found.at(-1);
    if (isChained && last !== undefined) {
      last.lines.push('', ...block);
      last.end = end;
    } else {
      const before = lines[index - 1] ?? '';
      const announced = /\[(ERROR|CRITICAL)\]/.test(before) ? [before] : [];
      found.push({ start: index - announced.length, end, lines: [...announced, ...block] });
    }
    isChained = false;
    index = end;
  }
  return found;
}

/** A traceback ends with the first line that is not indented: the exception. */
function isEndOfTraceback(line: string): boolean {
  return line !== '' && !/^\s/.test(line);
}
