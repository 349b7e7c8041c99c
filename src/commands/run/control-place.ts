import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { readingError } from '../../os/errno.ts';
import { inspectDirectory } from '../../os/state-place.ts';
import { CONTROL_SOCKET_NAME } from '../foreground.ts';

/** A private directory with the place for a control socket. */
export interface ControlPlace {
  readonly socket: string;
  readonly remove: () => void;
}

/** sun_path of unix(7), less what the name of a socket that is not in its place yet ends with. */
const LONGEST_PATH_BYTES = 107 - '.4294967296'.length;

/** Makes it where one can be made: RUNTIME_DIRECTORY (systemd), XDG_RUNTIME_DIR, or the directory for temporary files; undefined where it cannot. */
export function makeControlPlace(
  environment: Readonly<Record<string, string | undefined>>,
): ControlPlace | undefined {
  const candidates = [
    environment.RUNTIME_DIRECTORY?.split(':')[0],
    environment.XDG_RUNTIME_DIR,
    tmpdir(),
  ];
  for (const candidate of candidates) {
    if (candidate === undefined || !isAbsolute(candidate)) continue;
    const path = makePrivate(candidate);
    if (path === undefined) continue;
    return {
      socket: join(path, CONTROL_SOCKET_NAME),
      remove: () => {
        rmSync(path, { recursive: true, force: true });
      },
    };
  }
  return undefined;
}

/** Mode 0700, which mkdtemp(3) gives. */
function makePrivate(parent: string): string | undefined {
  const prefix = join(parent, 'reloadctl-run-');
  const length = Buffer.byteLength(join(`${prefix}XXXXXX`, CONTROL_SOCKET_NAME));
  if (length > LONGEST_PATH_BYTES) return undefined;
  try {
    const path = mkdtempSync(prefix);
    // Nobody else may be able to put another one in its place.
    if (inspectDirectory(path, process.geteuid?.() ?? -1, 'the socket').ok) return path;
    rmdirSync(path);
    return undefined;
  } catch (error) {
    readingError(error); // Throws what is no system error. Another place may do.
    return undefined;
  }
}
