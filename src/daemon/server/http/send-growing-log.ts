import { stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readingError } from '../../../os/errno.ts';
import { openLog, type OpenLog } from '../open-log.ts';

/** So much of what was there before comes first (supervisor/http.py, tail_f_producer). */
const HEAD_BYTES = 1024;
const POLL_MS = 100;
const PIECE_BYTES = 64 * 1024;
/** A client that takes nothing for so long is left. */
const STALL_LIMIT_MS = 30_000;

/**
 * Sends the end of a log, and then what is added to it, until the client goes or `until` fires. A file that takes its place is followed. False,
 * with nothing sent, when there is no such log. No more is read than the client takes.
 */
export async function sendGrowingLog(
  path: string,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  until: AbortSignal,
): Promise<boolean> {
  const log = await openLog(path);
  if (log === undefined) return false;
  const client = new Client(response, until);
  const follower = new Follower(path, log);
  try {
    response.writeHead(200, {
      'Last-Modified': log.modifiedAt.toUTCString(),
      'Content-Type': 'text/plain;charset=utf-8',
      ...headers,
    });
    response.flushHeaders();
    while (!client.isGone) {
      const piece = await follower.next();
      if (piece === undefined) await client.wait(POLL_MS);
      else await client.send(piece);
    }
  } finally {
    await follower.close();
    client.close();
  }
  return true;
}

/** Reads a log that grows, shrinks and is replaced. */
class Follower {
  readonly #path: string;
  #log: OpenLog;
  /** Up to where it was read. */
  #at: number;

  constructor(path: string, log: OpenLog) {
    this.#path = path;
    this.#log = log;
    this.#at = Math.max(0, log.size - HEAD_BYTES);
  }

  /** The next bytes, or undefined when there are none yet. */
  async next(): Promise<Buffer | undefined> {
    const { size } = await this.#log.file.stat();
    if (size < this.#at) {
      this.#at = 0;
      return Buffer.from('==> File truncated <==\n');
    }
    if (size > this.#at) return this.#read(Math.min(size - this.#at, PIECE_BYTES));
    await this.#followReplacement();
    return undefined;
  }

  async close(): Promise<void> {
    await this.#log.file.close();
  }

  async #read(length: number): Promise<Buffer | undefined> {
    const { bytesRead, buffer } = await this.#log.file.read(
      Buffer.alloc(length),
      0,
      length,
      this.#at,
    );
    this.#at += bytesRead;
    return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
  }

  /** Only when the old file has been read to its end: nothing of it is lost. */
  async #followReplacement(): Promise<void> {
    if ((await inodeOf(this.#path)) === this.#log.inode) return;
    const next = await openLog(this.#path);
    if (next === undefined) return; // Moved away, and nothing is in its place yet.
    await this.#log.file.close();
    this.#log = next;
    this.#at = 0;
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino;
  } catch (error) {
    readingError(error); // Throws what is no system error.
    return undefined;
  }
}

/** Who reads an answer that has no end. */
class Client {
  readonly #response: ServerResponse;
  readonly #gone = new AbortController();
  readonly #until: AbortSignal;
  readonly #onGone = (): void => {
    this.#gone.abort();
  };

  constructor(response: ServerResponse, until: AbortSignal) {
    this.#response = response;
    this.#until = until;
    response.once('close', this.#onGone);
    until.addEventListener('abort', this.#onGone, { once: true });
    if (until.aborted || response.destroyed) this.#gone.abort();
  }

  get isGone(): boolean {
    return this.#gone.signal.aborted;
  }

  async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#gone.signal }).catch(() => undefined); // isGone tells.
  }

  /** Resolves when the client can take more. */
  async send(piece: Buffer): Promise<void> {
    if (this.isGone || this.#response.write(piece)) return;
    await new Promise<void>((resolve) => {
      const stall = setTimeout(() => this.#response.destroy(), STALL_LIMIT_MS).unref();
      const go = (): void => {
        clearTimeout(stall);
        this.#response.off('drain', go);
        this.#gone.signal.removeEventListener('abort', go);
        resolve();
      };
      this.#response.once('drain', go);
      this.#gone.signal.addEventListener('abort', go, { once: true });
    });
  }

  close(): void {
    this.#until.removeEventListener('abort', this.#onGone);
    this.#response.off('close', this.#onGone);
    this.#response.end();
  }
}
