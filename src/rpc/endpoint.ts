import { Buffer } from 'node:buffer';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import type { SupervisorAddress } from '../os/os.ts';

/** Where a supervisor listens, and who we are to it. */
export interface Endpoint {
  /** What the user gave, without a password; safe to print. */
  readonly url: string;
  readonly address: SupervisorAddress;
  /** The value of the Authorization header. Never print it. */
  readonly authorization: string | undefined;
}

/**
 * supervisorctl's -s, -u and -p. A user name without a password, or the reverse, counts as none.
 */
export interface EndpointOptions {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** What fits into sockaddr_un with its NUL (unix(7)). Node would cut a longer path off. */
const MAX_SOCKET_PATH_BYTES = 107;
const HTTP_URL =
  /^http:\/\/(?:[^/?#]*@)?(\[[0-9a-fA-F:.]+\]|[^\s:/?#@[\]]*)(?::([0-9]{0,5}))?(?:[/?#]|$)/;

/**
 * Takes a server URL as supervisorctl does. Throws a ReloadctlError 'usage' with supervisorctl's
 * text for anything else (supervisor/datatypes.py, url()).
 */
export function parseEndpoint(options: EndpointOptions): Endpoint {
  const { url, username, password } = options;
  const shown = printable(withoutUser(url));
  return {
    url: shown,
    address: parseAddress(url, shown),
    authorization:
      username === undefined || password === undefined
        ? undefined
        : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  };
}

function parseAddress(url: string, shown: string): Endpoint['address'] {
  if (!/^[a-zA-Z][a-zA-Z0-9+.-]*:(?:\/\/[^?#]|(?!\/\/)[^?#])/.test(url)) {
    throw invalidUrl(shown, `value ${quoted(shown)} is not a URL`);
  }
  if (url.startsWith('unix://')) {
    const path = url.slice('unix://'.length);
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
      throw invalidUrl(shown, `the path is longer than ${MAX_SOCKET_PATH_BYTES} bytes`);
    }
    return { kind: 'unix', path };
  }
  if (!url.startsWith('http://')) {
    throw invalidUrl(shown, 'it must be http:// or unix://');
  }
  const match = HTTP_URL.exec(url);
  const port = Number(match?.[2] === undefined || match[2] === '' ? 80 : match[2]);
  if (match === null || port < 1 || port > 65_535) {
    throw invalidUrl(shown, 'it must be http://host:port');
  }
  // Python's client takes no host as this machine.
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '') || 'localhost';
  return { kind: 'inet', host, port };
}

function invalidUrl(shown: string, reason: string): ReloadctlError {
  return new ReloadctlError(`invalid value for -s ${quoted(shown)}: ${reason}`, {
    code: 'usage',
    exitCode: EXIT.usage,
    hint: 'Give -s unix:///path/to/supervisor.sock or -s http://host:port.',
  });
}

/** Everything up to the last "@" may be a password, except in the path of a unix socket. */
function withoutUser(url: string): string {
  if (url.startsWith('unix:')) return url;
  return url.replace(/^([a-zA-Z][a-zA-Z0-9+.-]*:\/\/)?.*@/s, '$1');
}

/** As Python's repr() quotes a plain string. */
function quoted(text: string): string {
  return text.includes("'") && !text.includes('"')
    ? `"${text}"`
    : `'${text.replaceAll("'", "\\'")}'`;
}
