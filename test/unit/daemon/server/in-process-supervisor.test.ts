import { describe, expect, it } from 'vitest';
import type { Dispatch } from '../../../../src/daemon/server/dispatch.ts';
import { createInProcessSupervisor } from '../../../../src/daemon/server/in-process-supervisor.ts';
import { FaultError } from '../../../../src/daemon/server/methods/fault-error.ts';

const URL = 'unix:///run/s.sock';

const never = (): Promise<never> => new Promise(() => undefined);

describe('createInProcessSupervisor', () => {
  it('calls by the names and with the parameters of the wire', async () => {
    const calls: unknown[] = [];
    const dispatch: Dispatch = (method, params) => {
      calls.push([method, params]);
      return Promise.resolve(true);
    };
    const supervisor = createInProcessSupervisor(dispatch, URL);
    expect(await supervisor.startProcess('web:api', false)).toEqual({ ok: true, value: true });
    expect(await supervisor.call('reloadctl.holdSockets', ['web:api', 3])).toMatchObject({
      value: true,
    });
    expect(calls).toEqual([
      ['supervisor.startProcess', ['web:api', false]],
      ['reloadctl.holdSockets', ['web:api', 3]],
    ]);
    expect(supervisor.url).toBe(URL);
  });

  it('brings faults as a server would', async () => {
    const supervisor = createInProcessSupervisor(
      () => Promise.reject(new FaultError('BAD_NAME', 'x')),
      URL,
    );
    expect(await supervisor.getProcessInfo('x')).toEqual({
      ok: false,
      error: { kind: 'fault', code: 10, name: 'BAD_NAME', text: 'BAD_NAME: x' },
    });
  });

  it('checks the shape of what it gets', async () => {
    const supervisor = createInProcessSupervisor(() => Promise.resolve('many'), URL);
    expect(await supervisor.getPid()).toMatchObject({ error: { kind: 'protocol' } });
  });

  it('gives up when the time is over, or the caller does', async () => {
    const supervisor = createInProcessSupervisor(never, URL);
    expect(await supervisor.getPid({ timeoutMs: 5 })).toEqual({
      ok: false,
      error: { kind: 'timeout', url: URL, method: 'supervisor.getPID', ms: 5 },
    });
    const controller = new AbortController();
    const call = supervisor.getPid({ abort: controller.signal });
    controller.abort();
    expect(await call).toEqual({ ok: false, error: { kind: 'aborted' } });
    expect(await supervisor.getPid({ abort: AbortSignal.abort() })).toMatchObject({
      error: { kind: 'aborted' },
    });
  });

  it('lets a bug through', async () => {
    const supervisor = createInProcessSupervisor(() => Promise.reject(new Error('a bug')), URL);
    await expect(supervisor.getPid()).rejects.toThrow('a bug');
  });
});
