import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { settleWithin } from '../clock.ts';
import { errnoOf } from '../errno.ts';
import { MAX_CLAIM_BYTES } from './claim.ts';

/** How long to listen to the holder of a lock. */
const ANSWER_LIMIT_MS = 500;

/** A name of unix(7) has 108 bytes, the NUL in front included. */
const FULL_NAME_BYTES = 107;

/** A bound abstract socket that tells `answer` to everybody who connects. */
export interface AbstractServer {
  close(): Promise<void>;
}

/**
 * The abstract name of lock `name` as the kernel lists it, without the NUL in front. It always has the full length: Node 20 binds
 * shorter names with NULs up to the full length behind them, Node 22 and 24 without, and the kernel takes these for two names. What
 * does not fit is replaced by its hash.
 */
export function abstractNameOf(name: string): string {
  const isPlain = /^[\x21\x22\x24-\x7e]+$/.test(name); // Printable, and without the '#' that fills up.
  const plain = `reloadctl/${name}`;
  const chosen =
    isPlain && plain.length <= FULL_NAME_BYTES
      ? plain
      : `reloadctl#${createHash('sha256').update(name).digest('hex')}`;
  return chosen.padEnd(FULL_NAME_BYTES, '#');
}

/**
 * Binds an abstract unix socket: visible to all users of this network namespace, without a file, and released by the kernel at the
 * moment at which its process dies (unix(7)). Undefined when the name is taken. Keeps no event loop alive.
 */
export async function bindAbstract(
  abstractName: string,
  answer: string,
): Promise<AbstractServer | undefined> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.unref();
    // Of the whole connection: a client that goes on writing would put off socket.setTimeout for ever.
    const limit = setTimeout(() => socket.destroy(), ANSWER_LIMIT_MS).unref();
    socket.on('close', () => {
      clearTimeout(limit);
      connections.delete(socket);
    });
    socket.on('error', () => socket.destroy()); // The asker went away.
    socket.end(answer);
  });
  server.maxConnections = 64;
  if (!(await listen(server, `\0${abstractName}`))) return undefined;
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        // Closing twice is an error of the second call only.
        server.close(() => {
          resolve();
        });
        connections.forEach((socket) => socket.destroy());
      }),
  };
}

/**
 * What the holder of an abstract name says within half a second: the first line, bounded, or '' when it says nothing. Undefined when
 * nobody holds the name any more.
 */
export async function askAbstract(abstractName: string): Promise<string | undefined> {
  const socket = connect({ path: `\0${abstractName}` });
  const answer = new Promise<string | undefined>((resolve) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_CLAIM_BYTES || text.includes('\n')) resolve(text);
    });
    socket.on('error', (error) => {
      resolve(errnoOf(error) === 'ECONNREFUSED' ? undefined : '');
    });
    socket.on('close', () => {
      resolve(text);
    });
  });
  try {
    const text = await settleWithin(answer, ANSWER_LIMIT_MS, '');
    return text?.slice(0, MAX_CLAIM_BYTES).split('\n', 1)[0];
  } finally {
    socket.destroy();
  }
}

function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // Stays for later errors too (no descriptor left for a connection): they do not touch the lock.
    server.on('error', (error) => {
      if (errnoOf(error) === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ path }, () => {
      resolve(true);
    });
  });
}
