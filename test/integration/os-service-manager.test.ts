import { describe, expect, onTestFinished, test } from 'vitest';
import { findServiceManager, type ServiceManager } from '../../src/os/service-manager.ts';
import { findOnPath } from '../rig/on-path.ts';
import { listenForNotifications, type NotifySocket } from '../rig/notify-socket.ts';
import { pythonForTests } from '../rig/python.ts';
import { waitFor } from '../rig/wait-for.ts';

const python = await pythonForTests('newest');

async function listen(abstract: boolean): Promise<NotifySocket> {
  const socket = await listenForNotifications(python?.bin.python ?? '', { abstract });
  onTestFinished(() => socket.close());
  return socket;
}

async function managerAt(address: string): Promise<ServiceManager> {
  const manager = await findServiceManager({ NOTIFY_SOCKET: address }, process.pid);
  if (manager === undefined) throw new Error('no service manager');
  onTestFinished(() => {
    manager.close();
  });
  return manager;
}

describe.skipIf(python === undefined)('findServiceManager', () => {
  test('messages arrive in their order and from our own process', async () => {
    const socket = await listen(false);
    const manager = await managerAt(socket.address);
    const sent = await Promise.all([
      manager.notify(['READY=1', 'STATUS=2 workers serve']),
      manager.notify(['WATCHDOG=1']),
      manager.notify(['STOPPING=1']),
    ]);
    expect(sent.every(({ ok }) => ok)).toBe(true);
    await waitFor('three messages', () => socket.received.length === 3 || undefined);
    expect(socket.received).toEqual([
      { text: 'READY=1\nSTATUS=2 workers serve', pid: process.pid },
      { text: 'WATCHDOG=1', pid: process.pid },
      { text: 'STOPPING=1', pid: process.pid },
    ]);
  });

  test.skipIf(findOnPath('systemd-notify').length === 0)(
    'an abstract address is reached by systemd-notify',
    async () => {
      const socket = await listen(true);
      const manager = await managerAt(socket.address);
      expect(await manager.notify(['READY=1'])).toEqual({ ok: true, value: true });
      await waitFor('a message', () => socket.received.length > 0 || undefined);
      expect(socket.received[0]?.text).toContain('READY=1');
    },
  );

  test('nobody listens: said, not thrown', async () => {
    const manager = await managerAt('/nonexistent/notify');
    expect(await manager.notify(['READY=1'])).toMatchObject({ ok: false });
  });

  test.each([
    [{}, undefined],
    [{ NOTIFY_SOCKET: '' }, undefined],
    [{ NOTIFY_SOCKET: 'relative' }, undefined],
    [{ NOTIFY_SOCKET: '/x' }, { watchdogMs: undefined }],
    [{ NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '3000000' }, { watchdogMs: 3000 }],
    [{ NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '3000000', WATCHDOG_PID: '7' }, { watchdogMs: 3000 }],
    [
      { NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '3000000', WATCHDOG_PID: '8' },
      { watchdogMs: undefined },
    ],
    [{ NOTIFY_SOCKET: '/x', WATCHDOG_USEC: 'soon' }, { watchdogMs: undefined }],
  ])('%j', async (environment, expected) => {
    const manager = await findServiceManager(environment, 7);
    manager?.close();
    if (expected === undefined) expect(manager).toBeUndefined();
    else expect(manager).toMatchObject(expected);
  });
});
