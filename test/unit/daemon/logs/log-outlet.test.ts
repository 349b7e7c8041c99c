import { describe, expect, it } from 'vitest';
import { createLogOutlet } from '../../../../src/daemon/logs/log-outlet.ts';

describe('createLogOutlet', () => {
  it('writes line by line, in order', async () => {
    const written: string[] = [];
    const outlet = createLogOutlet(
      async (line) => {
        await Promise.resolve();
        written.push(line);
      },
      (lines) => `lost ${lines}`,
      1,
    );
    for (const line of ['a', 'b', 'c']) outlet.put(line);
    await outlet.flush();
    outlet.put('d');
    await outlet.flush();
    expect(written).toEqual(['a', 'b', 'c', 'd']);
  });

  it('writes as many lines at once as make up a batch', async () => {
    const written: string[] = [];
    const write = (lines: string): Promise<void> => {
      written.push(lines);
      return Promise.resolve();
    };
    const outlet = createLogOutlet(write, String, 4);
    for (const line of ['a', 'bb', 'cc', 'ddddd', 'e']) outlet.put(line);
    await outlet.flush();
    expect(written).toEqual(['a', 'bbcc', 'ddddd', 'e']);
  });

  it('loses what comes while too much waits for a slow disk, and says how much', async () => {
    const written: string[] = [];
    let free: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      free = resolve;
    });
    const outlet = createLogOutlet(
      async (line) => {
        await slow;
        written.push(line.slice(0, 6));
      },
      (lines) => `lost ${lines}`,
      1,
    );
    for (let count = 0; count < 10; count += 1) outlet.put(`${count} ${'x'.repeat(1024 * 1024)}`);
    free();
    await outlet.flush();
    expect(written).toEqual(['0 xxxx', '1 xxxx', '2 xxxx', '3 xxxx', 'lost 6']);
  });
});
