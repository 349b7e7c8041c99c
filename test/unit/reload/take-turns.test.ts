import { describe, expect, it } from 'vitest';
import { takeTurns } from '../../../src/reload/take-turns.ts';

/** Items that end when the test says so. */
class Desk {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, (mayGoOn: boolean) => void>();
  readonly #fails = new Map<string, (error: Error) => void>();

  readonly work = (item: string): Promise<boolean> => {
    this.begun.push(item);
    return new Promise((resolve, reject) => {
      this.#ends.set(item, resolve);
      this.#fails.set(item, reject);
    });
  };

  async end(item: string, mayGoOn = true): Promise<void> {
    this.#ends.get(item)?.(mayGoOn);
    await new Promise((resolve) => setImmediate(resolve));
  }

  async fail(item: string): Promise<void> {
    this.#fails.get(item)?.(new Error(item));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const FREE = (): undefined => undefined;

describe('takeTurns', () => {
  it('gives one after the other its turn', async () => {
    const desk = new Desk();
    const all = takeTurns(['a', 'b'], { atOnce: 1, keyOf: FREE, work: desk.work });
    expect(desk.begun).toEqual(['a']);
    await desk.end('a');
    expect(desk.begun).toEqual(['a', 'b']);
    await desk.end('b');
    await all;
  });

  it('gives as many at a time as was asked for, and fills up', async () => {
    const desk = new Desk();
    const all = takeTurns(['a', 'b', 'c', 'd'], { atOnce: 2, keyOf: FREE, work: desk.work });
    expect(desk.begun).toEqual(['a', 'b']);
    await desk.end('b');
    expect(desk.begun).toEqual(['a', 'b', 'c']);
    await desk.end('a');
    await desk.end('c');
    await desk.end('d');
    await all;
    expect(desk.begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('never has two of a key at work; others overtake them', async () => {
    const desk = new Desk();
    const all = takeTurns(['x1', 'x2', 'y1', 'x3'], {
      atOnce: 3,
      keyOf: ([key]) => key,
      work: desk.work,
    });
    expect(desk.begun).toEqual(['x1', 'y1']);
    await desk.end('y1');
    expect(desk.begun).toEqual(['x1', 'y1']);
    await desk.end('x1');
    expect(desk.begun).toEqual(['x1', 'y1', 'x2']);
    await desk.end('x2');
    await desk.end('x3');
    await all;
    expect(desk.begun).toEqual(['x1', 'y1', 'x2', 'x3']);
  });

  it('begins nothing more after a failure, and lets those at work end', async () => {
    const desk = new Desk();
    let isOver = false;
    const all = takeTurns(['a', 'b', 'c'], { atOnce: 2, keyOf: FREE, work: desk.work }).then(() => {
      isOver = true;
    });
    await desk.end('a', false);
    expect(isOver).toBe(false);
    await desk.end('b');
    await all;
    expect(desk.begun).toEqual(['a', 'b']);
  });

  it('rejects with an error when the others have ended', async () => {
    const desk = new Desk();
    let error: unknown;
    const all = takeTurns(['a', 'b', 'c'], { atOnce: 2, keyOf: FREE, work: desk.work }).catch(
      (reason: unknown) => {
        error = reason;
      },
    );
    await desk.fail('a');
    expect(error).toBeUndefined();
    await desk.end('b');
    await all;
    expect(error).toEqual(new Error('a'));
    expect(desk.begun).toEqual(['a', 'b']);
  });

  it('has nothing to do for nobody', async () => {
    await takeTurns([], { atOnce: 1, keyOf: FREE, work: () => Promise.resolve(true) });
  });
});
