import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, Step } from '../../../../src/policy/plan.ts';
import type { ReloadEvent } from '../../../../src/reload/events.ts';
import {
  renderFrame,
  renderTranscript,
  type FrameView,
} from '../../../../src/terminal/live/frame.ts';
import { advance, NO_PROGRESS, type Progress } from '../../../../src/terminal/progress.ts';
import { displayWidth } from '../../../../src/terminal/text/width.ts';
import { createTheme } from '../../../../src/terminal/theme.ts';
import { PLAIN } from '../recorder.ts';
import { brokenReload, goodReload, Script, servingNow } from '../sample-events.ts';
import { BRIDGE_PLAN, stepId } from '../sample-plan.ts';

const ASCII = createTheme({ color: false, unicode: false });
const COLOR = createTheme({ color: true, unicode: true });

const view: FrameView = {
  theme: PLAIN,
  width: 79,
  rows: 23,
  nowMs: 0,
  tick: 0,
  target: 'usercenter',
};

const progressOf = (events: readonly ReloadEvent[]): Progress =>
  events.reduce(advance, NO_PROGRESS);

/** The progress up to `atMs`, and the view of that moment. */
function at(
  events: readonly ReloadEvent[],
  atMs: number,
  change: Partial<FrameView> = {},
): [Progress, FrameView] {
  return [
    progressOf(events.filter((event) => event.atMs <= atMs)),
    { ...view, nowMs: atMs, ...change },
  ];
}

const show = (lines: readonly string[]): string => `\n${lines.join('\n')}\n`;

/** A rolling reload one worker at a time: many steps. */
function rollingPlan(batches: number): Plan {
  const steps = Array.from({ length: batches }, (_, index): Step => ({
    id: stepId(`retire-${index}`),
    phase: 'switch',
    do: 'retire-workers',
    signal: 'SIGTERM',
    count: 1,
    effect: { is: 'old-workers-left', atMost: batches - index - 1 },
    limit: { ms: 30_000, reason: 'graceful-timeout' },
    atLimit: 'kill',
  }));
  return { ...BRIDGE_PLAN, strategy: 'rolling', notes: [], steps, undo: [] };
}

