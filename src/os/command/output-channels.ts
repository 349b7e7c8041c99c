import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

/** Where a child's stdout and stderr go, and how they are read. */
export interface OutputChannels {
  /** For the second and third place of `stdio`. */
  readonly stdio: readonly [number | 'pipe', number | 'pipe'];
  /**
   * The reading ends. To be called after every `spawn` (with undefined if it failed), since it
   * closes our copies of the writing ends.
   */
  attach(child: ChildProcess | undefined): readonly Readable[];
}

/**
 * Two pipes whose writing ends belong to user `owner`. Node's own 'pipe' is a socket pair, on which opening /dev/stdout fails with
 * ENXIO: gunicorn with `--access-logfile /dev/stdout` then refuses to start. Named pipes are real ones, and can be had without
 * native code; their names are removed at once. Where they cannot be made (no mkfifo, no temporary directory), socket pairs.
 */
export async function openOutputChannels(
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Promise<OutputChannels> {
  const mkfifo = ['/usr/bin/mkfifo', '/bin/mkfifo'].find((path) => existsSync(path));
  if (mkfifo === undefined) return socketPairs;
  try {
    return await openNamedPipes(mkfifo, owner);
  } catch {
    return socketPairs; // A full or read-only disk must not keep a command from being run.
  }
}

const socketPairs: OutputChannels = {
  stdio: ['pipe', 'pipe'],
  attach: (child) =>
    [child?.stdout, child?.stderr].filter((stream) => stream !== null && stream !== undefined),
};

async function openNamedPipes(
  mkfifo: string,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Promise<OutputChannels> {
  const directory = await mkdtemp(join(tmpdir(), 'reloadctl-'));
  const opened: number[] = [];
  try {
    const names = ['stdout', 'stderr'].map((name) => join(directory, name));
    await promisify(execFile)(mkfifo, ['-m', '600', ...names]);
    if (owner !== undefined) {
      // Opening /dev/stdout checks the permissions of the pipe once more, as the child's user.
      await Promise.all(names.map((name) => chown(name, owner.uid, owner.gid)));
    }
    const [out, err] = names.map((name) => {
      const reader = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
      opened.push(reader);
      const writer = openSync(name, constants.O_WRONLY);
      opened.push(writer);
      return { reader, writer };
    });
    if (out === undefined || err === undefined) throw new Error('Internal error: two pipes');
    return {
      stdio: [out.writer, err.writer],
      attach: () => {
        closeSync(out.writer);
        closeSync(err.writer);
        return [out.reader, err.reader].map(
          (fd) => new Socket({ fd, readable: true, writable: false }),
        );
      },
    };
  } catch (error) {
    opened.forEach(closeSync);
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
