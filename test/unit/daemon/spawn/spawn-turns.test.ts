import { describe, expect, it, vi } from 'vitest';
import { createSpawnTurns } from '../../../../src/daemon/spawn/spawn-turns.ts';

describe('turns to be spawned', () => {
  it('come in the order in which places were taken, one after the other', async () => {
    const turns = createSpawnTurns();
    const places = [turns.reserve(), turns.reserve(), turns.reserve()];
    const done: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      done.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      done.push(`${name} ends`);
    };
    await Promise.all([
      places[2]?.run(work('c')),
      places[0]?.run(work('a')),
      places[1]?.run(work('b')),
      turns.inTurn(work('d')),
    ]);
    expect(done).toEqual(
      ['a', 'b', 'c', 'd'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
  });

  it('do not wait for a place in which nothing will be spawned', async () => {
    const turns = createSpawnTurns();
    const first = turns.reserve();
    const second = turns.inTurn(() => 'second');
    first.release();
    expect(await second).toBe('second');
    first.release(); // Once more does nothing.
  });

  it('do not wait for ever for what is not prepared, which comes when it is', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const turns = createSpawnTurns();
    const late = turns.reserve();
    const second = turns.inTurn(() => 'second');
    await vi.advanceTimersByTimeAsync(1002);
    expect(await second).toBe('second');
    expect(await late.run(() => 'late')).toBe('late');
    vi.useRealTimers();
  });

  it('a failure is that of its own caller only', async () => {
    const turns = createSpawnTurns();
    const failing = turns.inTurn(() => Promise.reject(new Error('no')));
    const second = turns.inTurn(() => 'second');
    await expect(failing).rejects.toThrow('no');
    expect(await second).toBe('second');
  });
});
