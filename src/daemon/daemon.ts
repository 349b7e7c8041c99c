import type { Result } from '../base/result.ts';
import type { Configuration } from '../config/program.ts';
import { nameSpecOf } from '../base/name-spec.ts';
import type { Legacy } from './adopt/find-survivors.ts';
import { saveProcesses, saveResting } from './adopt/save-member.ts';
import type { SavedState } from './adopt/saved-state.ts';
import { StateSaver } from './adopt/state-saver.ts';
import { takeOverLegacy } from './adopt/take-over-legacy.ts';
import type { EventBus } from './events/daemon-event.ts';
import { createEventSerials } from './events/event-serials.ts';
import { ActiveGroups } from './groups/active-groups.ts';
import { Closings } from './groups/closings.ts';
import type { MemberDeps } from './groups/member-deps.ts';
import { Reconfiguration } from './groups/reconfiguration.ts';
import type { MainLog } from './logs/open-main-log.ts';
import { Alarm } from './process/alarm.ts';
import { Standstill, type Wish } from './replace/standstill.ts';
import type { SocketRegistry } from './sockets/socket-registry.ts';
import { createSpawnTurns } from './spawn/spawn-turns.ts';
import { createLimitedTurns } from './spawn/limited-turns.ts';

/** What a daemon is made of. */
export interface DaemonDeps {
  readonly os: MemberDeps['os'];
  readonly configuration: Configuration;
  readonly version: string;
  readonly mainLog: MainLog;
  readonly events: EventBus;
  readonly environment: MemberDeps['environment'];
  readonly startedWith: MemberDeps['startedWith'];
  readonly defaultServerUrl: string | undefined;
  readonly makeAutoLog: MemberDeps['makeAutoLog'];
  readonly openPipes: MemberDeps['openPipes'];
  readonly childrenEndWithUs: MemberDeps['childrenEndWithUs'];
  readonly sockets: SocketRegistry;
  /** Reads the configuration anew; the error is supervisord's message. */
  readonly readConfiguration: () => Promise<Result<Configuration, string>>;
  /** Keeps what a next daemon has to know; called at every change. False when that could not be written. */
  readonly save: (state: SavedState) => boolean;
}

/** How the daemon's life ends. */
export type DaemonEnd = Wish;

/** What the servers ask of a daemon: everything but its life. */
export type DaemonControl = Pick<
  Daemon,
  | 'identifier'
  | 'version'
  | 'pid'
  | 'state'
  | 'groups'
  | 'configuration'
  | 'mainLog'
  | 'events'
  | 'shutdown'
  | 'restart'
>;

/** So many programs are asked for their settings at once; each takes a processor for as long as python needs to start. */
const PLANS_AT_ONCE = 4;

/** How often a shutdown says for whom it waits. */
const REPORT_EVERY_MS = 3000;

/** For how long sockets that another daemon has handed over wait for somebody who uses them. */
const UNUSED_SOCKETS_MS = 60_000;

/** The life of a supervisor, from what an earlier one has left to the end of everything. */
export class Daemon {
  readonly identifier: string;
  readonly version: string;
  readonly pid: number;
  readonly groups: ActiveGroups;
  readonly configuration: Reconfiguration;
  readonly mainLog: MainLog;
  readonly events: EventBus;
  /** The listening sockets of programs. */
  readonly sockets: SocketRegistry;
  readonly #deps: DaemonDeps;
  readonly #spawnTurns = createSpawnTurns();
  readonly #closings: Closings;
  readonly #saver: StateSaver;
  readonly #standstill = new Standstill();
  readonly #unusedSockets: Alarm;
  #mood: 'RUNNING' | 'RESTARTING' | 'SHUTDOWN' = 'RUNNING';
  #isOver = false;
  #resolveEnded: (end: DaemonEnd) => void = () => undefined;
  #resolveEnding: () => void = () => undefined;
  /** Resolves when it begins to stop everything. */
  readonly ending = new Promise<void>((resolve) => {
    this.#resolveEnding = resolve;
  });
  /** Resolves when everything has been stopped. */
  readonly ended = new Promise<DaemonEnd>((resolve) => {
    this.#resolveEnded = resolve;
  });

