import { describe, expect, it } from 'vitest';
import type { Shape } from '../../../src/rpc/shapes.ts';
import {
  asArrayOf,
  asBoolean,
  asConfigChanges,
  asInteger,
  asLogTail,
  asMemberResult,
  asProcessInfo,
  asState,
  asString,
  asStruct,
  asTrue,
  asTrueOrMembers,
} from '../../../src/rpc/shapes.ts';
import type { RpcValue } from '../../../src/rpc/value.ts';

const INFO = {
  ...{ name: 'a', group: 'g', statename: 'RUNNING', state: 20, description: 'pid 1' },
  ...{ pid: 1, start: 2, stop: 0, now: 3, spawnerr: '', exitstatus: -1 },
  ...{ logfile: '/l', stdout_logfile: '/l', stderr_logfile: '' },
};

describe('shapes take', () => {
  it('a process, whatever else is in the struct', () => {
    expect(asProcessInfo({ ...INFO, more: [1] }, 'the reply')).toEqual({
      ...{ name: 'a', group: 'g', state: 'RUNNING', description: 'pid 1' },
      ...{ pid: 1, start: 2, stop: 0, now: 3, spawnerr: '', exitstatus: -1 },
      ...{ stdoutLogfile: '/l', stderrLogfile: '' },
    });
  });

  it.each<[string, Shape<unknown>, RpcValue, unknown]>([
    ['a state', asState, { statecode: 1, statename: 'RUNNING' }, { code: 1, name: 'RUNNING' }],
    [
      'changes',
      asConfigChanges,
      [[['a'], [], ['b', 'c']]],
      { added: ['a'], changed: [], removed: ['b', 'c'] },
    ],
    ['a tail', asLogTail, ['x', 5, true], { text: 'x', offset: 5, overflow: true }],
    ['true', asTrueOrMembers, true, true],
    [
      'members',
      asTrueOrMembers,
      [{ name: 'a', group: 'g', status: 80, description: 'OK' }],
      [{ name: 'a', group: 'g', status: 80, description: 'OK' }],
    ],
  ])('%s', (_, shape, value, expected) => {
    expect(shape(value, 'the reply')).toEqual(expected);
  });
});

describe('shapes refuse', () => {
  it.each<[Shape<unknown>, RpcValue, string]>([
    [asString, 5, 'the reply is 5 instead of a string'],
    [asString, null, 'the reply is nil instead of a string'],
    [asInteger, '5', 'the reply is the string "5" instead of a whole number'],
    [asInteger, 1.5, 'the reply is 1.5 instead of a whole number'],
    [asBoolean, 1, 'the reply is 1 instead of a boolean'],
    [asTrue, false, 'the reply is false instead of true'],
    [asStruct, [], 'the reply is an array instead of a struct'],
    [asStruct, 'x', 'the reply is the string "x" instead of a struct'],
    [asArrayOf(asString), {}, 'the reply is a struct instead of an array'],
    [asArrayOf(asString), ['a', 1], 'the reply[1] is 1 instead of a string'],
    [asString, ['\x1b'], 'the reply is an array instead of a string'],
    [asInteger, '\x1b[2J', 'the reply is the string "\\x1b[2J" instead of a whole number'],
    [asLogTail, ['x', 5], 'the reply has 2 items instead of 3'],
    [asLogTail, ['x', 5, 1], 'the reply[2] is 1 instead of a boolean'],
    [asConfigChanges, [[], [], []], 'the reply has 3 items instead of 1'],
    [asConfigChanges, [[[], []]], 'the reply[0] has 2 items instead of 3'],
    [asConfigChanges, [[[], [], [3]]], 'the reply[0][2][0] is 3 instead of a string'],
    [asState, {}, 'the reply.statecode is missing'],
    [asMemberResult, { name: 'a' }, 'the reply.group is missing'],
    [asTrueOrMembers, 'x', 'the reply is the string "x" instead of true'],
    [
      asProcessInfo,
      { ...INFO, statename: 'ASLEEP' },
      'the reply.statename is the string "ASLEEP" instead of the name of a state',
    ],
    [
      asArrayOf(asProcessInfo),
      [INFO, { ...INFO, pid: 'x' }],
      'the reply[1].pid is the string "x" instead of a whole number',
    ],
  ])('%#', (shape, value, message) => {
    expect(() => shape(value, 'the reply')).toThrow(message);
  });

  it.each(Object.keys(INFO).filter((key) => key !== 'logfile' && key !== 'state'))(
    'a process without %s',
    (key) => {
      const rest = Object.fromEntries(Object.entries(INFO).filter(([name]) => name !== key));
      expect(() => asProcessInfo(rest, 'the reply')).toThrow(`the reply.${key} is missing`);
    },
  );

  it('a field that only the prototype has', () => {
    expect(() => asArrayOf(asStruct)([Object.create(null) as RpcValue], 'x')).not.toThrow();
    expect(() => asMemberResult({ name: 'a', group: 'b', status: 80 }, 'x')).toThrow(
      'x.description is missing',
    );
  });
});