describe('a frame', () => {
  it('shows steps, limit and workers at 80 columns', () => {
    expect(show(renderFrame(...at(goodReload(), 2_200)))).toMatchInlineSnapshot(`
      "
      reload usercenter  bridge, gunicorn 26.1.0, master 1234, 4 workers        2.2 s
        ! stopwaitsecs (10 s) is shorter than graceful_timeout (30 s), so the
          supervisor's stop can cut requests off

        ✓  1  keep gunicorn.ctl under a second name                             0.0 s
        ✓  2  USR2 → master 1234: start a second master                         0.2 s
        ⠋  3  the bridge has 4 ready workers                                    2.0 s
              at most 32 s since step 2: gunicorn's timeout
        ·  4  the bridge is steady for 1.5 s
        ·  5  HUP → master 1234: change to the new code
        ·  6  the master has 4 ready new workers
        ·  7  every old worker is gone
        ·  8  TERM → bridge 1301: finish and go
        ·  9  give gunicorn.ctl its name back
        · 10  4 new workers are steady for 1 s

        old     ████  4 of 4
        new     ░░░░  0 of 4 ready
        bridge  █░░░  1 of 4 ready, pid 1301
      "
    `);
  });

  it('is as readable at 60 columns', () => {
    expect(show(renderFrame(...at(goodReload(), 5_700, { width: 59 })))).toMatchInlineSnapshot(`
      "
      reload usercenter                                     5.7 s
        bridge, gunicorn 26.1.0, master 1234, 4 workers
        ! stopwaitsecs (10 s) is shorter than graceful_timeout
          (30 s), so the supervisor's stop can cut requests off

        ✓  1  keep gunicorn.ctl under a second name         0.0 s
        ✓  2  USR2 → master 1234: start a second master     0.2 s
        ✓  3  the bridge has 4 ready workers                2.2 s
        ✓  4  the bridge is steady for 1.5 s                1.5 s
        ✓  5  HUP → master 1234: change to the new code     0.2 s
        ⠋  6  the master has 4 ready new workers            1.7 s
              at most 32 s since step 5: gunicorn's timeout
        ·  7  every old worker is gone
        ·  8  TERM → bridge 1301: finish and go
        ·  9  give gunicorn.ctl its name back
        · 10  4 new workers are steady for 1 s

        old     █░░░  1 of 4
        new     ██░░  2 of 4 ready
        bridge  ████  4 of 4 ready, pid 1301
      "
    `);
  });

  it('is not stretched over 200 columns', () => {
    expect(show(renderFrame(...at(goodReload(), 7_000, { width: 100 })))).toMatchInlineSnapshot(`
      "
      reload usercenter  bridge, gunicorn 26.1.0, master 1234, 4 workers                             7.0 s
        ! stopwaitsecs (10 s) is shorter than graceful_timeout (30 s), so the supervisor's stop can cut
          requests off

        ✓  1  keep gunicorn.ctl under a second name                                                  0.0 s
        ✓  2  USR2 → master 1234: start a second master                                              0.2 s
        ✓  3  the bridge has 4 ready workers                                                         2.2 s
        ✓  4  the bridge is steady for 1.5 s                                                         1.5 s
        ✓  5  HUP → master 1234: change to the new code                                              0.2 s
        ✓  6  the master has 4 ready new workers                                                     1.8 s
        ✓  7  every old worker is gone                                                               1.1 s
        ⠋  8  TERM → bridge 1301: finish and go                                                      0.1 s
              at most 32 s: graceful_timeout
        ·  9  give gunicorn.ctl its name back
        · 10  4 new workers are steady for 1 s

        old     ░░░░  gone
        new     ████  4 of 4 ready
        bridge  ████  4 of 4 ready, pid 1301
      "
    `);
  });

  it('is ASCII where the locale says so', () => {
    const lines = renderFrame(...at(goodReload(), 2_200, { theme: ASCII }));
    expect(lines.join('')).toMatch(/^[\x20-\x7e]+$/u);
    expect(show(lines.slice(4, 8))).toMatchInlineSnapshot(`
      "
        +  1  keep gunicorn.ctl under a second name                             0.0 s
        +  2  USR2 -> master 1234: start a second master                        0.2 s
        |  3  the bridge has 4 ready workers                                    2.0 s
              at most 32 s since step 2: gunicorn's timeout
      "
    `);
  });

  it('says the same in colour as without', () => {
    const plain = renderFrame(...at(brokenReload(), 1_486));
    const painted = renderFrame(...at(brokenReload(), 1_486, { theme: COLOR }));
    expect(painted.join('')).toContain('\u001b[');
    expect(painted.map((line) => stripVTControlCharacters(line))).toEqual(plain);
  });

  it('says whom it waits for before there is a plan', () => {
    const waiting: ReloadEvent = {
      event: 'lock-wait',
      atMs: 0,
      pid: 77,
      purpose: 'reload web',
      uid: 0,
      user: 'root',
      program: 'reloadctl',
      sinceEpochMs: undefined,
    };
    expect(renderFrame(NO_PROGRESS, view)).toEqual(['⠋ looking at usercenter']);
    expect(renderFrame(progressOf([waiting]), view)).toEqual([
      '⠋ waiting for reloadctl 77 of root (reload web)',
    ]);
    const lines = renderFrame(progressOf([waiting, ...goodReload()]), view);
    expect(show(lines)).toContain('waited for reloadctl 77 of root (reload web)');
    expect(show(lines)).not.toContain('is at work');
  });

  it('warns when a limit comes near, counted from where the limit begins', () => {
    const early = renderFrame(...at(goodReload(), 2_000, { theme: COLOR, nowMs: 23_000 }));
    const late = renderFrame(...at(goodReload(), 2_000, { theme: COLOR, nowMs: 25_000 }));
    const isWarning = (line: string): boolean =>
      line.startsWith('\u001b[33m') && line.includes('at most 32 s');
    expect(early.some(isWarning)).toBe(false);
    expect(late.some(isWarning)).toBe(true);
  });

  it('keeps to the rows of the terminal and to the running step', () => {
    const plan = rollingPlan(30);
    const script = new Script(plan);
    for (let index = 0; index < 12; index += 1) {
      script.start(10, `retire-${index}`).done(1_000, `retire-${index}`, 1_000);
    }
    script.start(10, 'retire-12');
    const lines = renderFrame(progressOf(script.events), { ...view, rows: 12, nowMs: 12_130 });
    expect(show(lines)).toMatchInlineSnapshot(`
      "
      reload usercenter  rolling, gunicorn 26.1.0, master 1234, 4 workers      12.1 s

        ✓ 9 steps done
        ✓ 10  TERM → 1 old worker: finish and go                                1.0 s
        ✓ 11  TERM → 1 old worker: finish and go                                1.0 s
        ✓ 12  TERM → 1 old worker: finish and go                                1.0 s
        ⠋ 13  TERM → 1 old worker: finish and go                                0.0 s
              at most 30 s: graceful_timeout
        · 14  TERM → 1 old worker: finish and go
        · 15  TERM → 1 old worker: finish and go
        · 16  TERM → 1 old worker: finish and go
        · 14 more steps
      "
    `);
  });

  it('shows the steps alone on a terminal of a few rows', () => {
    const lines = renderFrame(...at(goodReload(), 2_200, { rows: 6 }));
    expect(lines.length).toBeLessThanOrEqual(6);
    expect(lines.join('\n')).toContain('the bridge has 4 ready workers');
  });

  it('is never wider or higher than the terminal, whatever happens in it', () => {
    const longName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
    const events = fc.constantFrom(goodReload(), brokenReload());
    fc.assert(
      fc.property(
        events,
        longName,
        fc.nat(9_000),
        fc.integer({ min: 30, max: 120 }),
        fc.integer({ min: 4, max: 40 }),
        fc.constantFrom(PLAIN, ASCII, COLOR),
        (script, name, atMs, width, rows, theme) => {
          const renamed = script.map((event): ReloadEvent =>
            event.event === 'plan'
              ? {
                  ...event,
                  plan: {
                    ...event.plan,
                    target: { label: name, supervisorName: undefined },
                    notes: [
                      ...event.plan.notes,
                      { code: 'config-changed', path: name, applied: true },
                    ],
                  },
                }
              : event,
          );
          const [progress, at_] = at(renamed, atMs, { width, rows, theme });
          const frame = renderFrame(progress, at_);
          expect(frame.length).toBeLessThanOrEqual(rows);
          for (const line of frame) {
            expect(displayWidth(stripVTControlCharacters(line))).toBeLessThanOrEqual(width);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('worker bars', () => {
  const bars = (events: readonly ReloadEvent[]): string[] => {
    const lines = renderFrame(progressOf(events), view);
    return lines.slice(lines.lastIndexOf('') + 1);
  };
  const plan: ReloadEvent = { event: 'plan', atMs: 0, plan: BRIDGE_PLAN };

  it('never show all or none before it is true', () => {
    const now = { ...servingNow([0, 0, 0]), new: { total: 100, ready: 99 } };
    expect(bars([plan, { event: 'workers', atMs: 1, now, expected: 100 }])).toEqual([
      `  new     ${'█'.repeat(23)}░  99 of 100 ready`,
    ]);
    const few = { ...now, new: { total: 100, ready: 1 } };
    expect(bars([plan, { event: 'workers', atMs: 1, now: few, expected: 100 }])).toEqual([
      `  new     █${'░'.repeat(23)}  1 of 100 ready`,
    ]);
  });

  it('say so when readiness cannot be seen', () => {
    const now = { ...servingNow([0, 0, 0]), new: { total: 2, ready: undefined } };
    expect(bars([plan, { event: 'workers', atMs: 1, now, expected: 4 }])).toEqual([
      '  new     ██░░  2 of 4, readiness not visible',
    ]);
  });

  it('keep the place of what is gone', () => {
    const before: ReloadEvent = {
      event: 'workers',
      atMs: 1,
      now: servingNow([4, 0, 0, 4, 4]),
      expected: 4,
    };
    const after: ReloadEvent = {
      event: 'workers',
      atMs: 2,
      now: servingNow([0, 4, 4]),
      expected: 4,
    };
    expect(bars([plan, before, after])).toEqual([
      '  old     ░░░░  gone',
      '  new     ████  4 of 4 ready',
      '  bridge  ░░░░  gone',
    ]);
  });
});

describe('a transcript', () => {
  it('shows what was done and how long it took', () => {
    expect(show(renderTranscript(progressOf(goodReload()), view))).toMatchInlineSnapshot(`
      "
      reload usercenter  bridge, gunicorn 26.1.0, master 1234, 4 workers        8.4 s
        ! stopwaitsecs (10 s) is shorter than graceful_timeout (30 s), so the
          supervisor's stop can cut requests off
        ✓  1  keep gunicorn.ctl under a second name                             0.0 s
        ✓  2  USR2 → master 1234: start a second master                         0.2 s
        ✓  3  the bridge has 4 ready workers                                    2.2 s
        ✓  4  the bridge is steady for 1.5 s                                    1.5 s
        ✓  5  HUP → master 1234: change to the new code                         0.2 s
        ✓  6  the master has 4 ready new workers                                1.8 s
        ✓  7  every old worker is gone                                          1.1 s
        ✓  8  TERM → bridge 1301: finish and go                                 0.4 s
        ✓  9  give gunicorn.ctl its name back                                   0.0 s
        ✓ 10  4 new workers are steady for 1 s                                  1.0 s
      "
    `);
  });

  it('shows what failed and what was undone', () => {
    expect(show(renderTranscript(progressOf(brokenReload()), { ...view, width: 59 })))
      .toMatchInlineSnapshot(`
      "
      reload usercenter                                     1.5 s
        bridge, gunicorn 26.1.0, master 1234, 4 workers
        ! stopwaitsecs (10 s) is shorter than graceful_timeout
          (30 s), so the supervisor's stop can cut requests off
        ✓  1  keep gunicorn.ctl under a second name         0.0 s
        ✓  2  USR2 → master 1234: start a second master     0.2 s
        ✗  3  the bridge has 4 ready workers                1.3 s
              bridge 1301 died
        · 7 steps not begun
        undo
        ✓ give gunicorn.ctl its name back                   0.0 s
        ✓ remove the pid file usercenter.pid.2              0.0 s
      "
    `);
  });

  it('counts the steps of a long plan', () => {
    const plan = rollingPlan(100);
    const script = new Script(plan);
    for (const { id } of plan.steps) script.start(0, id).done(10, id, 10);
    const lines = renderTranscript(progressOf(script.events), view);
    expect(lines.length).toBeLessThanOrEqual(42);
    expect(lines[1]).toMatch(/^ {2}✓ \d+ steps done$/u);
  });
});
