import { spawn, type ChildProcess } from 'node:child_process';
import type { Credentials } from '../credentials.ts';
import {
  helperProgram,
  type HelperAnswer,
  type HelperOperation,
  type HelperRequest,
} from './helper-program.ts';

/** What a helper says, with the handle that came with it. */
export interface HelperResult {
  readonly code: string | undefined;
  readonly value: unknown;
  readonly handle: unknown;
}

/** A path of the user's may lead to a disk that does not answer. */
const ANSWER_LIMIT_MS = 10_000;

/** A Node has to be loaded, on a machine that may be busy. */
const START_LIMIT_MS = 30_000;

/** The helper has gone, or said nothing in time. */
const NO_ANSWER: HelperResult = { code: 'EIO', value: undefined, handle: undefined };

/** A process of one user that touches that user's files for us. */
export class Helper {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (result: HelperResult) => void>();
  readonly #ready: Promise<boolean>;
  #lastId = 0;
  #isGone = false;

  constructor(user: Credentials) {
    const { uid, gid, groups } = user;
    const program = `(${helperProgram.toString()})(${uid}, ${gid}, ${JSON.stringify(groups)})`;
    this.#child = spawn(process.execPath, ['--no-warnings', '-e', program], {
      // Nothing of anybody's: not even our own NODE_OPTIONS has a place in it.
      env: {},
      cwd: '/',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true, // Ctrl-C on our terminal is ours to act on.
    });
    this.#ready = this.#expect(0, START_LIMIT_MS).then(({ code }) => code === undefined);
    this.#child.on('message', (message: HelperAnswer, handle: unknown) => {
      this.#waiting.get(message.id)?.({ code: message.code, value: message.value, handle });
    });
    const end = (): void => {
      this.#isGone = true;
      for (const settle of this.#waiting.values()) settle(NO_ANSWER);
    };
    this.#child.once('error', end);
    this.#child.once('exit', end);
    this.#child.once('disconnect', end);
    this.#hold(false);
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Whether nobody waits for an answer. */
  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  /** Has it do something. A helper that does not answer is ended. */
  async ask(operation: HelperOperation, args: readonly unknown[]): Promise<HelperResult> {
    if (!(await this.#ready)) {
      this.end();
      return NO_ANSWER;
    }
    if (this.#isGone) return NO_ANSWER;
    this.#lastId += 1;
    const request: HelperRequest = { id: this.#lastId, operation, args };
    const answer = this.#expect(request.id, ANSWER_LIMIT_MS);
    this.#child.send(request, (error) => {
      if (error !== null) this.#waiting.get(request.id)?.(NO_ANSWER);
    });
    const result = await answer;
    if (result === NO_ANSWER) this.end();
    return result;
  }

  /**
   * It ends when its channel closes, but not while it is stopped (SIGSTOP), so it is KILLed as
   * well.
   */
  end(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    if (this.#child.connected) this.#child.disconnect();
    this.#child.kill('SIGKILL');
  }

  #expect(id: number, limitMs: number): Promise<HelperResult> {
    return new Promise((resolve) => {
      const settle = (result: HelperResult): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (this.isIdle) this.#hold(false);
        resolve(result);
      };
      const timer = setTimeout(settle, limitMs, NO_ANSWER);
      this.#waiting.set(id, settle);
      this.#hold(true);
      if (this.#isGone) settle(NO_ANSWER);
    });
  }

  /** Only while somebody waits does it keep our event loop alive. */
  #hold(isHeld: boolean): void {
    const { channel } = this.#child;
    if (isHeld) {
      this.#child.ref();
      channel?.ref();
    } else {
      this.#child.unref();
      channel?.unref();
    }
  }
}
