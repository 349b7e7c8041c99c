import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { readingError } from '../errno.ts';
import type { Listener } from '../os.ts';

/** State TCP_LISTEN of the kernel (include/net/tcp_states.h). */
const TCP_LISTEN = '0A';
/** __SO_ACCEPTCON of the kernel (include/linux/net.h): the unix socket listens. */
const ACCEPTS_CONNECTIONS = 0x10000;

const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/** Every listening socket of our network namespace: TCP over both families, and unix. */
export async function readListeners(): Promise<readonly Listener[]> {
  const [tcp, tcp6, unix] = await Promise.all(
    ['tcp', 'tcp6', 'unix'].map((table) => readTable(`/proc/self/net/${table}`)),
  );
  const ofTcp = new Set([tcp ?? '', tcp6 ?? ''].flatMap(inodesOfTcp));
  return [
    ...parseTcpListeners(tcp ?? ''),
    ...parseTcpListeners(tcp6 ?? ''),
    ...parseUnixListeners(unix ?? '', (inode) => ofTcp.has(inode)),
  ];
}

/** Every socket of the table, connections too. */
function inodesOfTcp(table: string): readonly number[] {
  return table.split('\n').map((line) => Number(line.trim().split(/\s+/)[9]));
}

/**
 * The listening sockets in /proc/net/tcp or tcp6 (proc_pid_net(5)); addresses are in machine order.
 */
export function parseTcpListeners(
  table: string,
  order: 'LE' | 'BE' = endianness(),
): readonly Listener[] {
  return table.split('\n').flatMap((line): Listener[] => {
    const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/);
    const [, host, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local) ?? [];
    if (state !== TCP_LISTEN || host === undefined || port === undefined) return [];
    const bytes = Buffer.from(host, 'hex');
    if (order === 'LE') bytes.swap32();
    return [
      {
        address: `${formatHost(bytes)}:${Number.parseInt(port, 16)}`,
        inode: Number(inode),
        uid: Number(uid),
      },
    ];
  });
}

/**
 * The listening sockets in the text of /proc/net/unix; '@' stands for the NUL before an abstract name. A name may hold any byte, line feeds too, so
 * that anybody can write lines of his own: they can only claim a socket that has a line itself, and what has two counts for nothing. Who has a
 * socket is told by /proc/PID/fd, and whether somebody listens at a path by connecting to it; never by this alone.
 */
export function parseUnixListeners(
  table: string,
  isElsewhere: (inode: number) => boolean = () => false,
): readonly Listener[] {
  // Num RefCount Protocol Flags Type St Inode Path; a path may hold blanks.
  const lines = table.split('\n').flatMap((line) => {
    const [, flags = '', inode = '', path] =
      /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]+) [0-9A-F]+ [0-9A-F]+ +(\d+)(?: (.+))?$/.exec(
        line,
      ) ?? [];
    return inode === '' ? [] : [{ flags: Number.parseInt(flags, 16), inode: Number(inode), path }];
  });
  const seen = new Set<number>();
  const twice = new Set<number>();
  for (const { inode } of lines) (seen.has(inode) ? twice : seen).add(inode);
  return lines.flatMap(({ flags, inode, path }): Listener[] => {
    if (path === undefined || !(flags & ACCEPTS_CONNECTIONS)) return [];
    const isDoubtful = twice.has(inode) || isElsewhere(inode) || CONTROL_CHARACTER.test(path);
    return isDoubtful ? [] : [{ address: `unix:${path}`, inode }];
  });
}

/** '127.0.0.1', '[::1]' or '[::ffff:127.0.0.1]' of 4 or 16 bytes in network order. */
function formatHost(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  const mapped =
    bytes.readUInt16BE(10) === 0xffff && bytes.subarray(0, 10).every((byte) => byte === 0);
  if (mapped) return `[::ffff:${[...bytes.subarray(12)].join('.')}]`;
  const groups = Array.from({ length: 8 }, (_, index) =>
    bytes.readUInt16BE(2 * index).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname;
}

async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    readingError(error); // Throws what is no system error; a kernel without IPv6 has no tcp6.
    return '';
  }
}
