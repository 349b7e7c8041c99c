import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { err, ok, type Result } from '../../../../src/base/result.ts';
import type { BoundSocket, SocketRequest } from '../../../../src/daemon/sockets/bind-socket.ts';
import { SocketRegistry } from '../../../../src/daemon/sockets/socket-registry.ts';

const port = (number: number): SocketRequest => ({
  address: { kind: 'tcp', host: 'localhost', port: number },
  backlog: 128,
  mode: 0o777,
  owner: undefined,
  rights: 'ours',
});

/** A registry whose sockets are numbers. What happens to them is written down. */
function rig() {
  const log: string[] = [];
  const troubles = { bind: new Map<number, string>(), listen: '' };
  let nextFd = 10;
  const registry = new SocketRegistry({
    bind: ({ address }): Promise<Result<BoundSocket, string>> => {
      const number = 'port' in address ? address.port : 0;
      const trouble = troubles.bind.get(number);
      if (trouble !== undefined) return Promise.resolve(err(trouble));
      const fd = (nextFd += 1);
      log.push(`bind ${number}`);
      return Promise.resolve(
        ok({
          fd,
          address: `127.0.0.1:${number}`,
          close: () => Promise.resolve(void log.push(`close ${number}`)),
        }),
      );
    },
    inherit: (fd, address) => ({
      fd,
      address,
      close: () => {
        closeSync(fd);
        return Promise.resolve();
      },
    }),
    listen: (sockets) => {
      log.push(`listen ${sockets.map(({ fd, backlog }) => `${fd}/${backlog}`).join(' ')}`);
      return Promise.resolve(troubles.listen === '' ? ok(true) : err(troubles.listen));
    },
  });
  const take = (): string[] => log.splice(0);
  const acquire = async (owner: string, ...ports: readonly number[]) => {
    const lease = await registry.acquire(owner, ports.map(port));
    if (!lease.ok) throw new Error(lease.error);
    return lease.value;
  };
  return { registry, troubles, take, acquire };
}

describe('a lease', () => {
  it('has its sockets in the order in which they were asked for', async () => {
    const { acquire, take } = rig();
    const lease = await acquire('a', 2, 1);
    expect(lease).toMatchObject({ fds: [11, 12], addresses: ['127.0.0.1:2', '127.0.0.1:1'] });
    expect(take()).toEqual(['bind 2', 'bind 1', 'listen 11/128 12/128']);
    lease.release();
    expect(take()).toEqual(['close 2', 'close 1']);
  });

  it('shares what its owner has already; the last one closes it', async () => {
    const { acquire, take } = rig();
    const first = await acquire('a', 1);
    const second = await acquire('a', 1, 2);
    expect(second.fds).toEqual([11, 12]);
    expect(take()).toEqual(['bind 1', 'listen 11/128', 'bind 2', 'listen 12/128']);
    first.release();
    first.release();
    expect(take()).toEqual([]);
    second.release();
    expect(take()).toEqual(['close 1', 'close 2']);
    await acquire('a', 1);
    expect(take()).toEqual(['bind 1', 'listen 13/128']);
  });

  it('binds once for two who ask at the same time', async () => {
    const { acquire, take } = rig();
    const [one, other] = await Promise.all([acquire('a', 1), acquire('a', 1)]);
    expect(one.fds).toEqual(other.fds);
    expect(take()).toEqual(['bind 1', 'listen 11/128']);
  });

  it('is refused for an address that somebody else uses, which that one keeps', async () => {
    const { acquire, registry, take } = rig();
    const theirs = await acquire('a', 1);
    take();
    expect(await registry.acquire('b', [port(2), port(1)])).toEqual(
      err('localhost:1: in use by a'),
    );
    expect(take()).toEqual(['bind 2', 'close 2']);
    theirs.release();
    expect(await registry.acquire('b', [port(1)])).toMatchObject({ ok: true });
  });

  it('is refused, with nothing left open, when one address cannot be bound', async () => {
    const { acquire, registry, troubles, take } = rig();
    const mine = await acquire('a', 1);
    take();
    troubles.bind.set(3, 'EADDRINUSE');
    const refused = await registry.acquire('a', [port(1), port(2), port(3)]);
    expect(refused).toEqual(err('localhost:3: EADDRINUSE'));
    expect(take()).toEqual(['bind 2', 'close 2']);
    mine.release();
    expect(take()).toEqual(['close 1']);
  });

  it('is refused, with nothing left open, when listen(2) fails', async () => {
    const { registry, troubles, take } = rig();
    troubles.listen = 'EADDRINUSE';
    expect(await registry.acquire('a', [port(1), port(2)])).toEqual(
      err('localhost:1, localhost:2: EADDRINUSE'),
    );
    expect(take()).toEqual(['bind 1', 'bind 2', 'listen 11/128 12/128', 'close 1', 'close 2']);
    expect(registry.known).toEqual([]);
  });
});

