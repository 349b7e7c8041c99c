import type { UserEntry } from '../../src/os/user-database.ts';
import { err } from '../../src/base/result.ts';
import type { Credentials, CredentialsReading, Rights } from '../../src/os/credentials.ts';
import type { Files } from '../../src/os/files.ts';
import type { PathWriters } from '../../src/os/path-writers.ts';
import type {
  Answerers,
  ChannelAnswer,
  CommandRequest,
  CommandResult,
  HttpHow,
  HttpProbe,
  Listener,
  LockAttempt,
  Os,
} from '../../src/os/os.ts';
import type {
  FileStat,
  OpenFile,
  Proc,
  ProcId,
  Reading,
  SignalDisposition,
  SignalOutcome,
} from '../../src/os/proc.ts';
import type { SignalName } from '../../src/os/signals.ts';
import { UPTIME_MS } from './heartbeat-file.ts';
import type { FakeMachine } from './machine.ts';
import type { FakeProcess, OpenDescription } from './process.ts';
import { runFakeCommand } from './run-command.ts';

/** What a machine refuses to one user, beside what user ids say. */
export interface Denials {
  /** /proc/PID/fd and /proc/PID/environ are closed. */
  details: boolean;
  /** kill(2) answers EPERM. */
  signals: (signal: SignalName, to: FakeProcess) => boolean;
}

const done = <T>(value: T): Reading<T> => ({ ok: true, value });
const GONE = { ok: false, error: 'gone' } as const;
const DENIED = { ok: false, error: 'denied' } as const;

/** The listing of all processes takes so long (hundreds of small files), and is that old when it arrives. */
const LISTING_MS = 2;

/** Os on a fake machine, for one process of reloadctl. When that process is dead, nothing that is asked is ever answered. */
export class FakeOs implements Os {
  readonly kind = 'linux';
  readonly me: Os['me'];
  readonly denials: Denials = { details: false, signals: () => false };
  readonly #machine: FakeMachine;
  readonly #proc: FakeProcess;

