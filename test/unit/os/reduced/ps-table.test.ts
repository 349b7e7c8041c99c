import type { ProcessDescriptor } from 'ps-list';
import { describe, expect, it } from 'vitest';
import { PsTable } from '../../../../src/os/reduced/ps-table.ts';

const entry = (pid: number, startSecond: number, rest: Partial<ProcessDescriptor> = {}) => ({
  pid,
  ppid: 1,
  uid: 501,
  name: 'gunicorn',
  cmd: 'gunicorn app:app',
  cpu: 1,
  memory: 50,
  startTime: new Date(startSecond * 1000),
  ...rest,
});

/** A table over one listing after the other; the last one stays. */
function tableOf(...listings: ReadonlyArray<readonly ProcessDescriptor[]>): PsTable {
  let call = 0;
  return new PsTable(() => {
    const listing = listings[Math.min(call, listings.length - 1)] ?? [];
    call += 1;
    return Promise.resolve(listing);
  });
}

describe('PsTable', () => {
  it('lists what ps knows and says nothing about the rest', async () => {
    const [proc] = await tableOf([entry(7, 100)]).list();
    expect(proc).toMatchObject({ pid: 7, ppid: 1, uid: 501, startTicks: 100, comm: 'gunicorn' });
    expect(proc).toMatchObject({ pgid: 0, sid: 0, state: '?', cpuSeconds: 0 });
    expect(proc?.rssBytes).toBeGreaterThan(0);
  });

  it.each([
    ['the same start', 100, true],
    ['a start that ps computed two seconds later', 102, true],
    ['one two seconds earlier', 98, true],
    ['another start: the pid was given again', 103, false],
  ])('takes %s for the same process or not', async (_, second, isSame) => {
    const table = tableOf([entry(7, 100)], [entry(7, second)]);
    const [id] = await table.list();
    if (id === undefined) throw new Error('nothing listed');
    expect((await table.findSame(id)) !== undefined).toBe(isSame);
  });

  it('does not drift with a start that moves in small steps', async () => {
    const table = tableOf([entry(7, 100)], [entry(7, 102)], [entry(7, 104)]);
    const [id] = await table.list();
    if (id === undefined) throw new Error('nothing listed');
    expect(await table.findSame(id)).toBeDefined();
    expect(await table.findSame(id)).toBeUndefined();
  });

  it('forgets a pid that was gone in between', async () => {
    const table = tableOf([entry(7, 100)], [], [entry(7, 101)]);
    const [id] = await table.list();
    if (id === undefined) throw new Error('nothing listed');
    await table.list();
    expect(await table.findSame(id)).toBeUndefined();
  });

  it.each([
    ['Linux and BSD', { cmd: '[gunicorn] <defunct>' }],
    ['macOS', { cmd: '(gunicorn)' }],
  ])('sees a zombie as %s show it', async (_, rest) => {
    const table = tableOf([entry(7, 100, rest)]);
    expect(await table.find(7)).toMatchObject({ state: 'Z' });
    expect(
      await table.findSame({ ...(await table.list())[0], pid: 7 as never, startTicks: 100 }),
    ).toBeUndefined();
  });
});
