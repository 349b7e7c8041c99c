import { writeSync } from 'node:fs';
import { emitKeypressEvents, type Interface } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { stopOwnJob } from '../../os/signal-self.ts';
import { LEAVE_SCREEN, type FullScreen } from '../../terminal/watch/full-screen.ts';
import { toWatchKey, type Keypress, type WatchKey } from '../../terminal/watch/keypress.ts';

/** What the terminal and the operating system tell the view. */
export interface TerminalListener {
  onKey(key: WatchKey): void;
  onResize(): void;
  /** SIGTERM or SIGINT, sent by somebody: the keyboard's Ctrl-C is a key here. */
  onSignal(signal: 'SIGTERM' | 'SIGINT'): void;
  /** The terminal is gone: SIGHUP, or the end of the input. */
  onHangUp(): void;
  /** Somebody asks us to stop for a while (SIGTSTP). */
  onSuspend(): void;
  /** We go on after a stop; the terminal is as the shell left it. */
  onContinue(): void;
}

const STDOUT = 1;

/** A key that begins with the byte of Escape comes whole within this time, over slow lines too. */
const ESCAPE_MS = 100;

/**
 * Holds the terminal for the view: the screen, keys one by one, signals. Whatever happens, the terminal is given back as it was:
 * by {@link release}, or when the process exits without it.
 */
export class TerminalGuard {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #screen: FullScreen;
  readonly #listener: TerminalListener;
  readonly #signals: ReadonlyArray<readonly [NodeJS.Signals, () => void]>;
  #wasRaw = false;

  constructor(
    input: ReadStream,
    output: WriteStream,
    screen: FullScreen,
    listener: TerminalListener,
  ) {
    this.#input = input;
    this.#output = output;
    this.#screen = screen;
    this.#listener = listener;
    this.#signals = [
      [
        'SIGTERM',
        () => {
          listener.onSignal('SIGTERM');
        },
      ],
      [
        'SIGINT',
        () => {
          listener.onSignal('SIGINT');
        },
      ],
      [
        'SIGHUP',
        () => {
          listener.onHangUp();
        },
      ],
      [
        'SIGTSTP',
        () => {
          listener.onSuspend();
        },
      ],
      [
        'SIGCONT',
        () => {
          listener.onContinue();
        },
      ],
    ];
  }

  /** Takes the terminal. */
  take(): void {
    this.#wasRaw = this.#input.isRaw;
    process.on('exit', this.#onExit);
    for (const [signal, handler] of this.#signals) process.on(signal, handler);
    this.#output.on('resize', this.#onResize);
    const withTimeout = { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface;
    emitKeypressEvents(this.#input, withTimeout);
    this.#input.on('keypress', this.#onKeypress);
    this.#input.on('end', this.#onEnd);
    this.#input.on('error', this.#onEnd);
    this.resume();
    this.#input.resume();
  }

  /** Takes the screen and the keys, also after somebody else had them. */
  resume(): void {
    // libuv does nothing when it believes that the mode is raw already, which a shell may have changed meanwhile.
    this.#setRaw(false);
    this.#setRaw(true);
    this.#screen.enter();
  }

  /** Stops the process as Ctrl-Z does, with everything that the shell started with it, and goes on when the shell says so. */
  suspend(): void {
    this.#screen.leave();
    this.#setRaw(false);
    const [, onStop] = this.#signals.find(([signal]) => signal === 'SIGTSTP') ?? [];
    if (onStop !== undefined) process.off('SIGTSTP', onStop);
    // Returns when we go on; where there is no shell that could wake us, the kernel ignores it and it returns at once.
    stopOwnJob();
    if (onStop !== undefined) process.on('SIGTSTP', onStop);
    this.resume();
  }

  /** Gives the terminal back. */
  release(): void {
    this.#input.off('keypress', this.#onKeypress);
    this.#input.off('end', this.#onEnd);
    this.#input.off('error', this.#onEnd);
    this.#input.pause();
    this.#output.off('resize', this.#onResize);
    this.#screen.leave();
    this.#setRaw(this.#wasRaw);
    for (const [signal, handler] of this.#signals) process.off(signal, handler);
    process.off('exit', this.#onExit);
  }

  #setRaw(isRaw: boolean): void {
    try {
      this.#input.setRawMode(isRaw);
    } catch {
      // The terminal is gone (EIO); then there is nothing to be set, and the hang-up is told by its signal.
    }
  }

  readonly #onKeypress = (text: string | undefined, pressed: Keypress): void => {
    const key = toWatchKey(text, pressed);
    if (key !== undefined) this.#listener.onKey(key);
  };

  readonly #onResize = (): void => {
    this.#listener.onResize();
  };

  readonly #onEnd = (): void => {
    this.#listener.onHangUp();
  };

  /** A way out that nobody has thought of. The mode of the terminal is Node's to restore. */
  readonly #onExit = (): void => {
    if (!this.#screen.isEntered) return;
    try {
      writeSync(STDOUT, LEAVE_SCREEN);
    } catch {
      // The terminal is gone, so there is nothing to restore.
    }
  };
}
