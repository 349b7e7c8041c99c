import { describe, expect, it } from 'vitest';
import { err, ok } from '../../../src/base/result.ts';
import { describeGroup, updateGroup } from '../../../src/rpc/group-changes.ts';
import type { RpcResult, Supervisor } from '../../../src/rpc/supervisor.ts';

const answering = (answer: RpcResult<unknown>): Supervisor =>
  ({ url: 'unix:///s.sock', call: () => Promise.resolve(answer) }) as unknown as Supervisor;

const GOOD = {
  group: 'web',
  options: [{ option: 'group priority', old: '5', new: '7' }],
  members: [
    {
      name: 'a',
      change: 'changed',
      options: [{ option: 'environment', names: { added: ['A'], changed: [], removed: [] } }],
      restart: true,
    },
  ],
  replace: false,
};

describe('what a daemon answers of a group', () => {
  it('is taken as it is', async () => {
    expect(await describeGroup(answering(ok(GOOD)), 'web')).toEqual(ok(GOOD));
    expect(await updateGroup(answering(ok(GOOD)), 'web')).toEqual(ok(GOOD));
  });

  it('is nothing from a supervisor that knows no such method; other faults are faults', async () => {
    const fault = (name: 'UNKNOWN_METHOD' | 'BAD_NAME'): RpcResult<never> =>
      err({ kind: 'fault', code: 1, name, text: name });
    expect(await describeGroup(answering(fault('UNKNOWN_METHOD')), 'web')).toEqual(ok(undefined));
    expect(await describeGroup(answering(fault('BAD_NAME')), 'web')).toEqual(fault('BAD_NAME'));
  });

  it.each<[string, unknown]>([
    ['no struct', 'x'],
    ['without members', { ...GOOD, members: undefined }],
    ['of an unknown kind', { ...GOOD, members: [{ ...GOOD.members[0], change: 'odd' }] }],
    ['with an option without values', { ...GOOD, options: [{ option: 'x' }] }],
    ['with names that are none', { ...GOOD, options: [{ option: 'x', names: { added: 1 } }] }],
  ])('is refused %s', async (_, value) => {
    const answer = await describeGroup(answering(ok(value)), 'web');
    expect(answer).toMatchObject({
      ok: false,
      error: {
        kind: 'protocol',
        detail: expect.stringContaining('reloadctl.describeGroup') as string,
      },
    });
  });
});
