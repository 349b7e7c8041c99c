import { describe, expect, it } from 'vitest';
import { err, ok, type Result } from '../../../../src/base/result.ts';
import type { Instance } from '../../../../src/daemon/overlap/instance.ts';
import { markOfSuccessor, Overlap } from '../../../../src/daemon/overlap/overlap.ts';
import { sampleProgram } from '../process/sample-program.ts';
import { fakeInstance, fakeWorld, type FakeInstance } from './fake-instance.ts';

const LEASE_S = 60;

function rig() {
  const world = fakeWorld();
  const seen: Array<Overlap['snapshot']> = [];
  const overlap: Overlap = new Overlap({
    ...world,
    program: () => sampleProgram({ stopwaitsecs: 10 }),
    onChange: () => {
      seen.push(overlap.snapshot);
    },
  });
  /** Lets everything happen that waits for no time. */
  const settle = (): Promise<void> => world.clock.pass(0);
  return { ...world, overlap, seen, settle };
}

type Rig = ReturnType<typeof rig>;

/** A second instance that is on its way; `spawned` says what becomes of it. */
function begin({ overlap }: Rig) {
  let spawned: (result: Result<Instance, string>) => void = () => undefined;
  const started = overlap.start(
    LEASE_S,
    () =>
      new Promise((resolve) => {
        spawned = resolve;
      }),
  );
  return {
    started,
    spawned: (result: Result<Instance, string>) => {
      spawned(result);
    },
  };
}

async function waiting(each: Rig, pid = 7): Promise<FakeInstance> {
  const fake = fakeInstance(pid);
  expect(await each.overlap.start(LEASE_S, () => Promise.resolve(ok(fake.instance)))).toMatchObject(
    {
      ok: true,
    },
  );
  return fake;
}

/** Brings a new overlap to a phase; the fake is the instance of that phase, where there is one. */
const PHASES = {
  none: () => Promise.resolve({ each: rig(), fake: undefined }),
  starting: async () => {
    const each = rig();
    begin(each);
    await each.settle();
    return { each, fake: undefined };
  },
  waiting: async () => {
    const each = rig();
    return { each, fake: await waiting(each) };
  },
  ending: async () => {
    const each = rig();
    const fake = await waiting(each);
    each.overlap.abandon();
    await each.settle();
    return { each, fake };
  },
} as const;

/** What each event does in each phase: the successor's pid that is told afterwards, what was sent, what the event gave back. */
const TABLE: ReadonlyArray<
  readonly [
    phase: keyof typeof PHASES,
    event: 'abandon' | 'take' | 'ended' | 'lease' | 'start',
    then: { readonly successor: number; readonly sent: number; readonly gives?: unknown },
  ]
> = [
  ['none', 'abandon', { successor: 0, sent: 0 }],
  ['none', 'take', { successor: 0, sent: 0, gives: undefined }],
  ['none', 'start', { successor: 8, sent: 0, gives: true }],
  ['none', 'lease', { successor: 0, sent: 0 }],
  ['starting', 'abandon', { successor: 0, sent: 0 }],
  ['starting', 'take', { successor: 0, sent: 0, gives: undefined }],
  ['starting', 'start', { successor: 0, sent: 0, gives: false }],
  ['starting', 'lease', { successor: 0, sent: 0 }],
  ['waiting', 'abandon', { successor: 7, sent: 1 }],
  ['waiting', 'take', { successor: 0, sent: 0, gives: 7 }],
  ['waiting', 'ended', { successor: 0, sent: 0 }],
  ['waiting', 'start', { successor: 7, sent: 0, gives: false }],
  ['waiting', 'lease', { successor: 7, sent: 1 }],
  ['ending', 'abandon', { successor: 7, sent: 0 }],
  ['ending', 'take', { successor: 7, sent: 0, gives: undefined }],
  ['ending', 'ended', { successor: 0, sent: 0 }],
  ['ending', 'start', { successor: 7, sent: 0, gives: false }],
];

describe('every phase × every event', () => {
  it.each(TABLE)('%s, %s: %j', async (phase, event, then) => {
    const { each, fake } = await PHASES[phase]();
    const { overlap, signals, clock } = each;
    const before = signals.length;
    let gave: unknown;
    if (event === 'abandon') overlap.abandon();
    if (event === 'take') gave = overlap.take()?.id.pid;
    if (event === 'ended') fake?.end();
    if (event === 'lease') await clock.pass(LEASE_S * 1000 + 1);
    if (event === 'start') {
      const other = fakeInstance(8).instance;
      gave = (await overlap.start(LEASE_S, () => Promise.resolve(ok(other)))).ok;
    }
    await each.settle();
    expect(overlap.snapshot.successor).toBe(then.successor);
    expect(signals.slice(before)).toHaveLength(then.sent);
    expect(gave).toBe(then.gives);
  });
});