describe('sockets of an earlier daemon', () => {
  /** A descriptor that the registry may close. */
  const open = (): number => openSync('/dev/null', 'r');

  it('are those that were handed on, and go to whom they belonged', async () => {
    const { acquire, registry } = rig();
    await acquire('a', 1);
    expect(registry.known).toEqual([{ owner: 'a', key: 'localhost:1', address: '127.0.0.1:1' }]);
    const [handed] = registry.hand();
    expect(handed).toEqual({ owner: 'a', key: 'localhost:1', address: '127.0.0.1:1', fd: 11 });

    const next = rig();
    const fd = open();
    next.registry.takeOver([{ owner: 'a', key: 'localhost:1', address: '127.0.0.1:1', fd }]);
    expect(next.registry.reclaim('b', ['127.0.0.1:1'])).toBeUndefined();
    expect(next.registry.reclaim('a', ['127.0.0.1:2'])).toBeUndefined();
    expect(next.registry.reclaim('a', ['127.0.0.1:1', '127.0.0.1:2'])).toBeUndefined();
    const lease = next.registry.reclaim('a', ['127.0.0.1:1']);
    expect(lease).toMatchObject({ fds: [fd], addresses: ['127.0.0.1:1'] });
    // The next start asks for the address as it is written, and gets the same socket.
    expect((await next.acquire('a', 1)).fds).toEqual([fd]);
    expect(next.take()).toEqual([]);
  });

  it('are closed where nobody wants them, and only there', () => {
    const { registry } = rig();
    const [kept, unused] = [open(), open()];
    registry.takeOver([
      { owner: 'a', key: 'localhost:1', address: '127.0.0.1:1', fd: kept },
      { owner: 'b', key: 'localhost:2', address: '127.0.0.1:2', fd: unused },
    ]);
    const lease = registry.reclaim('a', ['127.0.0.1:1']);
    registry.closeUnused();
    expect(() => {
      closeSync(unused);
    }).toThrow('EBADF');
    expect(registry.known.map(({ key }) => key)).toEqual(['localhost:1']);
    lease?.release();
    expect(() => {
      closeSync(kept);
    }).toThrow('EBADF');
  });

  it('are lent as a whole to an owner whose processes do not run', () => {
    const { registry } = rig();
    const [one, two, other] = [open(), open(), open()];
    registry.takeOver([
      { owner: 'a', key: 'localhost:1', address: '127.0.0.1:1', fd: one },
      { owner: 'b', key: 'localhost:2', address: '127.0.0.1:2', fd: other },
      { owner: 'a', key: 'localhost:3', address: '127.0.0.1:3', fd: two },
    ]);
    expect(registry.reclaimAll('c')).toBeUndefined();
    const lease = registry.reclaimAll('a');
    expect(lease?.fds).toEqual([one, two]);
    registry.closeUnused();
    expect(registry.known.map(({ owner }) => owner)).toEqual(['a', 'a']);
    lease?.release();
    expect(registry.known).toEqual([]);
  });

  it('are none for a process that had none', () => {
    const { registry } = rig();
    expect(registry.reclaim('a', [])).toBeUndefined();
  });
});
