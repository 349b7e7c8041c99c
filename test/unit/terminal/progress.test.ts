import { describe, expect, it } from 'vitest';
import type { ReloadEvent } from '../../../src/reload/events.ts';
import {
  advance,
  closeProgress,
  failedRow,
  NO_PROGRESS,
  numberOf,
  pidOf,
  type Progress,
} from '../../../src/terminal/progress.ts';
import { brokenReload, goodReload, servingNow } from './sample-events.ts';
import { stepId } from './sample-plan.ts';

const progressOf = (events: readonly ReloadEvent[]): Progress =>
  events.reduce(advance, NO_PROGRESS);
const states = (progress: Progress): string => progress.steps.map(({ state }) => state[0]).join('');

describe('progress of an action', () => {
  it('goes through the steps one after another', () => {
    const seen = new Set<string>();
    let progress = NO_PROGRESS;
    for (const event of goodReload()) {
      progress = advance(progress, event);
      seen.add(states(progress));
    }
    expect([...seen].slice(0, 5)).toEqual([
      'pppppppppp',
      'rppppppppp',
      'dppppppppp',
      'drpppppppp',
      'ddpppppppp',
    ]);
    expect(states(progress)).toBe('dddddddddd');
  });

  it('skips what comes after a failure', () => {
    const progress = progressOf(brokenReload());
    expect(progress.steps.map(({ state }) => state)).toEqual([
      'done',
      'done',
      'failed',
      ...Array<string>(7).fill('skipped'),
    ]);
    expect(progress.undo.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(failedRow(progress)?.step.id).toBe('bridge-boots');
    expect(progress.outputs).toHaveLength(1);
  });

  it('marks where an action was stopped that never told its result', () => {
    const begun = progressOf(goodReload().slice(0, 10));
    expect(states(begun)).toBe('ddrppppppp');
    expect(
      closeProgress(begun)
        .steps.map(({ state }) => state)
        .slice(2, 4),
    ).toEqual(['stopped', 'skipped']);
  });

  it('remembers the pid of a bridge that is gone, and the most workers seen', () => {
    const progress = progressOf(goodReload());
    expect(progress.serving?.bridge).toBeUndefined();
    expect(pidOf(progress, 'bridge')).toBe(1301);
    expect(pidOf(progress, 'master')).toBe(1234);
    expect(pidOf(progress, 'leftovers')).toBeUndefined();
    expect(progress.most).toEqual({ old: 4, bridge: 4 });
  });

  it('numbers the steps of the plan', () => {
    const progress = progressOf(goodReload());
    expect(numberOf(progress, stepId('hup'))).toBe(5);
    expect(numberOf(progress, stepId('undo-bridge'))).toBeUndefined();
  });

  it('keeps what happened beside the steps, but no signal that its step tells of', () => {
    const signal = {
      event: 'signal',
      signal: 'SIGHUP',
      pid: 1,
      role: 'master',
      via: 'direct',
      atMs: 0,
    } as const;
    const progress = progressOf([
      { ...signal, outcome: 'sent' },
      { ...signal, outcome: 'gone' },
      { event: 'tidied', atMs: 1, what: 'pidfile', detail: '/a' },
      { event: 'workers', atMs: 2, now: servingNow([4, 0, 0]), expected: 4 },
    ]);
    expect(progress.remarks.map(({ event }) => event)).toEqual(['signal', 'tidied']);
  });

  it('leaves a removed pid file to the step that removes it', () => {
    const events = brokenReload();
    const removing = events.findIndex(
      (event) => event.event === 'step-started' && event.step.do === 'remove-pidfile',
    );
    const progress = progressOf([
      ...events.slice(0, removing + 1),
      { event: 'tidied', atMs: 1_486, what: 'pidfile', detail: '/run/usercenter.pid.2' },
    ]);
    expect(progress.remarks).toEqual([]);
  });
});
