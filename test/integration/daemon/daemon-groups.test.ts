import { describe, expect, it } from 'vitest';
import { waitFor } from '../../rig/wait-for.ts';
import { openTestDaemon, valueOf, type TestDaemon } from './support/open-daemon.ts';

const SLEEP = 'command=/bin/sleep 67\nstdout_logfile=NONE\nstderr_logfile=NONE\n';

/** The processes that came to a state, in the order in which they did. */
function orderOf({ events }: TestDaemon, type: string): readonly string[] {
  return events.flatMap((event) =>
    event.type === type && 'processName' in event ? [event.processName] : [],
  );
}

/** Two groups and a program: `late` has the higher priority number, and in it the order differs from the priorities. */
const ORDERED =
  `[program:one]\n${SLEEP}priority=30\n[program:two]\n${SLEEP}priority=10\n[program:three]\n${SLEEP}priority=20\n` +
  `[program:alone]\n${SLEEP}priority=100\n` +
  `[group:late]\nprograms=one,two,three\npriority=500\n`;

describe.concurrent('order', () => {
  it('starts by group priority, and in a group as configured', async (context) => {
    const test = await openTestDaemon(context, ORDERED);
    expect(orderOf(test, 'PROCESS_STATE_STARTING')).toEqual(['alone', 'one', 'two', 'three']);
  });

  it('shuts down one group after the other, the last first, each by descending priority', async (context) => {
    const test = await openTestDaemon(context, ORDERED);
    for (const name of ['alone', 'late:one', 'late:two', 'late:three']) {
      await test.waitForState(name, 'RUNNING');
    }
    test.daemon.shutdown();
    await test.daemon.ended;
    expect(orderOf(test, 'PROCESS_STATE_STOPPING')).toEqual(['one', 'three', 'two', 'alone']);
    const types = test.events.map(({ type }) => type);
    expect(orderOf(test, 'PROCESS_STATE_STOPPED').at(-1)).toBe('alone');
    // The next group is told only when nothing of this one runs any more.
    const lastOfGroup = test.events.findIndex(
      (event) => event.type === 'PROCESS_STATE_STOPPING' && event.processName === 'alone',
    );
    expect(
      types.slice(0, lastOfGroup).filter((type) => type === 'PROCESS_STATE_STOPPED'),
    ).toHaveLength(3);
  });

  it('lists groups and members by priority, processes by name', async (context) => {
    const test = await openTestDaemon(context, ORDERED);
    expect(test.daemon.groups.byPriority.map(({ name }) => name)).toEqual(['alone', 'late']);
    expect(test.daemon.groups.get('late')?.byPriority.map(({ program }) => program.name)).toEqual([
      'two',
      'three',
      'one',
    ]);
    expect(test.daemon.groups.snapshots().map(({ name }) => name)).toEqual([
      'alone',
      'one',
      'three',
      'two',
    ]);
  });
});

