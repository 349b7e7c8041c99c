import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'vitest';

/** A proxy in front of several servers. */
export interface FailoverProxy {
  /** Where it listens. */
  readonly url: string;
  /** How many requests went to another server because the first one that was asked did not answer. */
  readonly passedOn: () => number;
}

/**
 * Starts a proxy that asks the servers behind unix sockets in turn, and the next one where one does not answer: as nginx does for GET
 * (proxy_next_upstream error). Ends with the test.
 */
export async function startFailoverProxy(
  sockets: readonly string[],
  context: Pick<TestContext, 'onTestFinished'>,
): Promise<FailoverProxy> {
  let turn = 0;
  let passedOn = 0;
  const agent = new Agent({ keepAlive: false });
  const server = createServer((incoming, answer) => {
    const ask = (left: readonly string[]): void => {
      const [socketPath, ...others] = left;
      if (socketPath === undefined) {
        answer.writeHead(502).end('no server answers');
        return;
      }
      const call = request({ socketPath, path: incoming.url, agent }, (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      });
      call.once('error', () => {
        if (answer.headersSent) {
          answer.destroy();
          return;
        }
        passedOn += 1;
        ask(others);
      });
      call.end();
    };
    turn = (turn + 1) % sockets.length;
    ask([...sockets.slice(turn), ...sockets.slice(0, turn)]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, passedOn: () => passedOn };
}
