import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/result.ts';
import type { Context } from '../../../src/commands/context.ts';
import { selectRecipients } from '../../../src/commands/select-recipients.ts';
import type { Os } from '../../../src/os/os.ts';
import type { Proc } from '../../../src/os/proc.ts';
import type { ProcessState } from '../../../src/rpc/supervisor.ts';
import { fakeDeps, REFUSED } from './supervisorctl/fake-deps.ts';

const SUPERVISOR = 10;

const info = (group: string, name: string, state: ProcessState, pid: number): object => ({
  group,
  name,
  state,
  pid,
});

const INFOS = [
  info('down', 'down', 'EXITED', 0),
  info('elsewhere', 'elsewhere', 'RUNNING', 13),
  info('g', 'a', 'STARTING', 11),
  info('g', 'b', 'BACKOFF', 0),
  info('g', 'c', 'STOPPING', 12),
  info('gone', 'gone', 'RUNNING', 14),
  info('spawning', 'spawning', 'STARTING', 0),
];

/** The processes of this machine, by pid: their parents. 13 is somebody else's, 14 has ended and waits to be reaped. */
const PARENTS: Readonly<Record<number, number>> = {
  11: SUPERVISOR,
  12: SUPERVISOR,
  13: 1,
  14: SUPERVISOR,
  20: 1,
  [SUPERVISOR]: 1,
};

const os = {
  me: { pid: 99, uid: 0, gid: 0 },
  process: (pid: number) =>
    Promise.resolve(
      pid in PARENTS
        ? ({
            ...{ pid, ppid: PARENTS[pid] ?? 0, startTicks: 1, uid: 0 },
            state: pid === 14 ? 'Z' : 'S',
          } as Proc)
        : undefined,
    ),
  maySignal: () => Promise.resolve(true),
  answerers: () => Promise.resolve({ where: 'here', uids: new Set([0]), holds: true }),
} as unknown as Os;

const context = fakeDeps({
  getAllProcessInfo: ok(INFOS),
  getPid: ok(SUPERVISOR),
}) as unknown as Context;

/** 'process 11 g:a' and the like. */
async function select(...words: string[]): Promise<readonly string[]> {
  const recipients = await selectRecipients(context, os, words);
  return recipients.map((each) =>
    'pid' in each
      ? `${each.kind} ${each.pid} ${each.label}`
      : each.kind === 'none'
        ? each.message
        : `${each.kind} ${each.label}`,
  );
}

describe('selectRecipients', () => {
  it.each<[string, readonly string[]]>([
    ['g:a', ['process 11 g:a']],
    ['down', ['idle down']],
    ['g:b', ['idle g:b']],
    ['spawning', ['idle spawning']],
    ['nope', ['nope: ERROR (no such process)']],
    ['g', ['g: ERROR (no such process)']],
    ['g:nope', ['g:nope: ERROR (no such process)']],
    ['zz:*', ['zz: ERROR (no such group)']],
    ['g:*', ['process 11 g:a', 'process 12 g:c']],
    ['g:', ['process 11 g:a', 'process 12 g:c']],
    ['down:*', []],
    ['pid:20', ['process 20 pid:20']],
    [
      'nope g:c nope g:c',
      [
        'nope: ERROR (no such process)',
        'process 12 g:c',
        'nope: ERROR (no such process)',
        'process 12 g:c',
      ],
    ],
    [
      'nope all pid:20',
      [
        'elsewhere 13 elsewhere',
        'process 11 g:a',
        'process 12 g:c',
        'elsewhere 14 gone',
        'process 20 pid:20',
      ],
    ],
  ])('%s', async (words, expected) => {
    expect(await select(...words.split(' '))).toEqual(expected);
  });

  it('takes no process of this machine for one that another machine reports', async () => {
    expect(await select('elsewhere')).toEqual(['elsewhere 13 elsewhere']);
  });

  it('does not ask the supervisor about a pid', async () => {
    const alone = fakeDeps({ getAllProcessInfo: REFUSED, getPid: REFUSED });
    expect(await selectRecipients(alone as unknown as Context, os, ['pid:20'])).toHaveLength(1);
    expect(alone.calls).toEqual([]);
  });

  it.each([
    ['pid:0', 'usage'],
    ['pid:21', 'process-gone'],
  ])('throws for %s', async (word, code) => {
    await expect(selectRecipients(context, os, [word])).rejects.toMatchObject({ code });
  });
});
