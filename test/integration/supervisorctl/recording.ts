import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { REPOSITORY } from '../../rig/place.ts';
import type { Said } from './said.ts';

/** One call of supervisorctl. */
interface Call {
  readonly words: readonly string[];
  readonly said: Said;
}

/**
 * What the real supervisorctl is asked for:
 * - recorded: nothing, what it once said is taken (`make test`);
 * - compared: every answer, which has to be what was recorded (`make test-all`);
 * - recording: every answer, which is written down (`npm run record:supervisorctl`).
 */
type RecordingMode = 'recorded' | 'compared' | 'recording';

const mode: RecordingMode =
  process.env.RELOADCTL_TEST_RECORD !== undefined
    ? 'recording'
    : process.env.RELOADCTL_TEST_ALL !== undefined
      ? 'compared'
      : 'recorded';

/**
 * The answers of one release of supervisorctl to the calls of one file of tests, in the order of the calls by title of the test:
 * they depend on the release and on the programs, and on nothing of ours.
 */
export class Recording {
  readonly #file: string;
  readonly #calls: Record<string, Call[]>;
  readonly #asked = new Map<string, number>();

  constructor(name: string, release: string) {
    this.#file = join(REPOSITORY, 'fixtures', 'supervisorctl', release, `${name}.json`);
    this.#calls =
      existsSync(this.#file) && mode !== 'recording'
        ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Record<string, Call[]>)
        : {};
  }

  /** Whether supervisorctl itself has to be asked: it is compared or recorded, or nobody has recorded this release. */
  get isLive(): boolean {
    return mode !== 'recorded' || !existsSync(this.#file);
  }

  /** What it once said to the next call of a test. Throws where the call is another one than the recorded one. */
  said(title: string, words: readonly string[]): Said {
    const call = this.#next(title);
    if (call === undefined || !isDeepStrictEqual(call.words, words)) {
      throw new Error(`${this.#file} has no ${JSON.stringify(words)} here: ${ANEW}`);
    }
    return call.said;
  }

  /** Notes what it says to the next call of a test, or compares it with what it once said. */
  note(title: string, words: readonly string[], said: Said): void {
    const call = { words, said };
    if (mode === 'recording') {
      (this.#calls[title] ??= []).push(call);
      return;
    }
    if (!existsSync(this.#file)) throw new Error(`${this.#file} is missing: ${ANEW}`);
    const recorded = this.#next(title);
    if (recorded !== undefined && isDeepStrictEqual(inAnyOrder(recorded), inAnyOrder(call))) return;
    const shown = JSON.stringify({ recorded, said: call }, undefined, 2);
    throw new Error(`supervisorctl says something else than ${this.#file}: ${ANEW}\n${shown}`);
  }

  /** Writes what was noted, as prettier would. */
  async save(): Promise<void> {
    if (mode !== 'recording') return;
    const sorted = Object.fromEntries(
      Object.entries(this.#calls).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    mkdirSync(dirname(this.#file), { recursive: true });
    const { format } = await import('prettier');
    const options = { parser: 'json', printWidth: 100 };
    writeFileSync(this.#file, await format(JSON.stringify(sorted), options));
  }

  #next(title: string): Call | undefined {
    const index = this.#asked.get(title) ?? 0;
    this.#asked.set(title, index + 1);
    return this.#calls[title]?.[index];
  }
}

const ANEW = 'npm run record:supervisorctl writes the recordings anew';

/** Members of a group end in an order of their own: what is said of several has no order. */
function inAnyOrder<C extends { readonly words: readonly string[]; readonly said: Said }>(
  call: C,
): C {
  const isOfSeveral = call.words.some((word) => word === 'all' || word.endsWith(':*'));
  if (!isOfSeveral) return call;
  const stdout = call.said.stdout.split('\n').toSorted().join('\n');
  return { ...call, said: { ...call.said, stdout } };
}
