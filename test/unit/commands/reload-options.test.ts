import { describe, expect, it } from 'vitest';
import type { ReloadctlError } from '../../../src/base/errors.ts';
import { mergeOptions, type ReloadFlags } from '../../../src/commands/reload-options.ts';
import type { ProgramSettings } from '../../../src/config/settings/settings.ts';
import type { ReloadOptions } from '../../../src/policy/facts.ts';
import { NO_SETTINGS } from '../../fake/sample-program.ts';

const NOTHING: ReloadOptions = {
  strategy: 'auto',
  surge: undefined,
  healthUrls: [],
  settleMs: undefined,
  timeoutMs: undefined,
  allowDowntime: false,
  reloadSignal: undefined,
  hooks: {},
};

const settings = (changes: Partial<ProgramSettings>): ProgramSettings => ({
  ...NO_SETTINGS,
  ...changes,
});

describe('mergeOptions', () => {
  it('asks for nothing where nobody did', () => {
    expect(mergeOptions({}, undefined)).toEqual(NOTHING);
    expect(mergeOptions({}, NO_SETTINGS)).toEqual(NOTHING);
  });

  it.each([
    [{ strategy: 'rolling' }, { strategy: 'rolling' }],
    [{ surge: '2' }, { surge: { kind: 'count', workers: 2 } }],
    [{ surge: '50%' }, { surge: { kind: 'percent', percent: 50 } }],
    [{ surge: '100%' }, { surge: { kind: 'percent', percent: 100 } }],
    [{ settle: '0' }, { settleMs: 0 }],
    [{ settle: '2.5' }, { settleMs: 2500 }],
    [{ timeout: '0.1' }, { timeoutMs: 100 }],
    [{ timeout: '86400' }, { timeoutMs: 86_400_000 }],
    [{ allowDowntime: true }, { allowDowntime: true }],
    [
      { healthUrl: ['http://a/', 'unix:/run/a.sock:/up'] },
      {
        healthUrls: ['http://a/', 'unix:/run/a.sock:/up'],
      },
    ],
    [
      {
        healthHost: 'www.example.org',
        healthHeaders: ['X-A: b', 'X-C: d, X-E: f'],
        healthExpect: '200,204',
      },
      {
        healthHost: 'www.example.org',
        healthHeaders: [
          { name: 'X-A', value: 'b' },
          { name: 'X-C', value: 'd' },
          { name: 'X-E', value: 'f' },
        ],
        healthExpect: [
          { from: 200, to: 200 },
          { from: 204, to: 204 },
        ],
      },
    ],
    [{ healthUrl: ['unix:/run/a.sock'] }, { healthUrls: ['unix:/run/a.sock'] }],
    // Not of the policy's concern.
    [{ wait: false, dryRun: true, hard: true }, {}],
  ] as ReadonlyArray<readonly [ReloadFlags, Partial<ReloadOptions>]>)(
    'reads %j',
    (flags, expected) => {
      expect(mergeOptions(flags, undefined)).toEqual({ ...NOTHING, ...expected });
    },
  );

  it.each([
    [{ strategy: 'hup' }, { strategy: 'hup' }],
    [{ surge: { kind: 'count', workers: 3 } }, { surge: { kind: 'count', workers: 3 } }],
    [{ settleMs: 1500 }, { settleMs: 1500 }],
    [{ timeoutMs: 60_000 }, { timeoutMs: 60_000 }],
    [{ healthUrls: ['http://a/'] }, { healthUrls: ['http://a/'] }],
    [{ reloadSignal: 'SIGUSR1' }, { reloadSignal: 'SIGUSR1' }],
    [
      { hooks: { before_reload: 'migrate --now "a b"', after_reload: '' } },
      { hooks: { before_reload: ['migrate', '--now', 'a b'] } },
    ],
  ] as ReadonlyArray<readonly [Partial<ProgramSettings>, Partial<ReloadOptions>]>)(
    'takes from the configuration %j',
    (changes, expected) => {
      const isConfigured = 'surge' in changes ? { isSurgeConfigured: true } : {};
      expect(mergeOptions({}, settings(changes))).toEqual({
        ...NOTHING,
        ...expected,
        ...isConfigured,
      });
    },
  );

  it('prefers the command line', () => {
    const flags: ReloadFlags = {
      strategy: 'bridge',
      surge: '1',
      settle: '0',
      timeout: '9',
      healthUrl: ['http://b/'],
    };
    const configured = settings({
      strategy: 'hup',
      surge: { kind: 'percent', percent: 50 },
      settleMs: 7000,
      timeoutMs: 8000,
      healthUrls: ['http://a/'],
      reloadSignal: 'SIGHUP',
    });
    expect(mergeOptions(flags, configured)).toEqual({
      ...NOTHING,
      strategy: 'bridge',
      surge: { kind: 'count', workers: 1 },
      settleMs: 0,
      timeoutMs: 9000,
      healthUrls: ['http://b/'],
      reloadSignal: 'SIGHUP',
    });
  });

  it.each([
    [{ strategy: 'quick' }, "--strategy is 'quick'"],
    [{ strategy: '' }, '--strategy'],
    [{ surge: '0' }, "--surge is '0'"],
    [{ surge: '-1' }, "--surge is '-1'"],
    [{ surge: '101%' }, "--surge is '101%'"],
    [{ surge: '1.5' }, "--surge is '1.5'"],
    [{ surge: '%' }, "--surge is '%'"],
    [{ surge: 'all' }, "--surge is 'all'"],
    [{ settle: '-1' }, "--settle is '-1'"],
    [{ settle: 'soon' }, "--settle is 'soon'"],
    [{ settle: '1e3' }, "--settle is '1e3'"],
    [{ settle: '' }, '--settle'],
    [{ timeout: '0' }, "--timeout is '0'"],
    [{ timeout: '86401' }, "--timeout is '86401'"],
    [{ timeout: '0x10' }, "--timeout is '0x10'"],
    [{ healthHost: 'a b' }, "--health-host is 'a b'"],
    [{ healthHeaders: ['X-A: b', 'nothing'] }, '--health-headers holds a header without a name'],
    [{ healthHeaders: [''] }, '--health-headers is empty'],
    [{ healthExpect: 'ok' }, "--health-expect holds 'ok'"],
    [{ healthUrl: ['ftp://a/'] }, "--health-url holds 'ftp://a/'"],
    [{ healthUrl: ['localhost:8000'] }, "--health-url holds 'localhost:8000'"],
    [{ healthUrl: ['http://'] }, "--health-url holds 'http://'"],
    [{ healthUrl: ['unix:run.sock'] }, "--health-url holds 'unix:run.sock'"],
  ] as ReadonlyArray<readonly [ReloadFlags, string]>)('refuses %j', (flags, option) => {
    expect(() => mergeOptions(flags, undefined)).toThrow(
      expect.objectContaining({
        code: 'usage',
        exitCode: 2,
        message: expect.stringContaining(option) as string,
      }) as ReloadctlError,
    );
  });

  it('refuses a hook that no shell would read', () => {
    const configured = settings({ hooks: { on_failure: 'notify "oops' } });
    expect(() => mergeOptions({}, configured)).toThrow(/hooks: on_failure/);
  });
});