  /** Nobody is refused a file here. */
  readonly #files: Files = {
    stat: (path) => this.#answer(this.#machine.kernel.files.stat(path, true)),
    lstat: (path) => this.#answer(this.#machine.kernel.files.stat(path, false)),
    realpath: (path) => {
      const real = this.#machine.kernel.files.realpath(path);
      return this.#answer(real === undefined ? GONE : done(real));
    },
    readLink: () => this.#answer(GONE),
    readFile: (path, maxBytes) => this.#readFrom(path, 0, maxBytes),
    readPlain: (path, maxBytes) => this.#readFrom(path, 0, maxBytes),
    readFrom: (path, offset, maxBytes) => this.#readFrom(path, offset, maxBytes),
    listDirectory: (path) => this.#answer(done(this.#machine.kernel.files.list(path))),
    link: (existing, path) =>
      this.#answerLater(() => this.#machine.kernel.files.link(existing, path)),
    rename: (from, to) => this.#answerLater(() => this.#machine.kernel.files.rename(from, to)),
    unlink: (path) => this.#answerLater(() => this.#machine.kernel.files.unlink(path)),
    symlink: (target, path) =>
      this.#answerLater(() => {
        this.#machine.kernel.files.symlink(path, target);
        return done(true);
      }),
    replace: (path, text) =>
      this.#answerLater(() => {
        this.#machine.kernel.files.write(path, text);
        return done(true);
      }),
    writeFifo: () => this.#answer(err('ENOENT')),
    connect: () => this.#answer(err('ENOENT')),
  };

  constructor(machine: FakeMachine, proc: FakeProcess) {
    this.#machine = machine;
    this.#proc = proc;
    this.me = { pid: proc.pid, uid: proc.uid, gid: proc.uid };
  }

  now(): number {
    return this.#machine.clock.nowMs;
  }

  wallClock(): number {
    return this.#machine.clock.wallMs;
  }

  async sleep(ms: number, abort?: AbortSignal): Promise<void> {
    try {
      await this.#machine.clock.sleep(ms, abort);
    } finally {
      await this.#answer(undefined);
    }
  }

  async processes(): Promise<readonly Proc[]> {
    const listing = this.#machine.kernel.list().map((proc) => proc.describe());
    await this.sleep(LISTING_MS);
    return listing;
  }

  process(pid: number): Promise<Proc | undefined> {
    return this.#answer(this.#machine.kernel.find(pid)?.describe());
  }

  startedAt(id: ProcId): Promise<number> {
    const { clock } = this.#machine;
    return this.#answer(clock.wallMs - clock.nowMs - UPTIME_MS + id.startTicks * 10);
  }

  signals(id: ProcId): Promise<Reading<SignalDisposition>> {
    return this.#read(id, ({ handlers, ignored }) =>
      done({
        caught: new Set(handlers.keys()),
        ignored: new Set(ignored),
        blocked: new Set(),
      }),
    );
  }

  argv(id: ProcId): Promise<Reading<readonly string[]>> {
    return this.#read(id, ({ argv }) => done(argv));
  }

  environment(id: ProcId): Promise<Reading<Readonly<Record<string, string>>>> {
    return this.#readDetail(id, ({ env, isEnvironmentOverwritten }) =>
      done(isEnvironmentOverwritten ? {} : env),
    );
  }

  cwd(id: ProcId): Promise<Reading<string>> {
    return this.#readDetail(id, ({ cwd }) => done(cwd));
  }

  executable(id: ProcId): Promise<Reading<string>> {
    return this.#readDetail(id, ({ argv }) => done(argv[0] ?? ''));
  }

  openFiles(id: ProcId): Promise<Reading<readonly OpenFile[]>> {
    return this.#readDetail(id, ({ files }) =>
      done([...files].map(([fd, file]) => ({ fd, target: targetOf(file) }))),
    );
  }

  openFileStat(id: ProcId, fd: number): Promise<Reading<FileStat>> {
    return this.#readDetail(id, ({ files }) => {
      const file = files.get(fd);
      return file?.kind === 'heartbeat' ? done(file.heartbeat.stat()) : GONE;
    });
  }

  polledFiles(): Promise<Reading<readonly number[]>> {
    return Promise.resolve({ ok: false, error: 'unsupported' });
  }

  bytesRead(): Promise<Reading<number>> {
    return Promise.resolve({ ok: false, error: 'unsupported' });
  }

  memoryOf(id: ProcId): Promise<Reading<number>> {
    return this.#readDetail(id, ({ rssBytes }) => done(rssBytes));
  }

  memoryAvailable(): Promise<number | undefined> {
    return this.#answer(this.#machine.memoryAvailable);
  }

  listeners(): Promise<readonly Listener[]> {
    return this.#answer(
      this.#machine.kernel.listeners().map(({ address, inode }) => ({ address, inode })),
    );
  }

  kill(
    id: ProcId,
    signal: SignalName,
    options?: { readonly group?: boolean },
  ): Promise<SignalOutcome> {
    if (id.pid <= 1 || id.pid === this.me.pid) throw new Error(`a signal to pid ${id.pid}`);
    return this.#answerLater(() => {
      const { kernel } = this.#machine;
      const proc = this.#find(id);
      if (proc?.isAlive !== true) return 'gone';
      if (!this.#owns(proc) || this.denials.signals(signal, proc)) return 'denied';
      if (options?.group === true && proc.pgid === proc.pid) {
        kernel.killGroup(this.#proc, proc.pid, signal);
      } else kernel.kill(this.#proc, proc, signal);
      return 'sent';
    });
  }

  maySignal(id: ProcId): Promise<boolean> {
    const proc = this.#find(id);
    return this.#answer(proc?.isAlive === true && this.#owns(proc));
  }

  async run(request: CommandRequest): Promise<CommandResult> {
    const { kernel, command, hooked } = this.#machine;
    const { env, stdin } = request;
    if (stdin !== undefined) hooked.push({ env, document: JSON.parse(stdin) });
    return this.#answer(await runFakeCommand(kernel, this.#proc, command, request));
  }

  files(): Files {
    return this.#files;
  }

  httpGet(
    url: string,
    timeoutMs: number,
    _rights: Rights,
    abort?: AbortSignal,
    how?: HttpHow,
  ): Promise<HttpProbe> {
    return this.#probe(url, timeoutMs, abort, how);
  }

  httpPost(): Promise<HttpProbe> {
    return this.#answer({ ok: false, error: 'nobody is there' });
  }

  tell(): Promise<ChannelAnswer> {
    return this.#answer({ ok: false, error: 'it is not there' });
  }

  tryLock(name: string, purpose: string): Promise<LockAttempt> {
    return this.#answer(this.#machine.locks.tryLock(name, purpose, this.#proc));
  }

  userByName(name: string): Promise<UserEntry | undefined> {
    return this.#answer(this.#machine.users.find((user) => user.name === name));
  }

  userById(uid: number): Promise<UserEntry | undefined> {
    return this.#answer(this.#machine.users.find((user) => user.uid === uid));
  }

  rightsOf(user: Pick<Credentials, 'uid' | 'gid' | 'name'>): Promise<Rights> {
    return this.#answer(user.uid === this.me.uid ? 'ours' : { ...user, groups: [user.gid] });
  }

  /** Nobody but root writes anything on this machine. */
  pathWriters(path: string): Promise<PathWriters> {
    return this.#answer({
      exists: true,
      realPath: path,
      grants: [],
      unseen: undefined,
    });
  }

  answerers(): Promise<Answerers> {
    return this.#answer({ where: 'here', uids: new Set([0]), holds: true });
  }

  credentials(id: ProcId): Promise<CredentialsReading> {
    const proc = this.#find(id);
    if (proc?.isAlive !== true) return this.#answer(GONE);
    const { uid } = proc;
    const name = this.#machine.users.find((user) => user.uid === uid)?.name ?? `uid ${uid}`;
    const value = uid === this.me.uid || uid === 0 ? 'ours' : { uid, gid: uid, groups: [], name };
    return this.#answer({ ok: true, value });
  }

  #readFrom(path: string, offset: number, maxBytes: number): Promise<Reading<string>> {
    const file = this.#machine.kernel.files.get(path);
    if (file?.kind !== 'file') return this.#answer(GONE);
    const bytes = Buffer.from(file.text).subarray(offset, offset + maxBytes);
    return this.#answer(done(bytes.toString()));
  }

  async #probe(
    url: string,
    timeoutMs: number,
    abort?: AbortSignal,
    how?: HttpHow,
  ): Promise<HttpProbe> {
    const answer = this.#machine.answerHttp(url, how?.through, how);
    try {
      await this.sleep(answer === undefined ? timeoutMs : 5, abort);
    } catch {
      return { ok: false, error: 'aborted' }; // sleep rejects only when it is aborted.
    }
    return answer ?? { ok: false, error: 'timed out' };
  }

  #find(id: ProcId): FakeProcess | undefined {
    const proc = this.#machine.kernel.find(id.pid);
    return proc?.startTicks === id.startTicks ? proc : undefined;
  }

  #owns(proc: FakeProcess): boolean {
    return this.me.uid === 0 || this.me.uid === proc.uid;
  }

  #read<T>(id: ProcId, read: (proc: FakeProcess) => Reading<T>): Promise<Reading<T>> {
    const proc = this.#find(id);
    return this.#answer(proc?.isAlive === true ? read(proc) : GONE);
  }

  /** What only the owner may see. */
  #readDetail<T>(id: ProcId, read: (proc: FakeProcess) => Reading<T>): Promise<Reading<T>> {
    return this.#read(id, (proc) =>
      this.#owns(proc) && !this.denials.details ? read(proc) : DENIED,
    );
  }

  #answer<T>(value: T): Promise<T> {
    return this.#proc.isAlive ? Promise.resolve(value) : new Promise(() => undefined);
  }

  /** A dead process changes nothing either. */
  #answerLater<T>(work: () => T): Promise<T> {
    return this.#proc.isAlive ? Promise.resolve(work()) : new Promise(() => undefined);
  }
}

function targetOf(file: OpenDescription): string {
  switch (file.kind) {
    case 'heartbeat':
      return file.heartbeat.target;
    case 'socket':
      return `socket:[${file.socket.inode}]`;
    case 'plain':
      return file.path;
  }
}
