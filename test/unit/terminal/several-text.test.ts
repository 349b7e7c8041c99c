import { describe, expect, it } from 'vitest';
import type { Several, TargetEnd } from '../../../src/reload/several.ts';
import { renderSeveral } from '../../../src/terminal/several-text.ts';
import { PLAIN } from './recorder.ts';

const several = (
  outcomes: Readonly<Record<string, TargetEnd['outcome']>>,
  exitCode: Several['exitCode'] = 0,
  action: Several['action'] = 'reload',
): Several => ({
  action,
  exitCode,
  elapsedMs: 12_340,
  targets: Object.entries(outcomes).map(([target, outcome]) => ({
    target,
    outcome,
    exitCode: undefined,
  })),
});

const render = (value: Several, width = 60): readonly string[] => {
  const { sentence, rows } = renderSeveral(value, PLAIN, width);
  return [sentence, ...rows];
};

describe('several targets', () => {
  it('are one line when all is well', () => {
    expect(render(several({ api: 'done', web: 'done' }))).toEqual([
      'reload: all 2 reloaded (12.3 s)',
    ]);
    expect(render(several({ a: 'done', b: 'done-with-kill' }, 11, 'stop'))).toEqual([
      'stop: all 2 stopped (12.3 s)',
    ]);
  });

  it('say where it stopped, and what was and was not done', () => {
    const ends = {
      api: 'done',
      'web:0': 'done',
      'web:1': 'refused',
      'web:2': 'not-begun',
      worker: 'not-begun',
    } as const;
    expect(render(several(ends, 10))).toEqual([
      'reload: 2 of 5 reloaded, stopped at web:1 (exit 10)',
      '  done         api, web:0',
      '  refused      web:1',
      '  not begun    web:2, worker',
    ]);
  });

  it('name who was not started, after which the others were', () => {
    const ends = { a: 'done', b: 'failed', c: 'done', d: 'error' } as const;
    expect(render(several(ends, 1, 'start'))).toEqual([
      'start: 2 of 4 started, not b and d (exit 1)',
      '  done         a, c',
      '  failed       b, d',
    ]);
  });

  it('name who does not run, which is no failure', () => {
    expect(render(several({ api: 'done', cron: 'skipped' }))).toEqual([
      'reload: 1 of 2 reloaded (12.3 s)',
      '  done         api',
      '  not running  cron',
    ]);
  });

  it('break long lists', () => {
    const names = Array.from({ length: 12 }, (_, index) => [`program${index}`, 'done'] as const);
    const lines = render(several({ ...Object.fromEntries(names), last: 'down' }, 12));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines.at(-1)).toBe('  DOWN         last');
  });

  it('are harmless on a terminal', () => {
    expect(render(several({ 'a\u001b[2Jb': 'down' }, 12)).join('')).not.toContain('\u001b');
  });
});
