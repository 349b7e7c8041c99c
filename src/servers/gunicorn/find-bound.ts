import type { Listener } from '../../os/os.ts';
import type { GunicornSettings } from './settings.ts';

/**
 * Addresses that a HUP or a bridge would lose: with another list of addresses gunicorn closes its sockets and binds anew (gunicorn/arbiter.py,
 * reload), and dies where its old workers or the bridge still listen at such an address, or at all of them of its port.
 */
export function findMoved(
  listening: GunicornSettings['listening'],
  boundNow: readonly string[],
): readonly string[] {
  if (listening === undefined || boundNow.length === 0) return [];
  const now = boundNow.map(placeOf);
  const wanted = listening.addresses.map((each) =>
    'port' in each
      ? { host: each.host, port: String(each.port) }
      : { host: 'path' in each ? each.path : `fd ${each.fd}`, port: undefined },
  );
  const isIn = (place: BoundPlace, places: readonly BoundPlace[]): boolean =>
    places.some((other) => other.port === place.port && hostOf(other) === hostOf(place));
  if (wanted.length === now.length && wanted.every((place) => isIn(place, now))) return [];
  return wanted
    .filter((place) =>
      now.some(
        (other) =>
          place.port !== undefined &&
          other.port === place.port &&
          (hostOf(other) === hostOf(place) || isAny(place) || isAny(other)),
      ),
    )
    .map(({ host, port }) => `${host}:${port ?? ''}`);
}

/** An address of the internet with its port, or the path of a socket. */
interface BoundPlace {
  readonly host: string;
  readonly port: string | undefined;
}

const hostOf = ({ host }: BoundPlace): string => {
  if (host === 'localhost') return '127.0.0.1';
  return host === '' ? '0.0.0.0' : host.replace(/^\[(.*)\]$/u, '$1');
};

const isAny = (place: BoundPlace): boolean => ['0.0.0.0', '::'].includes(hostOf(place));

/** Takes the kernel's '127.0.0.1:8000' or '/run/x.sock' apart. */
function placeOf(address: string): BoundPlace {
  if (address.startsWith('unix:')) return { host: address.slice('unix:'.length), port: undefined };
  const [, host, port] = /^(.*):(\d+)$/u.exec(address) ?? [];
  return host === undefined ? { host: address, port: undefined } : { host, port };
}

/**
 * New TCP addresses that somebody else listens on. gunicorn closes its own sockets before it binds new ones, and dies when it
 * cannot (gunicorn/arbiter.py, reload). Unix socket files are replaced, so they cannot be taken.
 */
export function findTaken(
  bind: readonly string[],
  boundNow: readonly string[],
  listeners: readonly Listener[],
): readonly string[] {
  const isTcp = (address: string): boolean => /^[\d.]+:\d+$/.test(address);
  const free = new Set(boundNow);
  return boundNow.length === 0
    ? []
    : bind
        .filter(isTcp)
        .filter((address) => !free.has(address))
        .filter((address) => listeners.some((listener) => listener.address === address));
}
