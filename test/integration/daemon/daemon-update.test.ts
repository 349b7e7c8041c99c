import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../rig/wait-for.ts';
import { openTestDaemon, valueOf, type TestDaemon } from './support/open-daemon.ts';

const QUIET = 'stdout_logfile=NONE\nstderr_logfile=NONE\n';

/** A section of `numprocs` processes that sleep. */
const many = (numprocs: number, more = '', seconds = 67): string =>
  `[program:web]\ncommand=/bin/sleep ${seconds}\nprocess_name=web_%(process_num)d\nnumprocs=${numprocs}\nstartsecs=0\n${QUIET}${more}\n`;

const pidsOf = (test: TestDaemon): Readonly<Record<string, number>> =>
  Object.fromEntries(test.daemon.groups.snapshots().map(({ name, pid }) => [name, pid]));

async function running(test: TestDaemon, ...names: readonly string[]): Promise<void> {
  for (const name of names) await test.waitForState(name, 'RUNNING');
}

async function reread(test: TestDaemon, programs: string): Promise<unknown> {
  test.rewrite(programs);
  return valueOf(await test.daemon.configuration.reread());
}

const NOTHING = { added: [], changed: [], removed: [] };
const CHANGED = { added: [], changed: ['web'], removed: [] };

describe.concurrent('updateGroup', () => {
  it('adds and removes processes and leaves the others alone', async (context) => {
    const test = await openTestDaemon(context, many(2));
    await running(test, 'web:web_0', 'web:web_1');
    const before = pidsOf(test);
    expect(await reread(test, many(4))).toEqual(CHANGED);
    const grown = valueOf(await test.daemon.configuration.update('web'));
    expect(grown.members.map(({ name, change, restart }) => [name, change, restart])).toEqual([
      ['web_0', 'same', false],
      ['web_1', 'same', false],
      ['web_2', 'added', false],
      ['web_3', 'added', false],
    ]);
    await running(test, 'web:web_2', 'web:web_3');
    expect(pidsOf(test)).toMatchObject(before);
    expect(valueOf(await test.daemon.configuration.reread())).toEqual(NOTHING);

    expect(await reread(test, many(1))).toEqual(CHANGED);
    valueOf(await test.daemon.configuration.update('web'));
    expect(pidsOf(test)).toEqual({ web_0: before.web_0 });
    expect(valueOf(await test.daemon.configuration.reread())).toEqual(NOTHING);
    // The pipes of their output are gone with them.
    const pipes = readdirSync(test.directory, { recursive: true, encoding: 'utf8' });
    expect(pipes.filter((path) => /web_1\.std(out|err)/.test(path))).toEqual([]);

    // One that comes back is a new one.
    await reread(test, many(2));
    valueOf(await test.daemon.configuration.update('web'));
    await running(test, 'web:web_1');
    expect(pidsOf(test).web_0).toBe(before.web_0);
  });

  it('applies what needs no start to what runs', async (context) => {
    const test = await openTestDaemon(
      context,
      many(1, 'stopwaitsecs=100\npriority=5').replace(
        '/bin/sleep 67',
        `/bin/sh -c "trap '' TERM; echo ready >> %DIR%/ready; while :; do sleep 0.05; done"`,
      ),
    );
    await running(test, 'web:web_0');
    await waitFor('it to listen', () => {
      try {
        return test.read('ready') === 'ready\n' || undefined;
      } catch {
        return undefined; // Not written yet.
      }
    });
    const { web_0: pid } = pidsOf(test);
    const soft = many(
      1,
      'stopwaitsecs=0\npriority=7\nautorestart=false\nstartretries=9\nexitcodes=0,3\nstopsignal=INT\nkillasgroup=true',
    ).replace(
      '/bin/sleep 67',
      `/bin/sh -c "trap '' TERM; echo ready >> %DIR%/ready; while :; do sleep 0.05; done"`,
    );
    expect(await reread(test, soft)).toEqual(CHANGED);
    const described = valueOf(test.daemon.configuration.describe('web'));
    expect(described).toEqual({
      group: 'web',
      options: [{ option: 'group priority', old: '5', new: '7' }],
      members: [
        {
          name: 'web_0',
          change: 'changed',
          restart: false,
          options: [
            { option: 'priority', old: '5', new: '7' },
            { option: 'autorestart', old: 'unexpected', new: 'false' },
            { option: 'startretries', old: '3', new: '9' },
            { option: 'stopsignal', old: 'TERM', new: 'INT' },
            { option: 'stopwaitsecs', old: '100', new: '0' },
            { option: 'killasgroup', old: 'false', new: 'true' },
            { option: 'exitcodes', old: '0', new: '0,3' },
          ],
        },
      ],
      replace: false,
    });
    // Nothing was applied yet.
    expect(valueOf(await test.daemon.configuration.reread())).toEqual(CHANGED);
    expect(valueOf(await test.daemon.configuration.update('web'))).toEqual(described);
    expect(valueOf(await test.daemon.configuration.reread())).toEqual(NOTHING);
    expect(pidsOf(test).web_0).toBe(pid);
    expect(test.daemon.groups.get('web')?.priority).toBe(7);
    // INT ends sh, and if it did not, it would be KILLed at once.
    await valueOf(valueOf(test.daemon.groups.find('web', 'web_0')).stop()).settled;
    expect(test.stateOf('web:web_0')).toBe('STOPPED');
  });

  it('says what has to be started anew, and goes on saying it until that was done', async (context) => {
    const test = await openTestDaemon(context, many(2));
    await running(test, 'web:web_0', 'web:web_1');
    const before = pidsOf(test);
    await reread(test, many(2, 'environment=A="secret"\nstartretries=5', 68));
    const { members } = valueOf(await test.daemon.configuration.update('web'));
    expect(members.map(({ name, restart }) => [name, restart])).toEqual([
      ['web_0', true],
      ['web_1', true],
    ]);
    expect(members[0]?.options).toEqual([
      { option: 'command', old: '/bin/sleep 67', new: '/bin/sleep 68' },
      { option: 'startretries', old: '3', new: '5' },
      { option: 'environment', names: { added: ['A'], changed: [], removed: [] } },
    ]);
    expect(JSON.stringify(members)).not.toContain('secret');
    expect(pidsOf(test)).toEqual(before);
    expect(valueOf(await test.daemon.configuration.reread())).toEqual(CHANGED);

    await valueOf(valueOf(test.daemon.groups.find('web', 'web_0')).stop()).settled;
    valueOf(valueOf(test.daemon.groups.find('web', 'web_0')).start());
    await running(test, 'web:web_0');
    const again = valueOf(await test.daemon.configuration.update('web'));
    expect(again.members.map(({ name, change, restart }) => [name, change, restart])).toEqual([
      ['web_0', 'same', false],
      ['web_1', 'changed', true],
    ]);
    // What is in force already is no change any more.
    expect(again.members[1]?.options.map(({ option }) => option)).toEqual([
      'command',
      'environment',
    ]);
    await valueOf(valueOf(test.daemon.groups.find('web', 'web_1')).stop()).settled;
    expect(valueOf(await test.daemon.configuration.reread())).toEqual(NOTHING);
  });

  it('starts what has failed with the old configuration', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/nonexistent/x\nstartretries=0\nstartsecs=0\n${QUIET}[program:q]\ncommand=/bin/sleep 67\nautostart=false\nstartsecs=0\n${QUIET}`,
    );
    await test.waitForState('p', 'FATAL');
    await reread(
      test,
      `[program:p]\ncommand=/bin/sleep 67\nstartsecs=0\n${QUIET}[program:q]\ncommand=/bin/sleep 68\nautostart=false\nstartsecs=0\n${QUIET}`,
    );
    valueOf(await test.daemon.configuration.update('p'));
    valueOf(await test.daemon.configuration.update('q'));
    await running(test, 'p');
    expect(test.stateOf('q')).toBe('STOPPED');
    expect(valueOf(await test.daemon.configuration.reread())).toEqual(NOTHING);
  });

  it('moves the output with the next start, and its limits at once', async (context) => {
    const log = (file: string, more: string): string =>
      `[program:p]\ncommand=/bin/sh -c "echo started; read x; echo 0123456789; read y; echo more; exec sleep 67"\nstartsecs=0\nstderr_logfile=NONE\nstdout_logfile=%DIR%/${file}\n${more}`;
    const test = await openTestDaemon(context, log('a.log', 'stdout_logfile_maxbytes=1MB'));
    await running(test, 'p');
    const has = (file: string, text: string): Promise<unknown> =>
      waitFor(
        `${file} to hold ${text}`,
        () =>
          (readdirSync(test.directory).includes(file) && test.read(file).includes(text)) ||
          undefined,
      );
    await has('a.log', 'started');
    await reread(test, log('a.log', 'stdout_logfile_maxbytes=10\nstdout_logfile_backups=1'));
    expect(valueOf(await test.daemon.configuration.update('p')).members[0]).toMatchObject({
      restart: false,
    });
    valueOf(valueOf(test.daemon.groups.find('p', 'p')).writeStdin('go\n'));
    await has('a.log.1', '0123456789');
    await reread(test, log('b.log', 'stdout_logfile_maxbytes=1MB'));
    expect(valueOf(await test.daemon.configuration.update('p')).members[0]).toMatchObject({
      restart: true,
    });
    valueOf(valueOf(test.daemon.groups.find('p', 'p')).writeStdin('go\n'));
    await has('a.log', 'more');
    await valueOf(valueOf(test.daemon.groups.find('p', 'p')).stop()).settled;
    valueOf(valueOf(test.daemon.groups.find('p', 'p')).start());
    await has('b.log', 'started');
    expect(valueOf(test.daemon.groups.find('p', 'p')).process.logs.stdout).toBe(
      `${test.directory}/b.log`,
    );
  });

  it('cannot do it for pools of listeners, and knows no other names', async (context) => {
    const pool = (events: string): string =>
      `[eventlistener:e]\ncommand=/bin/sleep 67\nevents=${events}\nstartsecs=0\n${QUIET}`;
    const test = await openTestDaemon(context, pool('TICK_5'));
    await running(test, 'e');
    expect(await reread(test, pool('TICK_60'))).toEqual({ added: [], changed: ['e'], removed: [] });
    expect(valueOf(await test.daemon.configuration.update('e'))).toMatchObject({ replace: true });
    expect(valueOf(await test.daemon.configuration.reread())).toEqual({
      added: [],
      changed: ['e'],
      removed: [],
    });
    for (const name of ['nope', 'e:e']) {
      expect(await test.daemon.configuration.update(name)).toEqual({
        ok: false,
        error: { name: 'BAD_NAME', detail: name },
      });
    }
  });
});
