import { connect, type Socket } from 'node:net';
import { waitFor } from '../../../rig/wait-for.ts';

/** One answer. */
export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection on which a test writes bytes as it likes. */
export class RawConnection {
  readonly #socket: Socket;
  received = '';
  isClosed = false;

  /** `url` as a supervisor's serverurl. */
  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = url.startsWith('unix://')
      ? connect(url.slice('unix://'.length))
      : connect(Number(port), hostname);
    this.#socket.setEncoding('latin1').on('data', (text: string) => (this.received += text));
    this.#socket.on('error', () => undefined); // The server may hang up on what a test sends.
    this.#socket.on('close', () => (this.isClosed = true));
    this.#socket.setNoDelay(true);
  }

  write(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** Writes byte by byte, each in a packet of its own. */
  async trickle(text: string): Promise<void> {
    for (const byte of text) {
      await new Promise((resolve) => this.#socket.write(byte, 'latin1', resolve));
    }
  }

  /** Takes the next whole answer, which has a Content-Length. */
  async answer(): Promise<RawAnswer> {
    const { answer, length } = await waitFor('an answer', () => takeAnswer(this.received), {
      observe: () => this.received,
    });
    this.received = this.received.slice(length);
    return answer;
  }

  async waitForText(text: string): Promise<void> {
    await waitFor(
      `the server to send ${JSON.stringify(text)}`,
      () => this.received.includes(text) || undefined,
      { observe: () => this.received },
    );
  }

  async waitForClose(ceilingMs = 30_000): Promise<void> {
    await waitFor('the server to hang up', () => this.isClosed || undefined, { ceilingMs });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Sends one request and takes its answer. */
export async function rawRequest(url: string, text: string): Promise<RawAnswer> {
  const connection = new RawConnection(url);
  try {
    connection.write(text);
    return await connection.answer();
  } finally {
    connection.close();
  }
}

/** A whole POST of an XML-RPC body. */
export function post(body: string, path = '/RPC2', headers = ''): string {
  const length = Buffer.byteLength(body, 'latin1');
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Length: ${length}\r\n\r\n${body}`;
}

/** The body of a call; `params` is XML. */
export function callBody(method: string, params = '<params></params>'): string {
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName>${params}</methodCall>`;
}

function takeAnswer(text: string): { answer: RawAnswer; length: number } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = end + 4 + Number(headers['content-length'] ?? 0);
  if (text.length < length) return undefined;
  const status = Number(first.split(' ')[1]);
  return { answer: { status, headers, body: text.slice(end + 4, length) }, length };
}
