import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderLongStatus, type LongStatusRow } from '../../../src/terminal/long-status-table.ts';
import { displayWidth } from '../../../src/terminal/text/width.ts';
import { createTheme } from '../../../src/terminal/theme.ts';
import { PLAIN } from './recorder.ts';

const HOUR = 3_600_000;

const ROWS: readonly LongStatusRow[] = [
  {
    name: 'usercenter',
    state: 'RUNNING',
    description: 'pid 1234, uptime 3:12:09',
    pid: 1234,
    type: 'gunicorn',
    version: '26.1.0',
    workers: { ready: 4, total: 4 },
    memoryBytes: 393 * 2 ** 20,
    cpuPercent: 3.2,
    uptimeMs: 3.2 * HOUR,
    reloaded: { agoMs: 3 * HOUR, outcome: 'ok' },
  },
  {
    name: 'web:api',
    state: 'RUNNING',
    description: 'pid 20099, uptime 0:00:05',
    pid: 20_099,
    type: 'gunicorn',
    version: '20.1.0',
    workers: { ready: undefined, total: 4 },
    memoryBytes: 1.3 * 2 ** 30,
    cpuPercent: 240,
    uptimeMs: 5_000,
    reloaded: { agoMs: 4_000, outcome: 'refused' },
  },
  {
    name: 'worker',
    state: 'FATAL',
    description: 'Exited too quickly',
    pid: undefined,
    type: undefined,
    version: undefined,
    workers: undefined,
    memoryBytes: undefined,
    cpuPercent: undefined,
    uptimeMs: undefined,
    reloaded: undefined,
  },
];

const render = (width?: number): string => `\n${renderLongStatus(ROWS, PLAIN, width).join('\n')}\n`;

describe('renderLongStatus', () => {
  it('shows everything where there is room', () => {
    expect(render(200)).toMatchInlineSnapshot(`
      "
      NAME        STATE      PID  TYPE      VERSION  WORKERS      MEM   CPU  UPTIME  RELOADED
      usercenter  RUNNING   1234  gunicorn  26.1.0       4/4  393 MiB  3.2%   3h12m  3h ago, ok
      web:api     RUNNING  20099  gunicorn  20.1.0       ?/4  1.3 GiB  240%      5s  4s ago, refused
      worker      FATAL        -  -         -              -        -     -       -  -
      "
    `);
    expect(render()).toBe(render(200));
  });

  it('gives up what matters least at 80 columns', () => {
    expect(render(80)).toMatchInlineSnapshot(`
      "
      NAME        STATE      PID  TYPE      WORKERS      MEM  UPTIME  RELOADED
      usercenter  RUNNING   1234  gunicorn      4/4  393 MiB   3h12m  3h ago, ok
      web:api     RUNNING  20099  gunicorn      ?/4  1.3 GiB      5s  4s ago, refused
      worker      FATAL        -  -               -        -       -  -
      "
    `);
  });

  it('gives up more at 60 columns', () => {
    expect(render(60)).toMatchInlineSnapshot(`
      "
      NAME        STATE      PID  WORKERS  UPTIME  RELOADED
      usercenter  RUNNING   1234      4/4   3h12m  3h ago, ok
      web:api     RUNNING  20099      ?/4      5s  4s ago, refused
      worker      FATAL        -        -       -  -
      "
    `);
  });

  it('shortens the name last of all', () => {
    expect(render(14)).toMatchInlineSnapshot(`
      "
      NAME   STATE
      user…  RUNNING
      web:…  RUNNING
      work…  FATAL
      "
    `);
  });

  it('is never wider than the terminal', () => {
    const row = fc.record({
      name: fc.string({ unit: 'grapheme', maxLength: 50 }),
      cpu: fc.double({ min: 0, max: 9_999, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 4 }),
        fc.integer({ min: 20, max: 120 }),
        (rows, width) => {
          const [first] = ROWS;
          if (first === undefined) throw new Error('no rows');
          const all = rows.map(({ name, cpu }) => ({ ...first, name, cpuPercent: cpu }));
          for (const line of renderLongStatus(all, PLAIN, width)) {
            expect(displayWidth(line)).toBeLessThanOrEqual(width);
          }
        },
      ),
    );
  });

  it('colours the state and missing workers', () => {
    const theme = createTheme({ color: true, unicode: true });
    const few = ROWS.map((row) => ({ ...row, workers: { ready: 2, total: 4 } }));
    const text = renderLongStatus(few, theme, 200).join('\n');
    expect(text).toContain('\u001b[32mRUNNING\u001b[39m');
    expect(text).toContain('\u001b[31mFATAL\u001b[39m');
    expect(text).toContain('\u001b[33m2/4\u001b[39m');
  });

  it('escapes names', () => {
    const [first] = ROWS;
    if (first === undefined) throw new Error('no rows');
    expect(renderLongStatus([{ ...first, name: 'a\u001b[2J' }], PLAIN)[1]).toMatch(/^a\\x1b\[2J /u);
  });
});
