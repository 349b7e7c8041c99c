import { describe, expect, it } from 'vitest';
import { describeRpcFailure } from '../../../src/rpc/describe-failure.ts';
import type { RpcFailure } from '../../../src/rpc/supervisor.ts';

const url = 'unix:///run/s.sock';

describe('describeRpcFailure', () => {
  it.each<[RpcFailure, string, string, number, RegExp | undefined]>([
    [
      { kind: 'refused', url },
      'supervisor-refused',
      `${url} refused connection`,
      1,
      /Start the supervisor/,
    ],
    [{ kind: 'no-socket', url }, 'supervisor-missing', `${url} no such file`, 1, /-s or -c/],
    [{ kind: 'denied', url }, 'supervisor-denied', `${url} permission denied`, 1, /sudo/],
    [
      { kind: 'unauthorized', url },
      'supervisor-auth',
      `${url} requires authentication (wrong or no password)`,
      1,
      /-u USER and -p PASSWORD/,
    ],
    [
      { kind: 'timeout', url, method: 'supervisor.getState', ms: 2500 },
      'supervisor-timeout',
      `${url} did not answer supervisor.getState within 2.5 s`,
      1,
      /may have been carried out/,
    ],
    [
      { kind: 'aborted' },
      'interrupted',
      'interrupted while waiting for the supervisor',
      130,
      undefined,
    ],
    [
      { kind: 'protocol', url, detail: 'HTTP status 500 x', status: 500 },
      'supervisor-protocol',
      `${url} cannot be talked to: HTTP status 500 x`,
      1,
      /address/,
    ],
    [
      { kind: 'fault', code: 10, name: 'BAD_NAME', text: 'BAD_NAME: x' },
      'supervisor-fault',
      'the supervisor answered with fault 10: BAD_NAME: x',
      1,
      /status/,
    ],
    [
      { kind: 'fault', code: 777, name: undefined, text: 'odd' },
      'supervisor-fault',
      'the supervisor answered with fault 777: odd',
      1,
      undefined,
    ],
    [
      { kind: 'fault', code: 70, name: 'NOT_RUNNING', text: 'NOT_RUNNING: x' },
      'supervisor-fault',
      'the supervisor answered with fault 70: NOT_RUNNING: x',
      1,
      undefined,
    ],
  ])('%j', (failure, code, message, exitCode, hint) => {
    const error = describeRpcFailure(failure);
    expect(error).toMatchObject({ code, message, exitCode });
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toMatch(hint);
  });

  it('keeps what a server says to one harmless line', () => {
    const text = `x\x1b[2J\n${'y'.repeat(100_000)}`;
    const { message } = describeRpcFailure({ kind: 'fault', code: 30, name: 'FAILED', text });
    expect(message).toContain('x\\x1b[2J\\x0ayyy');
    expect(message.length).toBeLessThan(2200);
  });
});
