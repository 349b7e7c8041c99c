import { err, ok, type Result } from '../base/result.ts';

/** Where a server listens. `host` is a name or an IP address; '' is every IPv4 interface. */
export type SocketAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

const HIGHEST_PORT = 65_535;

/** Reads 'HOST:PORT', '[::1]:80', ':80', '*:80' (also after 'tcp://') or 'unix:/path'. */
export function parseSocketAddress(text: string): Result<SocketAddress, string> {
  const path = /^unix:(?:\/\/)?(\/[^\0]+)$/.exec(text)?.[1];
  if (path !== undefined) return ok({ kind: 'unix', path });
  const [, bracketed, plain, digits] =
    /^(?:tcp:\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port === 0 || port > HIGHEST_PORT) {
    return err('it has to be HOST:PORT or unix:/path');
  }
  const host = (bracketed ?? plain ?? '').toLowerCase();
  return ok({ kind: 'tcp', host: host === '*' ? '' : host, port });
}

/** '127.0.0.1:8000', '[::]:80' or 'unix:/run/app.sock', as the kernel's tables are shown. */
export function formatSocketAddress(address: SocketAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const { host, port } = address;
  if (host === '') return `0.0.0.0:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
