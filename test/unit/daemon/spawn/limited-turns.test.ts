import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLimitedTurns } from '../../../../src/daemon/spawn/limited-turns.ts';

/** Work that ends when the test says so. */
function createBench(count: number): {
  readonly begun: string[];
  readonly add: (name: string) => Promise<string>;
  readonly end: (name: string) => Promise<void>;
  readonly fail: (name: string) => Promise<void>;
} {
  const inTurn = createLimitedTurns(count);
  const begun: string[] = [];
  const ends = new Map<string, { resolve: (name: string) => void; reject: (e: Error) => void }>();
  return {
    begun,
    add: (name) =>
      inTurn(() => {
        begun.push(name);
        return new Promise<string>((resolve, reject) => ends.set(name, { resolve, reject }));
      }),
    end: async (name) => {
      ends.get(name)?.resolve(name);
      await nextTurn();
    },
    fail: async (name) => {
      ends.get(name)?.reject(new Error(name));
      await nextTurn();
    },
  };
}

describe('createLimitedTurns', () => {
  it('lets nobody wait behind a slow one while a place is free', async () => {
    const { begun, add, end } = createBench(4);
    const names = ['slow', ...Array.from({ length: 11 }, (_, index) => `quick${index}`)];
    const all = names.map(add);
    await nextTurn();
    for (const name of names.slice(1)) await end(name);
    expect(begun).toEqual(names);
    await Promise.all(all.slice(1));
    await end('slow');
    expect(await Promise.all(all)).toEqual(names);
  });

  it('begins in the order of the calls, so many at a time', async () => {
    const { begun, add, end } = createBench(2);
    const all = ['a', 'b', 'c', 'd'].map(add);
    await nextTurn();
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    await end('a');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    await end('c');
    await end('d');
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('never lets a newcomer overtake one that waits, and stays within its number', async () => {
    const inTurn = createLimitedTurns(3);
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const work = (index: number) => async (): Promise<void> => {
      begun.push(index);
      running += 1;
      most = Math.max(most, running);
      for (let left = (index * 7) % 5; left > 0; left -= 1) await nextTurn();
      running -= 1;
    };
    const all: Array<Promise<void>> = [];
    for (let index = 0; index < 100; index += 1) {
      all.push(inTurn(work(index)));
      if (index % 10 === 9) await nextTurn();
    }
    await Promise.all(all);
    expect(most).toBe(3);
    expect(begun).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('frees the place of one that fails, whether it rejects or throws', async () => {
    const { begun, add, end, fail } = createBench(1);
    const first = add('a');
    const second = add('b');
    const failure = expect(first).rejects.toThrow('a');
    await nextTurn();
    await fail('a');
    await failure;
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(await second).toBe('b');

    const inTurn = createLimitedTurns(1);
    const thrown = inTurn<string>(() => {
      throw new Error('at once');
    });
    const next = inTurn(() => 'goes on');
    await expect(thrown).rejects.toThrow('at once');
    expect(await next).toBe('goes on');
  });
});
