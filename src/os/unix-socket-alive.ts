import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { settleWithin } from './clock.ts';
import { errnoOf } from './errno.ts';

/** connect(2) answers at once unless the queue is full: then somebody is there who is busy. */
const ANSWER_LIMIT_MS = 1000;

/**
 * Whether somebody listens at `path`, found out by connecting, since /proc/net/unix can be forged.
 * 'other' is no socket; a link is not followed.
 */
export async function isUnixSocketAlive(
  path: string,
): Promise<'alive' | 'dead' | 'missing' | 'other'> {
  if (path.includes('\0')) return 'other';
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  if (!found.isSocket()) return 'other';
  const socket = connect(path);
  const answer = new Promise<'alive' | 'dead' | 'missing'>((resolve) => {
    socket.once('connect', () => {
      resolve('alive');
    });
    socket.once('error', (error) => {
      const code = errnoOf(error);
      // EPROTOTYPE is a datagram socket, EAGAIN a full queue, EACCES a closed one: all are
      // somebody's.
      resolve(code === 'ECONNREFUSED' ? 'dead' : code === 'ENOENT' ? 'missing' : 'alive');
    });
  });
  try {
    return await settleWithin(answer, ANSWER_LIMIT_MS, 'alive');
  } finally {
    socket.destroy();
  }
}
