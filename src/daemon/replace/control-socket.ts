import { chmodSync, closeSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { errnoOf } from '../../os/errno.ts';
import type { ReplacementOutcome, ReplacementRequest } from './handover.ts';

const NAME = 'control';
/** sun_path of unix(7) without its final NUL. */
const LONGEST_PATH_BYTES = 107;
const LONGEST_REQUEST = 64 * 1024;
/** Who asks says it at once. */
const REQUEST_LIMIT_MS = 10_000;
/** One at a time is carried out; of the others each is told so. */
const MAX_CONNECTIONS = 16;

/** Carries a request out and tells the outcome. Never rejects. */
export type AnswerRequest = (
  request: ReplacementRequest,
  tell: (outcome: ReplacementOutcome) => Promise<void>,
) => Promise<void>;

/**
 * Listens in the runtime directory (mode 0700: only the daemon's own user and root get there) for requests to be replaced. What is asked runs as
 * we do: it must never be asked by way of the HTTP servers. Returns what ends it.
 */
export async function listenForReplacement(
  directory: string,
  answer: AnswerRequest,
): Promise<() => void> {
  // Who asks has said everything at the end of its half of the connection.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void serve(socket, answer);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('error', () => undefined); // No descriptor left: whoever asks sees it.
  rmSync(join(directory, NAME), { force: true }); // Of a daemon that was killed.
  await withShortPath(directory, (path) => {
    const listening = new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    return listening;
  });
  chmodSync(join(directory, NAME), 0o600);
  server.unref();
  return () => {
    server.close();
  };
}

/** Asks the daemon of a runtime directory to be replaced. Undefined when none listens there. Throws other system errors. */
export async function askForReplacement(
  directory: string,
  request: ReplacementRequest,
): Promise<ReplacementOutcome | undefined> {
  try {
    return await withShortPath(directory, async (path) => {
      const socket = connect(path);
      socket.end(`${JSON.stringify(request)}\n`);
      const text = await readAll(socket);
      if (text === '') return { ok: false, reason: 'it has ended, or was killed, in the middle' };
      return JSON.parse(text) as ReplacementOutcome;
    });
  } catch (error) {
    if (errnoOf(error) === 'ECONNREFUSED' || errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function serve(socket: Socket, answer: AnswerRequest): Promise<void> {
  // Whoever asked may go away: what it asked for goes on.
  socket.on('error', () => socket.destroy());
  const tell = (outcome: ReplacementOutcome): Promise<void> =>
    new Promise((resolve) => {
      if (socket.destroyed) resolve();
      socket.once('close', resolve);
      socket.end(`${JSON.stringify(outcome)}\n`, resolve);
    });
  let text: string;
  const limit = setTimeout(() => socket.destroy(), REQUEST_LIMIT_MS).unref();
  try {
    text = await readAll(socket);
  } catch {
    return; // It went away before it had asked.
  } finally {
    clearTimeout(limit);
  }
  const request = parseRequest(text);
  if (request === undefined)
    await tell({ ok: false, reason: 'it does not understand the request' });
  else await answer(request, tell);
}

/** Until the other side has said everything. Not by iteration, which would end the other direction as well. */
function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > LONGEST_REQUEST) socket.destroy();
    });
    socket.once('end', () => {
      resolve(text);
    });
    socket.once('error', reject);
    socket.once('close', () => {
      resolve(text);
    });
  });
}

function parseRequest(text: string): ReplacementRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // Nobody of ours.
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { protocol, execPath, execArgv, script } = value as Partial<ReplacementRequest>;
  if (typeof protocol !== 'number') return undefined;
  if (typeof execPath !== 'string' || typeof script !== 'string') return undefined;
  if (!Array.isArray(execArgv) || !execArgv.every((arg) => typeof arg === 'string')) {
    return undefined;
  }
  return { protocol, execPath, execArgv, script };
}

/** A path of a socket has to be short; by way of an open directory every one is. */
async function withShortPath<T>(directory: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(directory, NAME);
  if (Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return use(path);
  const fd = openSync(directory, 'r');
  try {
    return await use(`/proc/self/fd/${fd}/${NAME}`);
  } finally {
    closeSync(fd);
  }
}
