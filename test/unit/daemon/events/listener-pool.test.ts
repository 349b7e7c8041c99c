import { beforeEach, describe, expect, it } from 'vitest';
import { createEventBus } from '../../../../src/daemon/events/event-bus.ts';
import { createEventSerials } from '../../../../src/daemon/events/event-serials.ts';
import { ListenerPool } from '../../../../src/daemon/events/listener-pool.ts';
import type { EventListenerSettings } from '../../../../src/config/program.ts';
import { sampleProgram } from '../../../fake/sample-program.ts';

type Made = readonly [
  name: string,
  members: readonly string[],
  settings?: Partial<EventListenerSettings>,
];

/** Pools on one bus: what they send ("b: serial poolserial type" by process), and what they log above debug. */
class Pools {
  readonly bus = createEventBus((error) => {
    throw error;
  });
  readonly sent: string[] = [];
  readonly log: string[] = [];
  readonly closedStdins = new Set<string>();
  readonly #serials = createEventSerials();
  readonly #pools = new Map<string, ListenerPool>();

  constructor(...pools: readonly Made[]) {
    for (const [name, members, settings] of pools) {
      const eventlistener = {
        events: ['TICK'],
        bufferSize: 10,
        resultHandler: 'supervisor.dispatchers:default_handler',
        ...settings,
      };
      const programs = members.map((member) =>
        sampleProgram({ name: member, group: name, kind: 'eventlistener' }),
      );
      const pool = new ListenerPool({
        group: { name, priority: -1, programs, eventlistener, fcgi: undefined },
        identifier: 'supervisor',
        serials: this.#serials,
        events: this.bus,
        logger: {
          log: (level, message) => {
            if (level !== 'debug') this.log.push(`${level} ${message}`);
          },
        },
        send: (processName, data) => this.#send(processName, data),
      });
      this.#pools.set(name, pool);
    }
  }

  pool(name: string): ListenerPool {
    const pool = this.#pools.get(name);
    if (pool === undefined) throw new Error(`no pool ${name}`);
    return pool;
  }

  /** The process comes to a state. */
  state(
    group: string,
    processName: string,
    to: 'STARTING' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'EXITED',
  ): void {
    const about = { processName, groupName: group, fromState: 'STARTING', pid: 1 } as const;
    this.bus.emit(
      to === 'STARTING'
        ? { ...about, type: 'PROCESS_STATE_STARTING', tries: 0 }
        : { ...about, type: `PROCESS_STATE_${to}`, expected: true },
    );
  }

  /** The process is started, runs and says that it is ready. */
  ready(group: string, processName: string): void {
    this.state(group, processName, 'STARTING');
    this.state(group, processName, 'RUNNING');
    this.say(group, processName, 'READY\n');
  }

  say(group: string, processName: string, text: string): void {
    this.pool(group).receive(processName, Buffer.from(text));
  }

  tick(when: number): void {
    this.bus.emit({ type: 'TICK_5', when });
  }

  /** What was sent since the last call. */
  takeSent(): readonly string[] {
    return this.sent.splice(0);
  }

  #send(processName: string, data: Buffer): boolean {
    if (this.closedStdins.has(processName)) return false;
    const shown = /serial:(\d+) .*poolserial:(\d+) eventname:(\S+) .*\n(?:when:)?(.*)/s.exec(
      data.toString(),
    );
    this.sent.push(`${processName}: ${shown?.slice(1).join(' ') ?? data.toString()}`);
    return true;
  }
}

const OK = 'RESULT 2\nOKREADY\n';
const FAIL = 'RESULT 4\nFAILREADY\n';

let pools: Pools;
beforeEach(() => {
  pools = new Pools(['l', ['l']]);
});

