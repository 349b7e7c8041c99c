import { fstat, write } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { reasonOf } from '../../base/reason-of.ts';
import { errnoOf } from '../../os/errno.ts';
import { inDirectoryOf } from '../../os/guarded-place.ts';
import { createInTurn } from './in-turn.ts';
import { openLogFd, type LogFd } from './open-log-fd.ts';
import { shiftBackups } from './rotate.ts';

/** How a log is kept. */
export interface LogFileOptions {
  readonly path: string;
  /** Of new files, less the umask. */
  readonly mode: number;
  /** Bytes from which on the log is rotated; 0 turns that off. */
  readonly maxBytes: number;
  readonly backups: number;
  /** What could not be written, once for each time that it begins and ends. */
  readonly onTrouble: (text: string) => void;
}

/** A log that is appended to. Everything happens in the order of the calls; but for opening, nothing rejects. */
export interface LogFile {
  readonly path: string;
  /** Resolves when the disk has taken the bytes, or they are lost and that was said. */
  write(data: Buffer): Promise<void>;
  /** Closes the file and opens what now has its name. */
  reopen(): Promise<void>;
  /** Removes the file and begins a new one, as supervisord does. Rejects with the system error. */
  clear(): Promise<void>;
  /** From the next write on. */
  limit(limits: Pick<LogFileOptions, 'maxBytes' | 'backups'>): void;
  /** What is written later is lost. */
  close(): Promise<void>;
}

/** How soon a pipe or terminal that takes no more is tried again. */
const FULL_PIPE_MS = 20;

/** How long closing waits for a pipe or terminal that takes no more. */
const CLOSING_MS = 1000;

/**
 * Opens a log that is rotated as supervisord does it: looked at after each write, whose bytes stay together, when the file is as
 * long as `maxBytes` or longer. Devices and pipes are only written to. Rejects with the system error when it cannot be opened.
 */
export async function openLogFile(options: LogFileOptions): Promise<LogFile> {
  const file = new OpenLogFile(options);
  await file.open();
  return file;
}

class OpenLogFile implements LogFile {
  readonly path: string;
  private options: LogFileOptions;
  private readonly inTurn = createInTurn();
  private opened: LogFd | undefined;
  private size = 0;
  private lostBytes = 0;
  private closedAt: number | undefined;

  constructor(options: LogFileOptions) {
    this.options = options;
    this.path = options.path;
  }

  async open(truncate = false): Promise<void> {
    this.opened = await openLogFd(this.path, { mode: this.options.mode, truncate });
    this.size = truncate ? 0 : this.opened.size;
    for (const each of this.opened.news) this.options.onTrouble(each);
  }

  write(data: Buffer): Promise<void> {
    return this.inTurn(async () => {
      if (this.closedAt !== undefined && this.opened === undefined) return;
      try {
        if (this.opened === undefined) await this.open();
        await this.append(data);
        if (this.size >= this.options.maxBytes && this.options.maxBytes > 0) await this.rotate();
      } catch (error) {
        // A full disk must not stop the program whose output this is: supervisord goes on, too.
        if (this.lostBytes === 0) this.complain('cannot be written', error);
        this.lostBytes += data.length;
        return;
      }
      if (this.lostBytes === 0) return;
      this.options.onTrouble(
        `${this.path} can be written again; about ${this.lostBytes} bytes of output were lost`,
      );
      this.lostBytes = 0;
    });
  }

  reopen(): Promise<void> {
    return this.inTurn(async () => {
      await this.shut();
      try {
        await this.open();
      } catch (error) {
        this.complain('cannot be reopened', error); // Each write tries again.
      }
    });
  }

  clear(): Promise<void> {
    return this.inTurn(async () => {
      // Also when it could not be opened before: a device must never be removed.
      if (this.opened === undefined) await this.open();
      if (this.opened?.isPlain !== true) return;
      await this.shut();
      try {
        await inDirectoryOf(this.path, ({ path }) => unlink(path));
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error;
      } finally {
        await this.open();
      }
    });
  }

  limit(limits: Pick<LogFileOptions, 'maxBytes' | 'backups'>): void {
    this.options = { ...this.options, ...limits };
  }

  close(): Promise<void> {
    this.closedAt ??= performance.now();
    return this.inTurn(() => this.shut());
  }

  private async append(data: Buffer): Promise<void> {
    const { fd = -1 } = this.opened ?? {};
    let offset = 0;
    while (offset < data.length) {
      try {
        const { bytesWritten } = await promisify(write)(fd, data, offset, data.length - offset);
        offset += bytesWritten;
        this.size += bytesWritten;
      } catch (error) {
        const closingMs = performance.now() - (this.closedAt ?? Infinity);
        if (errnoOf(error) !== 'EAGAIN' || closingMs > CLOSING_MS) throw error;
        await sleep(FULL_PIPE_MS);
      }
    }
  }

  private async rotate(): Promise<void> {
    const { opened } = this;
    if (opened?.isPlain !== true) return;
    // Another program may have cut the file short.
    const { size } = await promisify(fstat)(opened.fd);
    this.size = size;
    if (size < this.options.maxBytes) return;
    try {
      await shiftBackups(this.path, this.options.backups);
    } catch (error) {
      this.complain('cannot be rotated and grows on', error);
      this.size = 0; // Tried again after as many bytes.
      return;
    }
    await this.shut();
    await this.open(this.options.backups <= 0);
  }

  private async shut(): Promise<void> {
    const { opened } = this;
    this.opened = undefined;
    try {
      await opened?.close();
    } catch (error) {
      this.complain('was not closed cleanly', error); // The descriptor is gone all the same (close(2)).
    }
  }

  private complain(what: string, error: unknown): void {
    const reason = reasonOf(error);
    this.options.onTrouble(`${this.path} ${what}: ${reason}`);
  }
}
