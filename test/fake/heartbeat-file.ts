import type { FileStat } from '../../src/os/proc.ts';
import type { VirtualClock } from './clock.ts';

/** How a gunicorn shows that a worker lives. */
export type HeartbeatKind = 'mode' | 'mtime';

/** The machine has been up for so long when a test begins. */
export const UPTIME_MS = 864_000_000;

/**
 * The file that a gunicorn master makes for each worker and unlinks at once (gunicorn/workers/workertmp.py). A heartbeat of 20.x
 * changes its mode between 0 and 1; one of 21 and later sets its modification time to the monotonic clock.
 */
export class HeartbeatFile {
  readonly target: string;
  readonly #kind: HeartbeatKind;
  readonly #clock: VirtualClock;
  readonly #ino: number;
  #mode = 0o600;
  #mtimeMs: number;
  #ctimeMs: number;
  /** Who beats all the time, so that no timer is needed for it. */
  isKeptUp = false;

  constructor(kind: HeartbeatKind, clock: VirtualClock, ino: number) {
    this.target = `/tmp/wgunicorn-${ino.toString(36)} (deleted)`;
    this.#kind = kind;
    this.#clock = clock;
    this.#ino = ino;
    this.#mtimeMs = clock.wallMs;
    this.#ctimeMs = clock.wallMs;
  }

  beat(): void {
    this.#ctimeMs = this.#clock.wallMs;
    if (this.#kind === 'mode') this.#mode = this.#mode === 1 ? 0 : 1;
    else this.#mtimeMs = UPTIME_MS + this.#clock.nowMs;
  }

  /** The last beat, from now on no other follows. */
  stop(): void {
    if (this.isKeptUp) this.beat();
    this.isKeptUp = false;
  }

  /**
   * For how long the master thinks that the worker has been silent: by the change time against the wall clock in 20.x, by the
   * modification time against the monotonic clock later, which is far in the future until the first beat.
   */
  get silentMs(): number {
    if (this.isKeptUp) return 0;
    return this.#kind === 'mode'
      ? this.#clock.wallMs - this.#ctimeMs
      : UPTIME_MS + this.#clock.nowMs - this.#mtimeMs;
  }

  stat(): FileStat {
    return {
      mode: 0o100000 | this.#mode,
      uid: 0,
      gid: 0,
      size: 0,
      ino: this.#ino,
      dev: 1,
      nlink: 0,
      mtimeMs: this.#mtimeMs,
      ctimeMs: this.#ctimeMs,
      kind: 'file',
    };
  }
}