describe('a second instance', () => {
  it('that was abandoned while it was started is ended as soon as it is there', async () => {
    const each = rig();
    const { started, spawned } = begin(each);
    each.overlap.abandon();
    const fake = fakeInstance(7);
    spawned(ok(fake.instance));
    expect(await started).toEqual(err('it was stopped while it was started'));
    await each.settle();
    expect(each.signals).toEqual(['0 SIGTERM 7']);
    expect(each.overlap.isIdle).toBe(false);
    fake.end();
    await each.settle();
    expect(each.overlap.isIdle).toBe(true);
  });

  it.each<[string, () => Promise<Result<Instance, string>>]>([
    ['refused', () => Promise.resolve(err('no memory'))],
    ['broken by a bug', () => Promise.reject(new Error('no memory'))],
  ])('whose start is %s leaves the way free for another one', async (_, spawn) => {
    const each = rig();
    expect(await each.overlap.start(LEASE_S, spawn)).toEqual(err('no memory'));
    expect(each.overlap.isIdle).toBe(true);
    await waiting(each);
  });

  it('is told when it ends by itself, until there is another one', async () => {
    const each = rig();
    const fake = await waiting(each);
    fake.end({ kind: 'code', code: 3 });
    await each.settle();
    const { successorEnd } = each.overlap.snapshot;
    expect(successorEnd).toEqual({ pid: 7, status: 'exit status 3' });
    expect(each.seen.at(-1)).toMatchObject({ successor: 0, successorEnd });
    await waiting(each, 8);
    expect(each.overlap.snapshot.successorEnd).toBeUndefined();
  });

  it('that was taken is nobody’s successor: neither its end nor its lease matters', async () => {
    const each = rig();
    const fake = await waiting(each);
    expect(each.overlap.take()).toBe(fake.instance);
    await each.clock.pass(LEASE_S * 2000);
    fake.end({ kind: 'code', code: 3 });
    await each.settle();
    expect(each.signals).toEqual([]);
    expect(each.overlap.snapshot.successorEnd).toBeUndefined();
  });

  it('whose lease is over is ended, with KILL in the end, and told', async () => {
    const each = rig();
    const fake = await waiting(each);
    await each.clock.pass(LEASE_S * 1000 + 10_500);
    expect(each.signals).toEqual(['60000 SIGTERM 7', '70000 SIGKILL 7']);
    expect(each.lines.join('\n')).toContain('was not promoted in time');
    fake.end({ kind: 'signal', signal: 'SIGKILL' });
    await each.settle();
    expect(each.overlap.snapshot.successorEnd).toMatchObject({ pid: 7 });
  });

  it('has no lease any more after dispose', async () => {
    const each = rig();
    await waiting(each);
    each.overlap.dispose();
    await each.clock.pass(LEASE_S * 2000);
    expect(each.signals).toEqual([]);
  });
});

describe('an instance that was replaced', () => {
  it('is retiring until it has gone, then it is told how it went', async () => {
    const each = rig();
    const one = fakeInstance(5);
    const two = fakeInstance(6);
    const gone = Promise.all([
      each.overlap.retire(one.instance),
      each.overlap.retire(two.instance),
    ]);
    await each.settle();
    expect(each.overlap.snapshot.retiring).toEqual([5, 6]);
    expect(each.overlap.retiring).toEqual([one.instance, two.instance]);
    let isIdle = false;
    const idle = each.overlap.whenIdle().then(() => {
      isIdle = true;
    });
    await each.clock.pass(2000);
    one.end();
    await each.settle();
    expect(each.overlap.snapshot).toMatchObject({
      retiring: [6],
      retired: { pid: 5, killed: false, afterMs: 2000 },
    });
    expect(isIdle).toBe(false);
    await each.clock.pass(9000);
    two.end();
    await each.clock.run(Promise.all([gone, idle]));
    expect(each.overlap.snapshot).toMatchObject({
      retiring: [],
      retired: { pid: 6, killed: true, afterMs: 11_000 },
    });
  });

  it('does not keep another second instance from being started', async () => {
    const each = rig();
    void each.overlap.retire(fakeInstance(5).instance);
    await waiting(each);
    expect(each.overlap.snapshot).toMatchObject({ successor: 7, retiring: [5] });
  });
});

it('the mark of a second instance is another one each millisecond, and part of a file name', () => {
  expect(markOfSuccessor(1_700_000_000_000.5)).toBe('reload-loyw3v28');
  expect(markOfSuccessor(1_700_000_000_001)).not.toBe(markOfSuccessor(1_700_000_000_000));
});

describe('an instance with a time of its own to end', () => {
  it('is asked by the given signals alone, and killed when that time is over', async () => {
    const each = rig();
    const { instance, end } = fakeInstance(7, 10);
    const retired = each.overlap.retire(instance, { signals: ['SIGINT'], patienceS: 600 });
    const [retiring] = each.overlap.retiring;
    expect(retiring?.patienceS).toBe(600);
    await each.settle();
    expect(retiring !== undefined && each.overlap.isTold(retiring)).toBe(true);
    each.clock.after(601_000, () => {
      end();
    });
    await each.clock.run(retired);
    expect(each.signals).toEqual(['0 SIGINT 7', '600000 SIGKILL 7']);
    expect(each.overlap.isIdle).toBe(true);
  });

  it('never has less than its program says', async () => {
    const each = rig();
    void each.overlap.retire(fakeInstance(7, 100).instance, { patienceS: 5 });
    await each.settle();
    const [retiring] = each.overlap.retiring;
    expect(retiring?.patienceS).toBe(100);
  });

  it('is not asked again by the next daemon, and still has that time', async () => {
    const each = rig();
    const { instance, end } = fakeInstance(7, 600);
    const retired = each.overlap.retire(instance, { isTold: true });
    each.clock.after(601_000, () => {
      end();
    });
    await each.clock.run(retired);
    expect(each.signals).toEqual(['600000 SIGKILL 7']);
  });

  it('has what its program says once that is stopped', async () => {
    const each = rig();
    const { instance, end } = fakeInstance(7, 10);
    const retired = each.overlap.retire(instance, { signals: ['SIGINT'], patienceS: 600 });
    each.clock.after(5000, () => {
      each.overlap.hurry();
    });
    each.clock.after(16_000, () => {
      end();
    });
    await each.clock.run(retired);
    expect(each.signals).toEqual(['0 SIGINT 7', '15000 SIGKILL 7']);
  });
});
