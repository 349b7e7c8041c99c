import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { basename } from 'node:path';
import { errnoOf, readingError } from '../errno.ts';
import type { Answerers, SupervisorAddress } from '../os.ts';
import { findPathWriters, pathFilesBelow } from '../path-writers.ts';
import { parseTcpListeners, parseUnixListeners } from './listeners.ts';
import { listProcesses } from './process-table.ts';

/**
 * Who may be answering at an address: for a unix socket everybody who could have put one at its name, for TCP the users of the processes that
 * have the listening socket open. What the kernel lists as the name of a unix socket is chosen by who binds it: it can speak against
 * process `claimed`, never for it.
 */
export async function findAnswerers(
  address: SupervisorAddress,
  claimed: number | undefined,
): Promise<Answerers> {
  return address.kind === 'unix'
    ? answerersAtPath(address.path, claimed)
    : answerersAtPort(address, claimed);
}

/** A path as a process sees it that may have another root directory than we. */
const THROUGH_PROC = /^(\/proc\/\d+\/root)(\/.*)$/;

async function answerersAtPath(address: string, claimed: number | undefined): Promise<Answerers> {
  const [, root = '', path = address] = THROUGH_PROC.exec(address) ?? [];
  const { grants, unseen, realPath } = await findPathWriters(path, pathFilesBelow(root));
  const writers = grants.map(({ writer }) => writer);
  const isOpen = unseen !== undefined || writers.includes('anybody');
  return {
    where: 'here',
    uids: isOpen ? 'anybody' : new Set(writers.filter((writer) => writer !== 'anybody')),
    holds: claimed === undefined ? undefined : listensAs(claimed, basename(realPath)),
  };
}

/**
 * Whether a process listens on that name. supervisord and we bind it as 'NAME.PID' and then link it
 * (supervisor/http.py, supervisor_unix_http_server).
 */
function listensAs(pid: number, name: string): boolean | undefined {
  const sockets = parseUnixListeners(readTable(`/proc/${pid}/net/unix`));
  const inodes = sockets
    .filter(({ address }) => basename(address).replace(/\.\d+$/, '') === name.replace(/\.\d+$/, ''))
    .map(({ inode }) => inode);
  return hasOneOf(pid, new Set(inodes));
}

function answerersAtPort(
  { host, port }: { readonly host: string; readonly port: number },
  claimed: number | undefined,
): Answerers {
  const hosts = localAddresses(host);
  if (hosts.length === 0) return { where: 'elsewhere' };
  const inodes = new Set<number>();
  const uids = new Set<number>();
  for (const table of ['tcp', 'tcp6']) {
    for (const listener of parseTcpListeners(readTable(`/proc/self/net/${table}`))) {
      const at = listener.address.lastIndexOf(':');
      if (Number(listener.address.slice(at + 1)) !== port) continue;
      if (!hosts.includes(listener.address.slice(0, at))) continue;
      inodes.add(listener.inode);
      if (listener.uid !== undefined) uids.add(listener.uid);
    }
  }
  // Nobody of this network listens there: a forwarded port, or a network of a container.
  if (inodes.size === 0) return { where: 'elsewhere' };
  for (const { pid, uid } of listProcesses()) {
    if (!uids.has(uid) && hasOneOf(pid, inodes) === true) uids.add(uid);
  }
  return {
    where: 'here',
    uids,
    holds: claimed === undefined ? undefined : hasOneOf(claimed, inodes),
  };
}

/** This machine's addresses at which a socket is reached as `host`; none for another machine. */
function localAddresses(host: string): readonly string[] {
  const any = ['0.0.0.0', '[::]'];
  if (host === 'localhost') return [...any, '127.0.0.1', '[::1]', '[::ffff:127.0.0.1]'];
  const family = isIP(host);
  const ours = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const isOurs = host.startsWith('127.') || ours.some(({ address }) => address === host);
  if (family === 4 && (isOurs || host === '0.0.0.0')) return [...any, host, `[::ffff:${host}]`];
  if (family === 6 && (isOurs || host === '::' || host === '::1')) {
    return [...any, new URL(`http://[${host}]`).hostname];
  }
  return [];
}

/** Undefined where we may not look. */
function hasOneOf(pid: number, inodes: ReadonlySet<number>): boolean | undefined {
  try {
    const directory = `/proc/${pid}/fd`;
    return readdirSync(directory).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`${directory}/${fd}`))?.[1];
      return inode !== undefined && inodes.has(Number(inode));
    });
  } catch (error) {
    return readingError(error) === 'denied' ? undefined : false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return ''; // Closed in the meantime.
  }
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    readingError(error); // Throws what is no system error; a kernel without IPv6 has no tcp6.
    return '';
  }
}
