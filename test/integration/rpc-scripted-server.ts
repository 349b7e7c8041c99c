import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One request as it came. */
export interface ReceivedRequest {
  /** Which connection brought it, from 0. */
  readonly connection: number;
  /** Start line and headers. */
  readonly head: string;
  readonly body: string;
}

/** A server that says exactly what a test wants, HTTP or not. */
export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Connections that are open now. */
  readonly open: ReadonlySet<Socket>;
  close(): Promise<void>;
}

/** Calls `answer` for each request, on a unix socket or a port; `index` counts the requests of all connections from 0. */
export async function serveScript(
  answer: (socket: Socket, request: ReceivedRequest, index: number) => void,
  transport: 'unix' | 'tcp' = 'unix',
): Promise<ScriptedServer> {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-rpc-'));
  const path = join(directory, 's.sock');
  const requests: ReceivedRequest[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const connection = connections;
    connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined); // The client hangs up on most of these answers.
    let pending = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      pending += text;
      for (let taken = takeRequest(pending); taken !== undefined; taken = takeRequest(pending)) {
        pending = pending.slice(taken.length);
        const request = { connection, head: taken.head, body: taken.body };
        requests.push(request);
        answer(socket, request, requests.length - 1);
      }
    });
  });
  await new Promise<void>((resolve) => {
    if (transport === 'unix') server.listen(path, resolve);
    else server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url:
      typeof address === 'object' && address !== null
        ? `http://127.0.0.1:${address.port}`
        : `unix://${path}`,
    requests,
    open,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** An HTTP answer with status 200 and its length. */
export function httpAnswer(body: string | Uint8Array, headers = ''): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n${headers}\r\n`),
    bytes,
  ]);
}

function takeRequest(
  text: string,
): { readonly head: string; readonly body: string; readonly length: number } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const bodyLength = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  const length = end + 4 + bodyLength;
  return text.length < length ? undefined : { head, body: text.slice(end + 4, length), length };
}
