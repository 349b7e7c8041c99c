import { describe, expect, it } from 'vitest';
import {
  limitBoot,
  limitGrace,
  limitMasterExit,
  limitSettle,
  proveMs,
  settleMs,
} from '../../../src/policy/limits.ts';
import { stepId } from '../../../src/policy/steps.ts';
import { sampleOptions, sampleSettings } from './sample-facts.ts';

describe('limitBoot', () => {
  it.each([
    ["gunicorn's timeout and two seconds for its message", { timeout: 30 }, undefined, 32_000],
    ['two minutes where gunicorn does not watch its workers', { timeout: 0 }, undefined, 120_000],
    ['what was asked', { timeout: 30 }, 5000, 5000],
  ] as const)('is %s', (_name, settings, timeoutMs, ms) => {
    const limit = limitBoot(sampleSettings(settings), sampleOptions({ timeoutMs }));
    expect(limit).toEqual({ ms, reason: timeoutMs === undefined ? 'worker-timeout' : 'asked' });
  });

  it("goes by gunicorn's default where the settings are unknown", () => {
    expect(limitBoot(undefined, sampleOptions())).toEqual({ ms: 32_000, reason: 'worker-timeout' });
  });
});

describe('limitGrace', () => {
  it('is graceful_timeout', () => {
    expect(limitGrace(sampleSettings({ gracefulTimeout: 7 }))).toEqual({
      ms: 7000,
      reason: 'graceful-timeout',
    });
  });

  it("is gunicorn's default where the settings are unknown, counted from a step", () => {
    expect(limitGrace(undefined, stepId('hup'))).toEqual({
      ms: 30_000,
      reason: 'graceful-timeout',
      since: 'hup',
    });
  });
});

describe('limitMasterExit', () => {
  it.each([
    [sampleSettings({ gracefulTimeout: 7 }), 9000],
    [undefined, 32_000],
  ])('lets the master KILL its workers itself', (settings, ms) => {
    expect(limitMasterExit(settings)).toEqual({ ms, reason: 'graceful-timeout' });
  });
});

describe('settling', () => {
  it.each([
    [undefined, 1500, 1000, 12_000],
    [0, 0, 0, 10_000],
    [4000, 4000, 4000, 18_000],
  ])('asked for %s ms', (asked, prove, settle, limit) => {
    const options = sampleOptions({ settleMs: asked });
    expect(proveMs(options)).toBe(prove);
    expect(settleMs(options)).toBe(settle);
    expect(limitSettle(options)).toEqual({ ms: limit, reason: 'settle' });
  });
});