describe.concurrent('shutdown', () => {
  it('ends what is tried again, waits for what is slow and starts nothing any more', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:broken]\ncommand=/bin/false\nstartretries=50\n` +
        `[program:slow]\ncommand=/bin/sh -c "trap 'sleep 0.5; exit 0' TERM; echo ready; while :; do sleep 0.05; done"\n` +
        `autorestart=true\nstdout_logfile=%DIR%/slow.log\n`,
    );
    await test.waitForState('broken', 'BACKOFF');
    await waitFor('slow to listen', () => test.read('slow.log').includes('ready') || undefined);
    test.daemon.shutdown();
    expect(test.daemon.state()).toBe('SHUTDOWN');
    expect(await test.daemon.ended).toBe('shutdown');
    expect([test.stateOf('broken'), test.stateOf('slow')]).toEqual(['FATAL', 'STOPPED']);
    expect(test.daemon.groups.member('slow', 'slow')?.process.snapshot.exitStatus).toBe(0);
    const stopping = test.events.findIndex(
      ({ type }) => type === 'SUPERVISOR_STATE_CHANGE_STOPPING',
    );
    const later = test.events.slice(stopping).map(({ type }) => type);
    expect(later).not.toContain('PROCESS_STATE_STARTING');
  });

  it('is a restart when that was asked for, and a shutdown when both were', async (context) => {
    const first = await openTestDaemon(context, `[program:p]\n${SLEEP}`);
    first.daemon.restart();
    expect(first.daemon.state()).toBe('RESTARTING');
    expect(await first.daemon.ended).toBe('restart');
    const second = await openTestDaemon(context, `[program:p]\n${SLEEP}`);
    second.daemon.restart();
    second.daemon.shutdown();
    second.daemon.restart();
    expect(await second.daemon.ended).toBe('shutdown');
  });
});

describe.concurrent('another configuration', () => {
  it('is reported, and applied group by group', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:keep]\n${SLEEP}[program:chg]\n${SLEEP}[program:gone]\n${SLEEP}`,
    );
    for (const name of ['keep', 'chg', 'gone']) await test.waitForState(name, 'RUNNING');
    const keptPid = test.pidOf('keep');
    test.rewrite(
      `[program:keep]\n${SLEEP}[program:chg]\n${SLEEP}environment=A="1"\n[program:new]\n${SLEEP}`,
    );
    const changes = { added: ['new'], changed: ['chg'], removed: ['gone'] };
    expect(await test.daemon.configuration.reread()).toEqual({ ok: true, value: changes });
    expect(await test.daemon.configuration.reread()).toEqual({ ok: true, value: changes });

    expect(test.daemon.groups.remove('gone')).toEqual({
      ok: false,
      error: { name: 'STILL_RUNNING', detail: 'gone' },
    });
    for (const name of ['gone', 'chg']) {
      await valueOf(valueOf(test.daemon.groups.find(name, name)).stop()).settled;
      expect(test.daemon.groups.remove(name)).toEqual({ ok: true, value: true });
    }
    expect(test.daemon.groups.remove('gone')).toMatchObject({ error: { name: 'BAD_NAME' } });
    for (const name of ['chg', 'new']) {
      expect(test.daemon.configuration.add(name)).toEqual({ ok: true, value: true });
    }
    expect(test.daemon.configuration.add('new')).toMatchObject({
      error: { name: 'ALREADY_ADDED' },
    });
    expect(test.daemon.configuration.add('nope')).toMatchObject({ error: { name: 'BAD_NAME' } });
    await test.waitForState('chg', 'RUNNING');
    await test.waitForState('new', 'RUNNING');
    expect(test.pidOf('keep')).toBe(keptPid);
    expect(await test.daemon.configuration.reread()).toEqual({
      ok: true,
      value: { added: [], changed: [], removed: [] },
    });
    const groups = test.events.flatMap((event) =>
      event.type === 'PROCESS_GROUP_ADDED' || event.type === 'PROCESS_GROUP_REMOVED'
        ? [`${event.type} ${event.groupName}`]
        : [],
    );
    expect(groups.slice(3)).toEqual([
      'PROCESS_GROUP_REMOVED gone',
      'PROCESS_GROUP_REMOVED chg',
      'PROCESS_GROUP_ADDED chg',
      'PROCESS_GROUP_ADDED new',
    ]);
  });

  it.for([
    { what: 'nothing', before: '', after: '', changed: false },
    {
      what: 'the order of sections',
      before: 'priority=5\n',
      after: 'priority=5\n',
      changed: false,
    },
    { what: 'a file to AUTO', before: 'stderr_logfile=%DIR%/e\n', after: '', changed: false },
    { what: 'AUTO to a file', before: '', after: 'stderr_logfile=%DIR%/e\n', changed: true },
    { what: 'AUTO to NONE', before: '', after: 'stderr_logfile=NONE\n', changed: true },
    { what: 'startsecs', before: '', after: 'startsecs=2\n', changed: true },
    { what: 'the number of processes', before: '', after: 'numprocs=2\n', changed: true },
  ])('$what counts as a change: $changed', async ({ before, after, changed }, context) => {
    const name = 'process_name=%(program_name)s_%(process_num)d\n';
    const program = (keys: string): string =>
      `[program:p]\ncommand=/bin/sleep 68\nautostart=false\n${name}${keys}`;
    const test = await openTestDaemon(context, program(before));
    test.rewrite(`[program:other]\n${SLEEP}${program(after)}`);
    expect(await test.daemon.configuration.reread()).toEqual({
      ok: true,
      value: { added: ['other'], changed: changed ? ['p'] : [], removed: [] },
    });
  });

  it('that is wrong is refused with the words of supervisord', async (context) => {
    const test = await openTestDaemon(context, `[program:keep]\n${SLEEP}`);
    test.rewrite('[program:keep]\ncommand=/bin/sleep 1\nstartsecs=x\n');
    const refused = await test.daemon.configuration.reread();
    expect(refused).toMatchObject({ ok: false, error: { name: 'CANT_REREAD' } });
    expect(refused.ok ? '' : refused.error.detail).toBe(
      `invalid literal for int() with base 10: 'x' in section 'program:keep' (file: '${test.directory}/supervisord.conf')`,
    );
  });

  it('is shown by getAllConfigInfo before it is applied', async (context) => {
    const test = await openTestDaemon(context, `[program:b]\n${SLEEP}`);
    test.rewrite(`[program:b]\n${SLEEP}[program:a]\n${SLEEP}priority=7\nstopsignal=HUP\n`);
    await test.daemon.configuration.reread();
    expect(test.daemon.configuration.info()).toMatchObject([
      {
        name: 'a',
        group: 'a',
        inuse: false,
        process_prio: 7,
        group_prio: 7,
        stopsignal: 1,
        stdout_logfile: 'none',
        serverurl: 'none',
        uid: 'none',
        autorestart: 'unexpected',
      },
      { name: 'b', inuse: true },
    ]);
  });
});