describe('a pool of event listeners', () => {
  it('sends an event at once to a process that is running and ready, and only then', () => {
    pools.tick(5);
    pools.state('l', 'l', 'STARTING');
    pools.say('l', 'l', 'READY\n');
    expect(pools.takeSent()).toEqual([]);
    pools.state('l', 'l', 'RUNNING');
    expect(pools.takeSent()).toEqual(['l: 0 0 TICK_5 5']);
    pools.tick(10);
    expect(pools.takeSent()).toEqual([]);
    pools.say('l', 'l', 'RESULT 2\nOK');
    expect(pools.takeSent()).toEqual([]);
    pools.say('l', 'l', 'READY\n');
    expect(pools.takeSent()).toEqual(['l: 1 1 TICK_5 10']);
    pools.say('l', 'l', OK);
    pools.state('l', 'l', 'STOPPING');
    pools.tick(15);
    expect(pools.takeSent()).toEqual([]);
  });

  it('takes only the events that were asked for, and counts only those', () => {
    pools.ready('l', 'l');
    pools.bus.emit({ type: 'PROCESS_GROUP_ADDED', groupName: 'x' });
    pools.tick(5);
    expect(pools.takeSent()).toEqual(['l: 0 0 TICK_5 5']);
  });

  it('shares the work among its processes', () => {
    pools = new Pools(['l', ['a', 'b']]);
    pools.ready('l', 'a');
    pools.ready('l', 'b');
    for (const when of [5, 10, 15]) pools.tick(when);
    expect(pools.takeSent()).toEqual(['a: 0 0 TICK_5 5', 'b: 1 1 TICK_5 10']);
    pools.say('l', 'b', OK);
    expect(pools.takeSent()).toEqual(['b: 2 2 TICK_5 15']);
  });

  it('gives pools the same serial and a pool serial of their own', () => {
    pools = new Pools(['l', ['l'], { events: ['EVENT'] }], ['m', ['m']]);
    pools.ready('m', 'm');
    pools.tick(5);
    expect(pools.takeSent()).toEqual(['m: 2 0 TICK_5 5']); // l has counted the two states of m.
    pools.ready('l', 'l');
    pools.say('l', 'l', OK.repeat(1));
    pools.say('l', 'l', OK);
    expect(pools.takeSent().map((each) => each.slice(0, 6))).toEqual([
      'l: 0 0',
      'l: 1 1',
      'l: 2 2',
    ]);
  });

  it('sends a rejected event again, before all others, and in its own pool only', () => {
    pools = new Pools(['l', ['l']], ['m', ['m']]);
    pools.ready('l', 'l');
    pools.ready('m', 'm');
    pools.tick(5);
    pools.tick(10);
    pools.takeSent();
    pools.say('l', 'l', FAIL);
    expect(pools.takeSent()).toEqual(['l: 0 0 TICK_5 5']);
    pools.say('l', 'l', OK);
    pools.say('m', 'm', OK);
    expect(pools.takeSent()).toEqual(['l: 1 1 TICK_5 10', 'm: 1 1 TICK_5 10']);
    pools.say('m', 'm', OK);
    expect(pools.takeSent()).toEqual([]);
    expect(pools.log).toEqual(['warn l: event was rejected']);
  });

  it('sends the event of a listener that ended to the next one', () => {
    pools.ready('l', 'l');
    pools.tick(5);
    pools.tick(10);
    pools.takeSent();
    pools.state('l', 'l', 'EXITED');
    pools.ready('l', 'l');
    expect(pools.takeSent()).toEqual(['l: 0 0 TICK_5 5']);
  });

  it('forgets the oldest event when too many wait', () => {
    pools = new Pools(['l', ['l'], { bufferSize: 2 }]);
    for (const when of [5, 10, 15, 20]) pools.tick(when);
    expect(pools.log).toEqual([
      'error pool l event buffer overflowed, discarding event 0',
      'error pool l event buffer overflowed, discarding event 1',
    ]);
    pools.ready('l', 'l');
    pools.say('l', 'l', OK);
    expect(pools.takeSent()).toEqual(['l: 2 2 TICK_5 15', 'l: 3 3 TICK_5 20']);
  });

  it('sends nothing more to a listener that breaks the protocol, until it is started again', () => {
    pools.ready('l', 'l');
    pools.tick(5);
    pools.takeSent();
    pools.say('l', 'l', 'RESULT many\n');
    pools.say('l', 'l', 'READY\n');
    expect(pools.takeSent()).toEqual([]);
    expect(pools.log).toEqual([
      "warn l: bad result line: 'RESULT many'",
      'warn l: has entered the UNKNOWN state and will no longer receive events, this usually indicates the process violated the eventlistener protocol',
    ]);
    pools.state('l', 'l', 'STOPPED');
    pools.ready('l', 'l');
    expect(pools.takeSent()).toEqual(['l: 0 0 TICK_5 5']);
  });

  it('reads all that a listener says before it is sent anything', () => {
    pools.tick(5);
    pools.state('l', 'l', 'STARTING');
    pools.state('l', 'l', 'RUNNING');
    pools.say('l', 'l', 'READY\nand more');
    expect(pools.takeSent()).toEqual([]);
  });

  it('tries the next process when the stdin of one is closed, and keeps the event when there is none', () => {
    pools = new Pools(['l', ['a', 'b']]);
    pools.ready('l', 'a');
    pools.ready('l', 'b');
    pools.closedStdins.add('a');
    pools.tick(5);
    pools.tick(10);
    expect(pools.takeSent()).toEqual(['b: 0 0 TICK_5 5']);
    pools.say('l', 'b', OK);
    expect(pools.takeSent()).toEqual(['b: 1 1 TICK_5 10']);
  });

  it.each([
    ['was ready', '', ['l: 0 0 TICK_5 5']],
    ['still had an event', 'RESULT 2\nOKREADY\n', ['l: 0 0 TICK_5 5']],
    ['was about to say READY', 'READY\n', ['l: 0 0 TICK_5 5']],
    ['says half a word', 'RES', []],
  ])('goes on with a listener of an earlier daemon that %s', (_, text, sent) => {
    pools.pool('l').takeOver('l', { isRunning: true });
    if (text !== '') pools.say('l', 'l', text);
    pools.tick(5);
    expect(pools.takeSent()).toEqual(sent);
    expect(pools.log).toEqual([]);
  });

  it('takes no more events when it is closed', () => {
    pools.ready('l', 'l');
    pools.pool('l').close();
    pools.tick(5);
    expect(pools.takeSent()).toEqual([]);
  });

  it('says that code of others cannot judge results here', () => {
    pools = new Pools(['l', ['l'], { resultHandler: 'mine:handler' }]);
    expect(pools.log).toEqual([
      'warn pool l: result_handler mine:handler is Python code and cannot be called here: results are OK or anything else',
    ]);
  });
});
