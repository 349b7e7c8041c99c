import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../fake/clock.ts';
import { FakeKernel, type Image } from '../../fake/kernel.ts';
import type { FakeProcess } from '../../fake/process.ts';

function boot(): { clock: VirtualClock; kernel: FakeKernel } {
  const clock = new VirtualClock();
  return { clock, kernel: new FakeKernel(clock) };
}

const spawn = (kernel: FakeKernel, image: Image, parent = kernel.init): FakeProcess =>
  kernel.spawn(parent, { argv: ['x'], env: {}, cwd: '/' }, image);

const catching =
  (signals: readonly NodeJS.Signals[], seen: string[] = []): Image =>
  (_kernel, proc) => {
    for (const signal of signals) proc.handlers.set(signal, () => seen.push(signal));
  };

describe('FakeKernel', () => {
  it.each([
    ['SIGHUP', 'ended'],
    ['SIGUSR2', 'ended'],
    ['SIGTERM', 'ended'],
    ['SIGTTIN', 'stopped'],
    ['SIGWINCH', 'ignored'],
  ] as const)(
    'does with a signal that nobody catches what Linux does: %s is %s',
    async (signal, effect) => {
      const { clock, kernel } = boot();
      const proc = spawn(kernel, catching([]));
      kernel.kill(kernel.init, proc, signal);
      await clock.pass(10);
      expect(kernel.sent.map((sent) => sent.effect)).toEqual([effect]);
      expect(proc.isAlive).toBe(effect !== 'ended');
    },
  );

  it('delivers one of several signals of a kind that arrive together', async () => {
    const { clock, kernel } = boot();
    const seen: string[] = [];
    const proc = spawn(kernel, catching(['SIGTTIN', 'SIGTTOU'], seen));
    for (const signal of ['SIGTTIN', 'SIGTTIN', 'SIGTTOU'] as const) {
      kernel.kill(kernel.init, proc, signal);
    }
    await clock.pass(10);
    kernel.kill(kernel.init, proc, 'SIGTTIN');
    await clock.pass(10);
    expect(seen).toEqual(['SIGTTIN', 'SIGTTOU', 'SIGTTIN']);
    expect(kernel.sent.map(({ effect }) => effect)).toEqual([
      'caught',
      'coalesced',
      'caught',
      'caught',
    ]);
  });

  it('gives orphans to init, tells parents of their children, keeps zombies until they are reaped', async () => {
    const { clock, kernel } = boot();
    const seen: string[] = [];
    const parent = spawn(kernel, catching(['SIGCHLD'], seen));
    const child = spawn(kernel, catching([]), parent);
    const grandchild = spawn(kernel, catching([]), child);
    kernel.exit(child, { by: 'exit', code: 3 });
    await clock.pass(10);
    expect(seen).toEqual(['SIGCHLD']);
    expect(grandchild.ppid).toBe(1);
    expect(kernel.find(child.pid)?.state).toBe('Z');
    expect(kernel.reap(parent)).toEqual([child]);
    expect(kernel.find(child.pid)).toBeUndefined();
  });

  it('keeps a socket as long as anybody has it open', () => {
    const { kernel } = boot();
    const parent = spawn(kernel, catching([]));
    expect(kernel.bind(parent, '127.0.0.1:80')).toBe(true);
    const child = kernel.fork(parent);
    kernel.exit(parent, { by: 'exit', code: 0 });
    const other = spawn(kernel, catching([]));
    expect(kernel.bind(other, '127.0.0.1:80')).toBe(false);
    kernel.exit(child, { by: 'exit', code: 0 });
    expect(kernel.bind(other, '127.0.0.1:80')).toBe(true);
  });

  it('gives a pid to another process, which is another identity', async () => {
    const { clock, kernel } = boot();
    const first = spawn(kernel, catching([]));
    kernel.exit(first, { by: 'exit', code: 0 });
    await clock.pass(100);
    kernel.giveNextPid(first.pid);
    const second = spawn(kernel, catching([]));
    expect(second.pid).toBe(first.pid);
    expect(second.startTicks).not.toBe(first.startTicks);
  });
});
