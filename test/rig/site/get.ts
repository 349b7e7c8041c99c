import { request } from 'node:http';
import type { Endpoint } from '../load/client.ts';

/** One answer. */
export interface Answer {
  readonly status: number;
  /** The X-Version header, '' when there is none. */
  readonly version: string;
  readonly body: string;
}

/** GETs `path` on a connection of its own. Rejects when there is no complete answer within `timeoutMs`. */
export function get(endpoint: Endpoint, path: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(endpoint.url);
    const socketPath = endpoint.socketPath;
    const sent = request(
      { hostname, port, path, agent: false, ...(socketPath !== undefined && { socketPath }) },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.on('error', reject);
        response.on('end', () => {
          const version = String(response.headers['x-version'] ?? '');
          resolve({ status: response.statusCode ?? 0, version, body });
        });
      },
    );
    sent.setTimeout(timeoutMs, () =>
      sent.destroy(new Error(`no answer to GET ${path} in ${timeoutMs} ms`)),
    );
    sent.on('error', reject);
    sent.end();
  });
}
