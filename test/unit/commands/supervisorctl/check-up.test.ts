import { describe, expect, it } from 'vitest';
import { err, ok } from '../../../../src/base/result.ts';
import { checkUp, describeUnusable } from '../../../../src/commands/supervisorctl/check-up.ts';
import type { RpcFailure, RpcResult } from '../../../../src/rpc/supervisor.ts';
import { fakeDeps, fault, REFUSED, URL_OF_FAKE as url } from './fake-deps.ts';

const SORRY =
  'Sorry, supervisord responded but did not recognize the supervisor namespace commands that supervisorctl uses to control it.  ' +
  'Please check that the [rpcinterface:supervisor] section is enabled in the configuration file (see sample.conf).';

describe('checkUp', () => {
  it.each<[string, RpcResult<string>, number | undefined, string[]]>([
    ['well', ok('3.0'), undefined, []],
    ['refused', REFUSED, 4, [`${url} refused connection`]],
    ['no socket', err({ kind: 'no-socket', url }), 7, [`${url} no such file`]],
    ['no interface', fault('UNKNOWN_METHOD'), 3, [SORRY]],
    [
      'another version',
      ok('4.0\u001b'),
      5,
      [
        'Sorry, this version of supervisorctl expects to talk to a server with API version 3.0, but the remote version is 4.0\\x1b.',
      ],
    ],
  ])('%s', async (_what, answer, code, printed) => {
    const deps = fakeDeps({ getApiVersion: answer });
    expect(await checkUp(deps)).toBe(code);
    expect(deps.printed).toEqual(printed);
  });

  it('has the same exit code with --json', async () => {
    const deps = fakeDeps({ getApiVersion: REFUSED }, { json: true });
    expect(await checkUp(deps)).toBe(4);
    expect(deps.printed.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'error', message: `${url} refused connection`, exitCode: 4 },
    ]);
  });

  it.each<[RpcFailure, string, string[]]>([
    [{ kind: 'unauthorized', url }, 'supervisor-auth', ['Server requires authentication']],
    [{ kind: 'denied', url }, 'supervisor-denied', []],
    [{ kind: 'timeout', url, method: 'm', ms: 1 }, 'supervisor-timeout', []],
    [{ kind: 'protocol', url, detail: 'd' }, 'supervisor-protocol', []],
    [fault('SHUTDOWN_STATE').error, 'supervisor-fault', []],
  ])('throws for %j', async (failure, code, printed) => {
    const deps = fakeDeps({ getApiVersion: err(failure) });
    await expect(checkUp(deps)).rejects.toMatchObject({ code, exitCode: 1 });
    expect(deps.printed).toEqual(printed);
  });
});

describe('describeUnusable', () => {
  it('has no words for a process that does not exist', () => {
    expect(describeUnusable(fault('BAD_NAME').error)).toBeUndefined();
  });
});
