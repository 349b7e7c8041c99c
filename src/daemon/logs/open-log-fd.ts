import { close, constants, fstat, ftruncate, open } from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf } from '../../os/errno.ts';
import { atTargetOf, isOfAnother } from '../../os/guarded-place.ts';
import { claimName } from '../../os/own-name.ts';

/** A log that was opened for appending. */
export interface LogFd {
  readonly fd: number;
  /** A file of its own, which can be rotated and removed; not a device, a pipe, or whatever stands behind /dev/stdout. */
  readonly isPlain: boolean;
  readonly size: number;
  /** What somebody else had put in its place in a shared directory, as sentences. */
  readonly news: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens a log, made with `mode` (less the umask) where it does not exist. /dev/stdout, /dev/fd/2
 * and the like cannot be opened when they are sockets (ENXIO) or another user's pipe or terminal
 * (EACCES): then they are the descriptors 1 and 2 themselves. A link of somebody else's is not
 * followed as root, see atTargetOf. Throws the system error.
 */
export async function openLogFd(
  path: string,
  options: { readonly mode: number; readonly truncate: boolean },
): Promise<LogFd> {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NONBLOCK, O_NOCTTY } = constants;
  // Without O_NONBLOCK a pipe whose reader is slow would hold one of Node's few threads for as long.
  const flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY;
  const isNamedByKernel = /^\/(dev|proc)\//.test(path);
  let fd: number;
  let news: readonly string[] = [];
  try {
    news = claimShared(path);
    const isTruncating = options.truncate && !isNamedByKernel;
    fd = await atTargetOf(path, async (place) => {
      const opened = await promisify(open)(place.path, flags | place.flags, options.mode);
      const found = await promisify(fstat)(opened);
      if (found.isFile() && isOfAnother(place, found)) {
        await promisify(close)(opened);
        throw Object.assign(new Error(`EMLINK: it has another name, '${path}'`), {
          code: 'EMLINK',
        });
      }
      if (isTruncating && found.isFile()) await promisify(ftruncate)(opened, 0);
      return opened;
    });
  } catch (error) {
    const inherited = inheritedFd(path);
    if (inherited === undefined || !['ENXIO', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
    return {
      fd: inherited,
      isPlain: false,
      size: 0,
      news,
      close: () => Promise.resolve(),
    };
  }
  const stat = await promisify(fstat)(fd);
  return {
    fd,
    isPlain: stat.isFile() && !isNamedByKernel,
    size: stat.size,
    news,
    close: () => promisify(close)(fd),
  };
}

const INHERITED = new Map([
  ['/dev/stdout', 1],
  ['/dev/stderr', 2],
]);

function inheritedFd(path: string): number | undefined {
  const fd = /^\/(?:dev|proc\/self)\/fd\/([12])$/.exec(path)?.[1];
  return fd === undefined ? INHERITED.get(path) : Number(fd);
}

/** Where everybody can make names; elsewhere {@link atTargetOf} says whom a link leads. */
function claimShared(path: string): readonly string[] {
  try {
    return claimName(path, process.geteuid?.() ?? -1).news;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}
