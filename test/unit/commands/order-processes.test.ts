import { describe, expect, it } from 'vitest';
import { err, ok } from '../../../src/base/result.ts';
import { orderProcesses } from '../../../src/commands/order-processes.ts';
import type { ProgramGroup } from '../../../src/config/program.ts';
import type { Supervisor } from '../../../src/rpc/supervisor.ts';
import { sampleProgram } from '../../fake/sample-program.ts';

const group = (
  name: string,
  priority: number,
  members: Readonly<Record<string, number>>,
): ProgramGroup => ({
  name,
  priority,
  programs: Object.entries(members).map(([member, each]) =>
    sampleProgram({ group: name, name: member, priority: each }),
  ),
  eventlistener: undefined,
  fcgi: undefined,
});

const GROUPS = [
  group('late', 1000, { late: 1 }),
  group('web', 5, { two: 2, one: 1, uno: 1 }),
  group('api', 5, { api: 0 }),
];

const split = (name: string): { readonly group: string; readonly name: string } => {
  const [owner = '', member = owner] = name.split(':');
  return { group: owner, name: member };
};

/** Must not be asked, unless the test says what it answers. */
const supervisor = (
  answer?: Awaited<ReturnType<Supervisor['getAllConfigInfo']>>,
): Pick<Supervisor, 'getAllConfigInfo'> => ({
  getAllConfigInfo: () => {
    if (answer === undefined) throw new Error('nobody needs to be asked');
    return Promise.resolve(answer);
  },
});

const order = async (
  names: readonly string[],
  asked = supervisor(),
  groups: readonly ProgramGroup[] = GROUPS,
): Promise<readonly string[]> => {
  const ordered = await orderProcesses(names.map(split), { groups }, asked);
  return ordered.map((each) => `${each.group}:${each.name}`);
};

describe('orderProcesses', () => {
  it('goes by the priority of groups, then of processes, and keeps groups together', async () => {
    expect(await order(['late:late', 'web:two', 'api:api', 'web:uno', 'web:one'])).toEqual([
      'web:uno',
      'web:one',
      'web:two',
      'api:api',
      'late:late',
    ]);
  });

  it('asks the supervisor for what the configuration at hand does not have', async () => {
    const infos = ok([
      { group: 'other', name: 'other', group_prio: 1, process_prio: 1 },
      { group: 'late', name: 'late', group_prio: 0, process_prio: 0 },
    ]);
    expect(await order(['late:late', 'api:api', 'other:other'], supervisor(infos))).toEqual([
      'other:other',
      'api:api',
      'late:late',
    ]);
  });

  it("takes supervisord's default where nobody knows", async () => {
    const silent = supervisor(err({ kind: 'aborted' }));
    expect(await order(['late:late', 'other:other', 'api:api'], silent)).toEqual([
      'api:api',
      'other:other',
      'late:late',
    ]);
  });

  it('asks nobody about one', async () => {
    expect(await order(['other:other'])).toEqual(['other:other']);
  });
});
