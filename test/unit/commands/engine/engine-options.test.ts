import { describe, expect, it } from 'vitest';
import { parseEngineOptions } from '../../../../src/commands/engine/engine-options.ts';
import type { RpcStruct } from '../../../../src/rpc/value.ts';

describe('parseEngineOptions', () => {
  it.each<readonly [string, RpcStruct, unknown]>([
    ['nothing', {}, { action: 'reload', flags: {}, wait: true }],
    [
      'everything',
      {
        action: 'hard-restart',
        strategy: 'rolling',
        surge: 2,
        health_url: 'http://127.0.0.1/',
        settle: 2.5,
        timeout: '30',
        allow_downtime: true,
        wait: false,
      },
      {
        action: 'hard-restart',
        flags: {
          strategy: 'rolling',
          surge: '2',
          healthUrl: ['http://127.0.0.1/'],
          settle: '2.5',
          timeout: '30',
          allowDowntime: true,
        },
        wait: false,
      },
    ],
    [
      'several addresses, and no permission',
      { health_url: ['http://a/', 'http://b/'], allow_downtime: false },
      { action: 'reload', flags: { healthUrl: ['http://a/', 'http://b/'] }, wait: true },
    ],
  ])('%s', (_name, options, request) => {
    expect(parseEngineOptions(options)).toEqual({ ok: true, value: request });
  });

  it.each<readonly [RpcStruct, RegExp]>([
    [{ strateggy: 'hup' }, /strateggy.*strategy/],
    [{ action: 'signal' }, /action is one of reload/],
    [{ action: 3 }, /action is one of/],
    [{ strategy: true }, /strategy is a string/],
    [{ surge: ['1'] }, /surge is a string or a number/],
    [{ settle: null }, /settle is a string or a number/],
    [{ health_url: [1] }, /health_url is a string or several/],
    [{ health_url: {} }, /health_url/],
    [{ allow_downtime: 'yes' }, /allow_downtime is a boolean/],
    [{ wait: 0 }, /wait is a boolean/],
  ])('%j is refused with the name of the option', (options, message) => {
    const request = parseEngineOptions(options);
    expect(request.ok ? '' : request.error).toMatch(message);
  });
});
