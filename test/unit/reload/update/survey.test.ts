import { describe, expect, it } from 'vitest';
import { err, ok } from '../../../../src/base/result.ts';
import type { Configuration, Program } from '../../../../src/config/program.ts';
import type { Os } from '../../../../src/os/os.ts';
import { surveyChanges, type Survey } from '../../../../src/reload/update/survey.ts';
import type { RpcResult, Supervisor } from '../../../../src/rpc/supervisor.ts';
import { MemoryState } from '../../../fake/memory-state.ts';
import { sampleProgram } from '../../../fake/sample-program.ts';

const UNKNOWN_METHOD = err({ kind: 'fault', code: 1, name: 'UNKNOWN_METHOD', text: 'x' } as const);

/** What getAllConfigInfo tells of a program that sleeps. */
const info = (name: string, more: object = {}): Record<string, unknown> => ({
  ...{ group: 'web', name, inuse: true, group_prio: 999, process_prio: 999 },
  ...{ command: '/bin/sleep 1', startretries: 3 },
  ...more,
});

const program = (name: string, more: Partial<Program> = {}): Program =>
  sampleProgram({ name, group: 'web', section: 'web', command: '/bin/sleep 1', ...more });

interface World {
  /** What the supervisor tells, before and after it has read its configuration; undefined: it fails. */
  readonly before?: ReadonlyArray<Record<string, unknown>> | undefined;
  readonly after?: ReadonlyArray<Record<string, unknown>> | undefined;
  readonly running?: readonly string[];
  readonly programs?: readonly Program[];
  readonly changed?: readonly string[];
  readonly state?: MemoryState;
  readonly call?: (method: string) => RpcResult<unknown>;
  /** When the processes were started, seconds since the epoch. */
  readonly start?: number;
}

async function survey(world: World): Promise<Survey> {
  const { running = ['web'], programs = [], changed = ['web'], start = 100 } = world;
  let hasRead = false;
  const supervisor = {
    url: 'unix:///s.sock',
    address: { kind: 'unix', path: '/s.sock' },
    getPid: () => Promise.resolve(ok(10)),
    getAllConfigInfo: () => {
      const infos = hasRead ? world.after : world.before;
      return Promise.resolve(infos === undefined ? UNKNOWN_METHOD : ok(infos));
    },
    reloadConfig: () => {
      hasRead = true;
      return Promise.resolve(ok({ added: [], changed, removed: [] }));
    },
    getAllProcessInfo: () =>
      Promise.resolve(
        ok(
          running.map((name, index) => ({
            ...{ group: 'web', name, pid: 20 + index, state: 'RUNNING', start, now: 200 },
          })),
        ),
      ),
    call: (method: string) => Promise.resolve(world.call?.(method) ?? UNKNOWN_METHOD),
  } as unknown as Supervisor;
  const os = {
    process: (pid: number) =>
      Promise.resolve({ pid, startTicks: 1, ppid: pid === 10 ? 1 : 10, uid: 0 }),
    me: { pid: 99, uid: 0 },
    answerers: () => Promise.resolve({ where: 'here', uids: new Set([0]), holds: true }),
    environment: () => Promise.resolve(ok({ PATH: '/bin', SUPERVISOR_ENABLED: '1' })),
    argv: () => Promise.resolve(ok(['/bin/sleep', '1'])),
  } as unknown as Os;
  const groups = programs.length === 0 ? [] : [{ name: 'web', programs }];
  const result = await surveyChanges({
    os,
    supervisor,
    state: world.state,
    readConfiguration: () => Promise.resolve({ groups } as unknown as Configuration),
  });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe('a stock supervisord', () => {
  it('is compared with what it told before', async () => {
    const { updates } = await survey({
      before: [info('a'), info('b')],
      after: [info('a', { startretries: 7 }), info('c')],
      running: ['a', 'b'],
    });
    expect(updates).toEqual([
      {
        group: 'web',
        change: 'changed',
        changes: {
          group: 'web',
          options: [],
          members: [
            {
              name: 'a',
              change: 'changed',
              options: [{ option: 'startretries', old: '3', new: '7' }],
              restart: true,
            },
            { name: 'b', change: 'removed', options: [], restart: false },
            { name: 'c', change: 'added', options: [], restart: false },
          ],
          replace: true,
        },
        touched: ['a', 'b'],
        overlapping: [],
        remarks: ['untold'],
      },
    ]);
  });

  it('is compared with what is remembered when it has read its configuration before', async () => {
    const state = new MemoryState();
    const first = await survey({
      before: [info('web')],
      after: [info('web', { startretries: 7 })],
      state,
    });
    await first.remember(new Set());
    // Now it tells the new one as if it were in force.
    const changed = info('web', { startretries: 7 });
    const again = await survey({ before: [changed], after: [changed], state });
    expect(again.updates[0]?.changes?.members[0]?.options).toEqual([
      { option: 'startretries', old: '3', new: '7' },
    ]);
    // Somebody has restarted it since: what was in force then says nothing.
    const restarted = await survey({ before: [changed], after: [changed], state, start: 300 });
    expect(restarted.updates[0]?.remarks).toContain('nothing-seen');
    // Applied: the new one is what is remembered.
    await again.remember(new Set(['web']));
    const third = await survey({
      before: [changed],
      after: [info('web', { startretries: 9 })],
      state,
    });
    expect(third.updates[0]?.changes?.members[0]?.options).toEqual([
      { option: 'startretries', old: '7', new: '9' },
    ]);
  });

  it('that tells nothing: by the file and the environment alone', async () => {
    const { updates } = await survey({ programs: [program('web', { environment: { A: '1' } })] });
    expect(updates[0]?.changes?.members[0]?.options).toEqual([
      { option: 'environment', names: { added: ['A'], changed: [], removed: [] } },
    ]);
    expect(updates[0]?.remarks).toEqual(['not-told']);
  });

  it('of which nothing differs that can be seen', async () => {
    const { updates } = await survey({
      before: [info('web')],
      after: [info('web')],
      programs: [program('web')],
    });
    expect(updates[0]?.remarks).toEqual(['nothing-seen']);
    expect(updates[0]?.touched).toEqual(['web']);
  });
});

describe('a supervisor that can change in place', () => {
  it('says so itself, and which sockets it holds', async () => {
    const members = [
      { name: 'a', change: 'changed', options: [], restart: true },
      { name: 'b', change: 'same', options: [], restart: false },
      { name: 'c', change: 'removed', options: [], restart: false },
    ];
    const described = { group: 'web', options: [], members, replace: false };
    const { updates } = await survey({
      before: [],
      after: [],
      running: ['a', 'b', 'c'],
      call: (method) =>
        method === 'reloadctl.describeGroup'
          ? ok(described)
          : ok({
              ...{ group: 'web', name: 'a', pid: 20, sockets: ['127.0.0.1:80'], socket_reason: '' },
              ...{ adopted: false, successor: 0, successor_end: {}, retiring: [], retired: {} },
              graceful_timeout: 30,
            }),
    });
    expect(updates).toEqual([
      {
        ...{ group: 'web', change: 'changed', changes: described, touched: ['a', 'c'] },
        ...{ overlapping: ['a'], remarks: [] },
      },
    ]);
  });
});
