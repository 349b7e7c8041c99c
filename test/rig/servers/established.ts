import { existsSync, readFileSync } from 'node:fs';
import { waitFor } from '../wait-for.ts';

/** Waits until a connection to a local port has been accepted by a process (it then has an owner and an inode; proc_net_tcp(5)). */
export async function waitForEstablished(port: number): Promise<void> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  await waitFor(
    `a connection to port ${port}`,
    () =>
      // Java listens for both families on one socket.
      ['/proc/net/tcp', '/proc/net/tcp6']
        .filter((table) => existsSync(table))
        .flatMap((table) => readFileSync(table, 'utf8').split('\n'))
        .some((line) => {
          const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
          return local.endsWith(wanted) && state === '01' && inode !== '0';
        }) || undefined,
    { ceilingMs: 30_000, everyMs: 10 },
  );
}
