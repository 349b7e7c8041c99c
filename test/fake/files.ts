import type { FileStat, Reading } from '../../src/os/proc.ts';
import type { VirtualClock } from './clock.ts';
import type { ListeningSocket } from './listening-socket.ts';

/** A file of the fake machine. Two names can stand for the same one. */
export interface FakeFile {
  readonly kind: 'file' | 'directory' | 'symlink' | 'socket';
  readonly ino: number;
  text: string;
  mtimeMs: number;
  /** What listens behind the name of a socket. */
  readonly socket: ListeningSocket | undefined;
}

/** The files of the fake machine, by absolute path. */
export class FakeFiles {
  readonly #clock: VirtualClock;
  readonly #entries = new Map<string, FakeFile>();
  #nextIno = 1000;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  newIno(): number {
    return (this.#nextIno += 1);
  }

  /** Writes a file; its times are those of this moment. */
  write(path: string, text: string): void {
    const existing = this.#entries.get(path);
    if (existing?.kind === 'file') {
      existing.text = text;
      existing.mtimeMs = this.#clock.wallMs;
    } else this.#put(path, 'file', text);
  }

  append(path: string, text: string): void {
    this.write(path, (this.#entries.get(path)?.text ?? '') + text);
  }

  makeDirectory(path: string): void {
    this.#put(path, 'directory', '');
  }

  /** Makes a symbolic link, or points it elsewhere. */
  symlink(path: string, target: string): void {
    this.#put(path, 'symlink', target);
  }

  /** Makes the file of a unix socket, in place of whatever is there. */
  bind(path: string, socket: ListeningSocket): void {
    this.#put(path, 'socket', '', socket);
  }

  get(path: string): FakeFile | undefined {
    return this.#entries.get(path);
  }

  unlink(path: string): Reading<true> {
    return this.#entries.delete(path) ? { ok: true, value: true } : { ok: false, error: 'gone' };
  }

  link(existing: string, path: string): Reading<true> {
    const file = this.#entries.get(existing);
    if (file === undefined) return { ok: false, error: 'gone' };
    this.#entries.set(path, file);
    return { ok: true, value: true };
  }

  /** rename(2): does nothing where both names are the same file. */
  rename(from: string, to: string): Reading<true> {
    const file = this.#entries.get(from);
    if (file === undefined) return { ok: false, error: 'gone' };
    if (this.#entries.get(to) === file) return { ok: true, value: true };
    this.#entries.delete(from);
    this.#entries.set(to, file);
    return { ok: true, value: true };
  }

  /** The path with every link resolved; undefined where nothing is. */
  realpath(path: string): string | undefined {
    for (const [link, file] of this.#entries) {
      if (file.kind !== 'symlink') continue;
      if (path === link || path.startsWith(`${link}/`)) {
        return this.realpath(file.text + path.slice(link.length));
      }
    }
    return this.#entries.has(path) ? path : undefined;
  }

  list(directory: string): readonly string[] {
    const prefix = `${directory}/`;
    const names = [...this.#entries.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length).split('/')[0] ?? '');
    return [...new Set(names)];
  }

  stat(path: string, follow: boolean): Reading<FileStat> {
    const file = this.#entries.get(follow ? (this.realpath(path) ?? path) : path);
    if (file === undefined) return { ok: false, error: 'gone' };
    const names = [...this.#entries.values()].filter((other) => other === file).length;
    return {
      ok: true,
      value: {
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: Buffer.byteLength(file.text),
        ino: file.ino,
        dev: 1,
        nlink: names,
        mtimeMs: file.mtimeMs,
        ctimeMs: file.mtimeMs,
        kind: file.kind,
      },
    };
  }

  #put(path: string, kind: FakeFile['kind'], text: string, socket?: ListeningSocket): void {
    const file = { kind, ino: this.newIno(), text, mtimeMs: this.#clock.wallMs, socket };
    this.#entries.set(path, file);
  }
}
