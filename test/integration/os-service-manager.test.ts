import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findServiceManager, type ServiceManager } from '../../src/os/service-manager.ts';
import { listenForNotifications, type NotifySocket } from '../rig/notify-socket.ts';
import { findOnPath } from '../rig/on-path.ts';
import { pythonForTests } from '../rig/python.ts';
import { waitFor } from '../rig/wait-for.ts';

const python = await pythonForTests('newest');

async function listen(abstract = false): Promise<NotifySocket> {
  const socket = await listenForNotifications(python?.bin.python ?? '', { abstract });
  onTestFinished(() => socket.close());
  return socket;
}

/** A PATH on which only `name` is. */
function pathWith(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-path-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const file = name === 'python3' ? python?.bin.python : findOnPath(name)[0];
  symlinkSync(file ?? '', join(directory, name));
  return directory;
}

function managerAt(address: string, PATH = process.env.PATH): ServiceManager {
  const manager = findServiceManager({ NOTIFY_SOCKET: address, PATH }, process.pid);
  if (manager === undefined) throw new Error('no service manager');
  return manager;
}

describe.skipIf(python === undefined)('findServiceManager', () => {
  describe.each(['systemd-notify', 'python3', 'perl'])('by %s', (sender) => {
    const isMissing = sender !== 'python3' && findOnPath(sender).length === 0;

    test.skipIf(isMissing).each([false, true])(
      'messages arrive in their order (abstract: %s)',
      async (abstract) => {
        const socket = await listen(abstract);
        const manager = managerAt(socket.address, pathWith(sender));
        const sent = await Promise.all([
          manager.notify(['READY=1', 'STATUS=2 workers serve']),
          manager.notify(['WATCHDOG=1']),
          manager.notify(['STOPPING=1']),
        ]);
        expect(sent).toEqual(Array(3).fill({ ok: true, value: true }));
        await waitFor('three messages', () => socket.received.length === 3 || undefined);
        // systemd-notify adds who it speaks for.
        const lines = socket.received.map(({ text }) =>
          text.split('\n').filter((line) => !line.startsWith('MAINPID=')),
        );
        expect(lines).toEqual([
          ['READY=1', 'STATUS=2 workers serve'],
          ['WATCHDOG=1'],
          ['STOPPING=1'],
        ]);
      },
    );
  });

  test('nobody listens: said, not thrown', async () => {
    const sent = await managerAt('/nonexistent/notify').notify(['READY=1']);
    expect(sent).toMatchObject({ ok: false, error: expect.stringContaining(': ') as unknown });
  });

  test('nothing to send with: said, not thrown', async () => {
    const sent = await managerAt('/nonexistent/notify', '/nonexistent').notify(['READY=1']);
    expect(sent).toEqual({
      ok: false,
      error: 'no systemd-notify, python3 or perl to send it with',
    });
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
  ])('%j', (environment, expected) => {
    const manager = findServiceManager(environment, 7);
    if (expected === undefined) expect(manager).toBeUndefined();
    else expect(manager).toMatchObject(expected);
  });
});
