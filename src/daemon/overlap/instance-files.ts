import {
  closeSync,
  constants,
  fchownSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import type { GunicornSettings } from '../../servers/gunicorn/settings.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { errnoOf, readingError } from '../../os/errno.ts';
import type { Os } from '../../os/os.ts';
import { hasEnded, isSameProc, type ProcId } from '../../os/proc.ts';

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

/** Puts `pid` into the configured pid file, in one step; the file belongs to `owner`. The error is a sentence. */
export function publishPidFile(
  { pidFile }: InstanceFiles,
  pid: number,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Result<true, string> {
  if (pidFile === undefined) return ok(true);
  const { configured, own } = pidFile;
  const fresh = `${own}.new`;
  return tell(`could not write pid file ${configured}`, () => {
    rmSync(fresh, { force: true });
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const fd = openSync(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
    try {
      writeSync(fd, `${pid}\n`);
      // Where only the owner may replace a file (a sticky directory), the program has to be able to.
      if (owner !== undefined && process.geteuid?.() === 0) fchownSync(fd, owner.uid, owner.gid);
    } finally {
      closeSync(fd);
    }
    renameSync(fresh, configured);
  });
}

/**
 * Makes the configured control socket lead to that of this instance. To be called when the instance before has gone, whose end removes the name.
 * A socket that is there is left alone: it is somebody else's. The error is a sentence.
 */
export function publishControlSocket({ controlSocket }: InstanceFiles): Result<true, string> {
  if (controlSocket === undefined) return ok(true);
  const { configured, own } = controlSocket;
  return tell(`could not link control socket ${configured}`, () => {
    const found = lstatSync(configured, { throwIfNoEntry: false });
    if (found !== undefined && !found.isSymbolicLink()) return;
    const fresh = `${own}.new`;
    rmSync(fresh, { force: true });
    symlinkSync(own, fresh);
    renameSync(fresh, configured);
  });
}

/** Removes what an instance that has ended leaves behind: its own files, and the configured ones while they still mean it. */
export function removeInstanceFiles(
  { pidFile, controlSocket }: InstanceFiles,
  pid: number,
): Result<true, string> {
  return tell(`could not remove the files of ${pid}`, () => {
    if (pidFile !== undefined) {
      if (textOf(pidFile.configured)?.trim() === String(pid)) rmSync(pidFile.configured);
      rmSync(pidFile.own, { force: true });
    }
    if (controlSocket !== undefined) {
      if (linkOf(controlSocket.configured) === controlSocket.own) rmSync(controlSocket.configured);
      rmSync(controlSocket.own, { force: true });
    }
  });
}

/**
 * Removes a pid file that names a process which has ended and for which nobody has waited yet: gunicorn takes such a one for alive and refuses to start
 * (gunicorn/pidfile.py, validate). Processes of an earlier daemon are init's children, and some inits are slow. The error is a sentence.
 */
export async function removePidFileOfZombie(
  os: Pick<Os, 'process'>,
  pidfile: string,
  ended: ProcId,
): Promise<Result<true, string>> {
  if (textOf(pidfile)?.trim() !== String(ended.pid)) return ok(true);
  const proc = await os.process(ended.pid);
  if (proc === undefined || !isSameProc(proc, ended) || !hasEnded(proc)) return ok(true);
  return tell(`could not remove pid file ${pidfile}`, () => {
    rmSync(pidfile, { force: true });
  });
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    readingError(error); // Throws what is no system error. What cannot be read means nobody.
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    readingError(error); // Throws what is no system error: it is no link.
    return undefined;
  }
}

function tell(what: string, work: () => void): Result<true, string> {
  try {
    work();
    return ok(true);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return err(`${what}: ${code}`);
  }
}