  constructor(deps: DaemonDeps) {
    const { os, mainLog, events, configuration, sockets } = deps;
    this.#deps = deps;
    this.identifier = configuration.supervisord.identifier;
    this.version = deps.version;
    this.pid = os.me.pid;
    this.mainLog = mainLog;
    this.events = events;
    this.sockets = sockets;
    this.#closings = new Closings(mainLog);
    this.#unusedSockets = new Alarm(os, () => {
      sockets.closeUnused();
    });
    this.#saver = new StateSaver({
      os,
      save: () => deps.save(this.#savedState),
      maySave: () => !this.#isOver && !this.#standstill.isOn,
    });
    const onChange = (): void => {
      this.#saver.schedule();
    };
    this.groups = new ActiveGroups(this.#memberDeps(onChange), this.#closings);
    this.configuration = new Reconfiguration(
      {
        groups: this.groups,
        logger: mainLog,
        readConfiguration: deps.readConfiguration,
        onChange,
      },
      configuration,
    );
  }

  /**
   * Makes the groups of the configuration, goes on with what an earlier daemon has left of them, and starts what has autostart.
   */
  async begin(legacy: Legacy): Promise<void> {
    const { os, mainLog: logger } = this.#deps;
    const { wanted } = this.configuration;
    const isHandedOver = legacy.groups !== undefined;
    const closings = this.#closings;
    await takeOverLegacy({ os, logger, groups: this.groups, closings, wanted }, legacy);
    // What is about to be started again goes on with its socket.
    if (isHandedOver) this.#unusedSockets.set(os.now() + UNUSED_SOCKETS_MS);
    else this.sockets.closeUnused();
    if (!isHandedOver) this.events.emit({ type: 'SUPERVISOR_STATE_CHANGE_RUNNING' });
    for (const group of this.groups.byPriority) group.autostart();
    this.#saver.schedule();
  }

  state(): 'RUNNING' | 'RESTARTING' | 'SHUTDOWN' {
    return this.#mood;
  }

  shutdown(): void {
    if (this.#standstill.defer('shutdown')) return;
    const isFirst = this.#mood === 'RUNNING';
    this.#mood = 'SHUTDOWN';
    if (isFirst) void this.#stopEverything();
  }

  restart(): void {
    if (this.#standstill.defer('restart') || this.#mood !== 'RUNNING') return;
    this.#mood = 'RESTARTING';
    void this.#stopEverything();
  }

  /** Why no other daemon can take over now; undefined when one can. A clause. */
  async findObstacleToHandover(): Promise<string | undefined> {
    if (this.#mood !== 'RUNNING') return 'it is being shut down or restarted';
    const closing = this.#closings.first;
    if (closing !== undefined) return `group ${closing} is being removed`;
    const overlapping = this.groups.members.find(({ instances }) => !instances.isIdle);
    if (overlapping !== undefined) {
      return `two instances of ${nameSpecOf(overlapping.program)} are running, one of which is about to go`;
    }
    return this.configuration.findDifference();
  }

  /** Stands still until {@link thaw}. Resolves when the state is written; false when that failed. */
  async freeze(): Promise<boolean> {
    await this.#standstill.begin(this.#spawnTurns.inTurn, () => this.groups.members);
    return this.#deps.save(this.#savedState);
  }

  /** Goes on as if nothing had been. */
  thaw(): void {
    const wish = this.#standstill.end();
    this.#saver.schedule();
    if (wish === 'shutdown') this.shutdown();
    if (wish === 'restart') this.restart();
  }

  /** Lets go of everything: another daemon has it. Returns what has been asked for meanwhile. */
  abandon(): Wish | undefined {
    this.#isOver = true;
    this.#unusedSockets.set(undefined);
    for (const member of this.groups.members) member.abandon();
    return this.#standstill.wish;
  }

  /** Opens every log anew, so that a tool may move them away. */
  async reopenLogs(): Promise<void> {
    await this.mainLog.reopen();
    await Promise.all(this.groups.members.map(async ({ pipes }) => pipes.current?.reopen()));
  }

  #memberDeps(onChange: () => void): MemberDeps {
    const {
      environment,
      startedWith,
      defaultServerUrl,
      makeAutoLog,
      openPipes,
      childrenEndWithUs,
      os,
    } = this.#deps;
    return {
      os,
      events: this.events,
      logger: this.mainLog,
      environment,
      startedWith,
      identifier: this.identifier,
      serials: createEventSerials(),
      spawnTurns: this.#spawnTurns,
      inPlanTurn: createLimitedTurns(PLANS_AT_ONCE),
      defaultServerUrl,
      mayStart: () => this.#mood === 'RUNNING',
      onChange,
      makeAutoLog,
      childrenEndWithUs,
      openPipes: async (program, autoLogs) => {
        await this.#closings.whenDone(program.group);
        return openPipes(program, autoLogs);
      },
      saveNow: () => {
        this.#saver.saveNow();
      },
      sockets: this.sockets,
    };
  }

  async #stopEverything(): Promise<void> {
    this.#resolveEnding();
    this.events.emit({ type: 'SUPERVISOR_STATE_CHANGE_STOPPING' });
    const reporting = new AbortController();
    void this.#reportSurvivors(reporting.signal);
    await this.groups.shutDown();
    reporting.abort();
    await this.#closings.whenAllDone();
    this.#unusedSockets.set(undefined);
    this.sockets.closeUnused();
    await this.sockets.whenClosed();
    this.#isOver = true;
    this.#resolveEnded(this.#mood === 'RESTARTING' ? 'restart' : 'shutdown');
  }

  async #reportSurvivors(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      const names = this.groups.members
        .filter((member) => !member.isStopped)
        .map(({ program }) => program.name);
      if (names.length > 0) this.mainLog.log('info', `waiting for ${names.join(', ')} to die`);
      await this.#deps.os.sleep(REPORT_EVERY_MS, until).catch(() => undefined); // Aborted: the condition says so.
    }
  }

  get #savedState(): SavedState {
    const { members, all } = this.groups;
    return {
      processes: members.flatMap(saveProcesses),
      resting: members.flatMap((member) => saveResting(member) ?? []),
      groups: all.map(({ name }) => name),
      sockets: this.sockets.known,
    };
  }
}
