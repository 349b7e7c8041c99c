import { err, ok, type Result } from '../../base/result.ts';
import type { Rights } from '../../os/credentials.ts';
import type { Files } from '../../os/files.ts';
import type { Os } from '../../os/os.ts';
import { hasEnded, isSameProc, type ProcId, type Reading } from '../../os/proc.ts';
import { rightsAt } from '../../os/rights-at.ts';
import type { GunicornSettings } from '../../servers/gunicorn/settings.ts';

/** A file that only one instance of a program can have: its name in the configuration, and the one that a second instance gets instead. */
export interface PrivateFile {
  readonly configured: string;
  readonly own: string;
}

/** The files of a second instance; those of a first one are as configured. */
export interface InstanceFiles {
  readonly pidFile: PrivateFile | undefined;
  readonly controlSocket: PrivateFile | undefined;
}

/** Of an instance that has every file where the configuration says. */
export const CONFIGURED_FILES: InstanceFiles = { pidFile: undefined, controlSocket: undefined };

/** sun_path of unix(7) without its final NUL. */
const LONGEST_SOCKET_PATH = 107;

/**
 * Files for a second instance of a gunicorn, `mark` being part of their names, and the arguments that tell it so. They stand beside the configured
 * ones: that is where the program's user may write.
 */
export function filesForSuccessor(
  { pidfile, controlSocket }: Pick<GunicornSettings, 'pidfile' | 'controlSocket'>,
  mark: string,
): { readonly files: InstanceFiles; readonly args: readonly string[] } {
  const pidFile =
    pidfile === undefined ? undefined : { configured: pidfile, own: `${pidfile}.${mark}` };
  const socket = socketFor(controlSocket, mark);
  return {
    files: { pidFile, controlSocket: socket },
    args: [
      ...(pidFile === undefined ? [] : ['--pid', pidFile.own]),
      ...(controlSocket === undefined
        ? []
        : socket === undefined
          ? ['--no-control-socket']
          : ['--control-socket', socket.own]),
    ],
  };
}

function socketFor(configured: string | undefined, mark: string): PrivateFile | undefined {
  if (configured === undefined) return undefined;
  const own = `${configured}.${mark}`;
  return Buffer.byteLength(own) > LONGEST_SOCKET_PATH ? undefined : { configured, own };
}

/** Whose files they are, and what is needed to touch them. */
export interface FilesWorld {
  readonly os: Pick<Os, 'files' | 'me' | 'pathWriters' | 'rightsOf' | 'userById'>;
  /** Those of the program. */
  readonly rights: Rights;
}

/** More than any pid takes. */
const PID_BYTES = 32;

/** Puts `pid` into the configured pid file, in one step and as the program's user. The error is a sentence. */
export async function publishPidFile(
  world: FilesWorld,
  { pidFile }: InstanceFiles,
  pid: number,
): Promise<Result<true, string>> {
  if (pidFile === undefined) return ok(true);
  const { configured } = pidFile;
  const files = await filesAt(world, configured);
  return tell(
    `could not write pid file ${configured}`,
    await files.replace(configured, `${pid}\n`, 0o644),
  );
}

/**
 * Makes the configured control socket lead to that of this instance. To be called when the instance before has gone, whose end removes the name.
 * A socket that is there is left alone: it is somebody else's. The error is a sentence.
 */
export async function publishControlSocket(
  world: FilesWorld,
  { controlSocket }: InstanceFiles,
): Promise<Result<true, string>> {
  if (controlSocket === undefined) return ok(true);
  const { configured, own } = controlSocket;
  const files = await filesAt(world, configured);
  const found = await files.lstat(configured);
  if (found.ok && found.value.kind !== 'symlink') return ok(true);
  const fresh = `${own}.new`;
  await files.unlink(fresh); // Of a daemon that was killed.
  const made = await files.symlink(own, fresh);
  const published = made.ok ? await files.rename(fresh, configured) : made;
  return tell(`could not link control socket ${configured}`, published);
}

/** Removes what an instance that has ended leaves behind: its own files, and the configured ones while they still mean it. */
export async function removeInstanceFiles(
  world: FilesWorld,
  { pidFile, controlSocket }: InstanceFiles,
  pid: number,
): Promise<Result<true, string>> {
  const failed: string[] = [];
  const remove = async (files: Files, path: string): Promise<void> => {
    const removed = await files.unlink(path);
    if (!removed.ok && removed.error !== 'gone') failed.push(path);
  };
  if (pidFile !== undefined) {
    const files = await filesAt(world, pidFile.configured);
    for (const path of [pidFile.configured, pidFile.own]) {
      if ((await pidIn(files, path)) === pid) await remove(files, path);
    }
  }
  if (controlSocket !== undefined) {
    const { configured, own } = controlSocket;
    const files = await filesAt(world, configured);
    const link = await files.readLink(configured);
    if (link.ok && link.value === own) await remove(files, configured);
    const socket = await files.lstat(own);
    if (socket.ok && socket.value.kind === 'socket') await remove(files, own);
  }
  if (failed.length === 0) return ok(true);
  return err(`could not remove the files of ${pid}: ${failed.join(', ')}`);
}

/**
 * Removes a pid file that names a process which has ended and for which nobody has waited yet: gunicorn takes such a one for alive and refuses to start
 * (gunicorn/pidfile.py, validate). Processes of an earlier daemon are init's children, and some inits are slow. The error is a sentence.
 */
export async function removePidFileOfZombie(
  { os, rights }: FilesWorld & { readonly os: Pick<Os, 'process'> },
  pidfile: string,
  ended: ProcId,
): Promise<Result<true, string>> {
  const proc = await os.process(ended.pid);
  if (proc === undefined || !isSameProc(proc, ended) || !hasEnded(proc)) return ok(true);
  const files = await filesAt({ os, rights }, pidfile);
  if ((await pidIn(files, pidfile)) !== ended.pid) return ok(true);
  return tell(`could not remove pid file ${pidfile}`, await files.unlink(pidfile));
}

async function filesAt({ os, rights }: FilesWorld, path: string): Promise<Files> {
  return os.files(await rightsAt(os, rights, path));
}

/** What cannot be read means nobody. */
async function pidIn(files: Files, path: string): Promise<number | undefined> {
  const text = await files.readPlain(path, PID_BYTES);
  return text.ok && /^\d+\s*$/.test(text.value) ? Number(text.value) : undefined;
}

function tell(what: string, done: Reading<true>): Result<true, string> {
  return done.ok ? ok(true) : err(`${what}: ${REASONS[done.error]}`);
}

const REASONS = {
  gone: 'there is no such directory',
  denied: 'its user is not permitted to, or others can exchange a directory of its path',
  unsupported: 'something else is in its place, or the directory does not answer',
} as const;
