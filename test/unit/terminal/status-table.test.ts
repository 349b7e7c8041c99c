import { describe, expect, it } from 'vitest';
import { renderStatus } from '../../../src/terminal/status-table.ts';

describe('renderStatus', () => {
  it('has the columns of supervisorctl', () => {
    expect(
      renderStatus([
        { name: 'backoff', state: 'BACKOFF', description: 'Exited too quickly' },
        { name: 'grp:ga', state: 'RUNNING', description: 'pid 18967, uptime 0:00:03' },
        { name: 'slowstart', state: 'STARTING', description: '' },
      ]),
    ).toEqual([
      'backoff                          BACKOFF   Exited too quickly',
      'grp:ga                           RUNNING   pid 18967, uptime 0:00:03',
      'slowstart                        STARTING  ',
    ]);
  });

  it('widens the first column for a long name', () => {
    const name = 'averyveryveryverylongprogramnamethatexceedsthirty';
    const [first, second] = renderStatus([
      { name, state: 'RUNNING', description: 'x' },
      { name: 'a', state: 'STOPPED', description: 'y' },
    ]);
    expect(first).toBe(`${name}   RUNNING   x`);
    expect(second?.indexOf('STOPPED')).toBe(52);
  });

  it('keeps a state that is longer than its column', () => {
    expect(renderStatus([{ name: 'a', state: 'A_LONG_STATE', description: 'x' }])[0]).toMatch(
      /A_LONG_STATEx$/u,
    );
  });

  it('escapes what the supervisor says', () => {
    const [line] = renderStatus([{ name: 'a\u001b', state: 'RUNNING', description: 'b\nc' }]);
    expect(line).toBe('a\\x1b                            RUNNING   b\\x0ac');
  });

  it('is nothing for nothing', () => {
    expect(renderStatus([])).toEqual([]);
  });
});
