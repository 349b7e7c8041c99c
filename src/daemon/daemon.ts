import { reasonOf } from '../base/reason-of.ts';
import { err, ok, type Result } from '../base/result.ts';
import { takesRestart } from '../config/changes/compare-options.ts';
import type { GroupChanges } from '../config/changes/group-changes.ts';
import type { Configuration, Program, ProgramGroup } from '../config/program.ts';
import { compareCodePoints } from '../config/python/text.ts';
import type { ConfigChanges } from '../rpc/supervisor.ts';
import { endForeignProcess } from './adopt/foreign-processes.ts';
import type { Legacy } from './adopt/find-survivors.ts';
import type { RestingProcess } from './adopt/resting-process.ts';
import type { SavedProcess, SavedState } from './adopt/saved-state.ts';
import type {
  DaemonControl,
  Fault,
  GroupSnapshot,
  OverlapSnapshot,
  Retirement,
  StartOutcome,
} from './control.ts';
import type { EventBus } from './events/daemon-event.ts';
import type { HandedSocket, SocketRegistry } from './sockets/socket-registry.ts';
import { createSpawnTurns } from './spawn/spawn-turns.ts';
import { createTurns } from './spawn/turns.ts';
import { createEventSerials } from './events/event-serials.ts';
import { ActiveGroup } from './groups/active-group.ts';
import { compareGroups } from './groups/compare-groups.ts';
import { configInfo } from './groups/config-info.ts';
import { describeChanges } from './groups/describe-changes.ts';
import type { OpenedLogs } from './groups/member-pipes.ts';
import type { Member, MemberWorld } from './groups/member.ts';
import type { MainLog } from './logs/open-main-log.ts';
import { nameSpecOf } from '../rpc/name-spec.ts';
import { Alarm } from './process/alarm.ts';
import type { Pipes } from './process/process-pipes.ts';
import type { ProcessSnapshot } from './process/process-info.ts';

/** What a daemon is made of. */
export interface DaemonParts {
  readonly os: MemberWorld['os'];
  readonly configuration: Configuration;
  readonly version: string;
  readonly mainLog: MainLog;
  readonly events: EventBus;
  readonly environment: MemberWorld['environment'];
  readonly defaultServerUrl: string | undefined;
  readonly makeAutoLog: MemberWorld['makeAutoLog'];
  readonly openPipes: MemberWorld['openPipes'];
  readonly childrenEndWithUs: MemberWorld['childrenEndWithUs'];
  readonly sockets: SocketRegistry;
  /** Reads the configuration anew; the error is supervisord's message. */
  readonly readConfiguration: () => Promise<Result<Configuration, string>>;
  /** Keeps what a next daemon has to know; called at every change. False when that could not be written. */
  readonly save: (state: SavedState) => boolean;
}

/** How the daemon's life ends. */
export type DaemonEnd = 'shutdown' | 'restart';

/** So many programs are asked for their settings at the same time; each takes a processor for as long as python needs to start. */
const PLANS_AT_ONCE = 4;

/** How often a shutdown says for whom it waits. */
const REPORT_EVERY_MS = 3000;

/**
 * The whole state is written each time, which with hundreds of programs takes long, and hundreds of times when they come up together: no more than a
 * part of the time goes into it, and none of it waits longer than this. What is started in between is known all the same (adopt/find-survivors.ts).
 */
const SAVE_WITHIN_MS = 50;
const SAVE_PART = 0.1;

/** For how long sockets that another daemon has handed over wait for somebody who uses them. */
const UNUSED_SOCKETS_MS = 60_000;

/** The groups of one configuration and everything that is asked of them: supervisord's supervisord.py and rpcinterface.py. */
export class Daemon implements DaemonControl {
  readonly identifier: string;
  readonly version: string;
  readonly pid: number;
  readonly #parts: DaemonParts;
  readonly #world: MemberWorld;
  /** In the order of their activation. */
  readonly #groups = new Map<string, ActiveGroup>();
  /** Groups whose pipes are being closed: a new group of the same name waits for them. */
  readonly #closing = new Map<string, Promise<unknown>>();
  /** What the configuration that was read last asks for. */
  #wanted: readonly ProgramGroup[];
  #mood: 'RUNNING' | 'RESTARTING' | 'SHUTDOWN' = 'RUNNING';
  #isSaving = false;
  #maySaveAtMs = -Infinity;
  readonly #nextSave: Alarm;
  #isOver = false;
  /** Whether another daemon may be taking over: nothing is started, read or written meanwhile. */
  #isFrozen = false;
  /** What has been asked for meanwhile. */
  #wish: 'shutdown' | 'restart' | undefined;
  #thaws: ReadonlyArray<() => void> = [];
  readonly #unusedSockets: Alarm;
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

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#wanted = parts.configuration.groups;
    this.#unusedSockets = new Alarm(parts.os, () => {
      parts.sockets.closeUnused();
    });
    this.#nextSave = new Alarm(parts.os, () => {
      this.#saveNow();
    });
    this.identifier = parts.configuration.supervisord.identifier;
    this.version = parts.version;
    this.pid = parts.os.me.pid;
    this.#world = {
      os: parts.os,
      events: parts.events,
      logger: parts.mainLog,
      environment: parts.environment,
      identifier: this.identifier,
      serials: createEventSerials(),
      inSpawnTurn: createSpawnTurns(),
      defaultServerUrl: parts.defaultServerUrl,
      mayStart: () => this.#mood === 'RUNNING',
      onChange: () => {
        this.#scheduleSave();
      },
      makeAutoLog: parts.makeAutoLog,
      childrenEndWithUs: parts.childrenEndWithUs,
      openPipes: (program, autoLogs) => this.#openPipes(program, autoLogs),
      saveNow: () => {
        this.#saveNow();
      },
      sockets: parts.sockets,
      inPlanTurn: createTurns(PLANS_AT_ONCE),
    };
  }

  /**
   * Makes the groups of the configuration, goes on with what an earlier daemon has left of them, ends what they do not ask for, and starts what
   * has autostart.
   */
  async begin({ survivors, ended, resting, groups }: Legacy): Promise<void> {
    const isHandedOver = groups !== undefined;
    const strangers = survivors.filter((saved) => !this.#wants(saved));
    for (const stranger of strangers) this.#end(stranger);
    for (const group of this.#wantedOf(groups)) {
      // Of two with one name the first wins, without a word (supervisor/supervisord.py, add_process_group).
      if (!this.#groups.has(group.name)) this.#activate(group, !isHandedOver);
    }
    await Promise.all(survivors.map((saved) => this.#takeOver(saved, isHandedOver)));
    for (const saved of ended) this.#memberFor(saved, isHandedOver)?.noteEnded(saved);
    for (const saved of resting) this.#memberFor(saved, isHandedOver)?.recall(saved);
    for (const member of this.#members()) member.nameLogs();
    // What is about to be started again goes on with its socket.
    if (isHandedOver) this.#unusedSockets.set(this.#parts.os.now() + UNUSED_SOCKETS_MS);
    else this.#parts.sockets.closeUnused();
    if (!isHandedOver) this.#parts.events.emit({ type: 'SUPERVISOR_STATE_CHANGE_RUNNING' });
    for (const group of this.#byPriority()) group.autostart();
    this.#scheduleSave();
  }

  state(): 'RUNNING' | 'RESTARTING' | 'SHUTDOWN' {
    return this.#mood;
  }

  processes(): readonly ProcessSnapshot[] {
    return this.#members()
      .map(({ process }) => process.snapshot)
      .sort((a, b) => compareCodePoints(a.group, b.group) || compareCodePoints(a.name, b.name));
  }

  groups(): readonly GroupSnapshot[] {
    return this.#byPriority().map((group) => group.snapshot);
  }

  process(group: string, name: string): ProcessSnapshot | undefined {
    return this.#groups.get(group)?.member(name)?.process.snapshot;
  }

  group(name: string): GroupSnapshot | undefined {
    return this.#groups.get(name)?.snapshot;
  }

  /** As Member.end; undefined too when there is no such program. */
  endOf(group: string, name: string): Member['end'] {
    return this.#groups.get(group)?.member(name)?.end;
  }

  start(group: string, name: string): Result<{ readonly settled: Promise<StartOutcome> }, Fault> {
    const member = this.#find(group, name);
    return member.ok ? member.value.start() : member;
  }

  stop(group: string, name: string): Result<{ readonly settled: Promise<void> }, Fault> {
    const member = this.#find(group, name);
    return member.ok ? member.value.stop() : member;
  }

  signal(group: string, name: string, signalNumber: number): Result<true, Fault> {
    const member = this.#find(group, name);
    return member.ok ? member.value.process.signal(signalNumber) : member;
  }

  writeStdin(group: string, name: string, text: string): Result<true, Fault> {
    const member = this.#find(group, name);
    return member.ok ? member.value.writeStdin(text) : member;
  }

  logs(
    group: string,
    name: string,
  ): { readonly stdout: string | undefined; readonly stderr: string | undefined } {
    const member = this.#find(group, name);
    return member.ok ? member.value.process.logs : { stdout: undefined, stderr: undefined };
  }

  async clearLogs(group: string, name: string): Promise<Result<true, Fault>> {
    const member = this.#find(group, name);
    if (!member.ok) return member;
    try {
      await member.value.clearLogs();
      return ok(true);
    } catch {
      // The message is supervisord's, which does not give the reason either.
      return err({ name: 'FAILED', detail: nameSpecOf(member.value.program) });
    }
  }

  get mainLog(): string | undefined {
    return this.#parts.mainLog.path;
  }

  async clearMainLog(): Promise<Result<true, Fault>> {
    if (this.mainLog === undefined) return err({ name: 'NO_FILE' });
    try {
      await this.#parts.mainLog.clear();
      return ok(true);
    } catch (error) {
      return err({ name: 'FAILED', detail: error instanceof Error ? error.message : undefined });
    }
  }

  async reread(): Promise<Result<ConfigChanges, Fault>> {
    const read = await this.#parts.readConfiguration();
    if (!read.ok) return err({ name: 'CANT_REREAD', detail: read.error });
    this.#wanted = read.value.groups;
    const active = [...this.#groups.values()].map(({ configInForce }) => configInForce);
    return ok(compareGroups(active, this.#wanted));
  }

  addGroup(name: string): Result<true, Fault> {
    if (this.#groups.has(name)) return err({ name: 'ALREADY_ADDED', detail: name });
    const config = this.#wanted.find((group) => group.name === name);
    if (config === undefined) return err({ name: 'BAD_NAME', detail: name });
    const group = this.#activate(config);
    for (const member of group.members) member.nameLogs();
    group.autostart();
    return ok(true);
  }

  removeGroup(name: string): Result<true, Fault> {
    const group = this.#groups.get(name);
    if (group === undefined) return err({ name: 'BAD_NAME', detail: name });
    if (!group.isStopped) return err({ name: 'STILL_RUNNING', detail: name });
    this.#groups.delete(name);
    this.#parts.events.emit({ type: 'PROCESS_GROUP_REMOVED', groupName: name });
    this.#delay(name, group.close());
    this.#scheduleSave();
    return ok(true);
  }

  describeGroup(name: string): Result<GroupChanges, Fault> {
    const found = this.#findUpdate(name);
    return found.ok ? ok(describeChanges(found.value.group, found.value.wanted)) : found;
  }

  async updateGroup(name: string): Promise<Result<GroupChanges, Fault>> {
    const found = this.#findUpdate(name);
    if (!found.ok) return found;
    const { group, wanted } = found.value;
    const changes = describeChanges(group, wanted);
    if (changes.replace) return ok(changes);
    this.#parts.mainLog.log('info', `updating group ${name}`);
    const begunAnew = new Set(
      changes.members.filter(({ options }) => options.some(takesRestart)).map((each) => each.name),
    );
    const updated = group.update(wanted, (member) => begunAnew.has(member));
    this.#scheduleSave();
    await updated;
    this.#scheduleSave();
    return ok(changes);
  }

  #findUpdate(
    name: string,
  ): Result<{ readonly group: ActiveGroup; readonly wanted: ProgramGroup }, Fault> {
    const group = this.#groups.get(name);
    const wanted = this.#wanted.find((each) => each.name === name);
    return group === undefined || wanted === undefined
      ? err({ name: 'BAD_NAME', detail: name })
      : ok({ group, wanted });
  }

  configInfo(): ReadonlyArray<Readonly<Record<string, unknown>>> {
    return configInfo(this.#wanted, (name) => this.#groups.has(name));
  }

  overlap(group: string, name: string): OverlapSnapshot | undefined {
    return this.#groups.get(group)?.member(name)?.overlap;
  }

  async startSuccessor(
    group: string,
    name: string,
    leaseS: number,
    withoutSockets = false,
  ): Promise<Result<number, Fault>> {
    const member = this.#find(group, name);
    return member.ok ? member.value.startSuccessor(leaseS, withoutSockets) : member;
  }

  stopSuccessor(group: string, name: string): Result<true, Fault> {
    const member = this.#find(group, name);
    return member.ok ? member.value.stopSuccessor() : member;
  }

  async promoteSuccessor(
    group: string,
    name: string,
    retirement: Retirement = {},
  ): Promise<Result<true, Fault>> {
    const member = this.#find(group, name);
    return member.ok ? member.value.promoteSuccessor(retirement) : member;
  }

  holdSockets(group: string, name: string, seconds: number): Result<true, Fault> {
    const member = this.#find(group, name);
    return member.ok ? member.value.holdSockets(seconds) : member;
  }

  shutdown(): void {
    if (this.#isFrozen) {
      this.#wish = 'shutdown';
      return;
    }
    const isFirst = this.#mood === 'RUNNING';
    this.#mood = 'SHUTDOWN';
    if (isFirst) void this.#stopEverything();
  }

  restart(): void {
    if (this.#isFrozen) {
      this.#wish ??= 'restart';
      return;
    }
    if (this.#mood !== 'RUNNING') return;
    this.#mood = 'RESTARTING';
    void this.#stopEverything();
  }

  sendRemoteEvent(type: string, data: string): void {
    this.#parts.events.emit({ type: 'REMOTE_COMMUNICATION', remoteType: type, data });
  }

  /** Why no other daemon can take over now; undefined when one can. A clause. */
  async findObstacleToHandover(): Promise<string | undefined> {
    if (this.#mood !== 'RUNNING') return 'it is being shut down or restarted';
    const [closing] = this.#closing.keys();
    if (closing !== undefined) return `group ${closing} is being removed`;
    const overlapping = this.#members().find((member) => member.isOverlapping);
    if (overlapping !== undefined) {
      return `two instances of ${nameSpecOf(overlapping.program)} are running, one of which is about to go`;
    }
    const read = await this.#parts.readConfiguration();
    if (!read.ok) return `its configuration cannot be read any more: ${read.error}`;
    const active = [...this.#groups.values()].map(({ config }) => config);
    const { changed, removed } = compareGroups(active, read.value.groups);
    const [different] = [...changed, ...removed];
    if (different === undefined) return undefined;
    return `group ${different} is another one in the configuration file by now: apply that first (update)`;
  }

  /**
   * Starts nothing, reads nothing of programs' output and writes nothing down any more, until {@link thaw}. Resolves when all that was begun is done and
   * the state is written; false when that failed.
   */
  async freeze(): Promise<boolean> {
    this.#isFrozen = true;
    const spawning = new Promise<() => void>((resolve) => {
      void this.#world.inSpawnTurn(
        () =>
          new Promise<void>((release) => {
            resolve(release);
          }),
      );
    });
    // What is being spawned opens its pipes: they are held only then.
    this.#thaws = [await spawning];
    const held = await Promise.all(this.#members().map((member) => member.hold()));
    this.#thaws = [...this.#thaws, ...held];
    return this.#parts.save(this.#savedState);
  }

  /** Goes on as if nothing had been. */
  thaw(): void {
    const wish = this.#wish;
    this.#isFrozen = false;
    this.#wish = undefined;
    for (const release of this.#thaws) release();
    this.#thaws = [];
    this.#scheduleSave();
    if (wish === 'shutdown') this.shutdown();
    if (wish === 'restart') this.restart();
  }

  /** The listening sockets of programs, for another daemon. To be called while it is frozen. */
  handSockets(): readonly HandedSocket[] {
    return this.#parts.sockets.hand();
  }

  /** Takes over listening sockets of programs from another daemon, before {@link begin}. */
  takeSockets(sockets: readonly HandedSocket[]): void {
    this.#parts.sockets.takeOver(sockets);
  }

  /** Lets go of everything: another daemon has it. Returns what has been asked for meanwhile. */
  abandon(): 'shutdown' | 'restart' | undefined {
    this.#isOver = true;
    this.#unusedSockets.set(undefined);
    for (const member of this.#members()) member.abandon();
    return this.#wish;
  }

  /** Opens every log anew, so that a tool may move them away. */
  async reopenLogs(): Promise<void> {
    await this.#parts.mainLog.reopen();
    await Promise.all(this.#members().map((member) => member.reopenLogs()));
  }

  #activate(config: ProgramGroup, isNew = true): ActiveGroup {
    const group = new ActiveGroup(config, this.#world);
    this.#groups.set(config.name, group);
    if (isNew) this.#parts.events.emit({ type: 'PROCESS_GROUP_ADDED', groupName: config.name });
    return group;
  }

  /** The groups of the configuration; of those that were active, all of them and no others. */
  #wantedOf(names: readonly string[] | undefined): readonly ProgramGroup[] {
    if (names === undefined) return this.#wanted;
    return names.flatMap((name) => this.#wanted.filter((group) => group.name === name));
  }

  /** Whether the configuration still has this program, in the same role. */
  #wants({ group, name, kind }: SavedProcess | RestingProcess): boolean {
    const wanted = this.#wanted
      .find((each) => each.name === group)
      ?.programs.find((program) => program.name === name);
    return wanted?.kind === kind;
  }

  /** Whose state an earlier daemon wrote, when the configuration is still the same. */
  #memberFor(saved: SavedProcess | RestingProcess, isHandedOver: boolean): Member | undefined {
    if (!this.#wants(saved)) return undefined;
    const member = this.#groups.get(saved.group)?.member(saved.name);
    // The daemon that handed over has compared them itself; another version may have other fingerprints.
    return isHandedOver || member?.fingerprint === saved.fingerprint ? member : undefined;
  }

  async #takeOver(saved: SavedProcess, isHandedOver: boolean): Promise<void> {
    if (!this.#wants(saved)) return;
    const member = this.#groups.get(saved.group)?.member(saved.name);
    if (member === undefined) return;
    const { mainLog } = this.#parts;
    if (saved.role !== 'main') {
      member.endBeside(saved);
      return;
    }
    mainLog.log('info', `adopted: '${saved.name}' with pid ${saved.id.pid}`);
    await member.takeOver(saved);
    if (isHandedOver || member.fingerprint === saved.fingerprint) return;
    mainLog.log(
      'warn',
      `${nameSpecOf(saved)} was started with another configuration; restart it to apply the present one`,
    );
  }

  #end(stranger: SavedProcess): void {
    this.#parts.mainLog.log(
      'warn',
      `stopping '${stranger.name}' (${stranger.id.pid}), which an earlier daemon had started and which is not configured any more`,
    );
    this.#delay(stranger.group, endForeignProcess(this.#parts.os, stranger));
  }

  /** What belongs to a group of this name waits until `work` is done. */
  #delay(group: string, work: Promise<unknown>): void {
    const all = Promise.all([this.#closing.get(group), work]).catch((error: unknown) => {
      const reason = reasonOf(error);
      this.#parts.mainLog.log('error', `closing group ${group}: ${reason}`);
    });
    this.#closing.set(group, all);
    void all.then(() => {
      if (this.#closing.get(group) === all) this.#closing.delete(group);
    });
  }

  async #openPipes(program: Program, autoLogs: OpenedLogs): Promise<Pipes> {
    await this.#closing.get(program.group);
    return this.#parts.openPipes(program, autoLogs);
  }

  async #stopEverything(): Promise<void> {
    this.#resolveEnding();
    const { events } = this.#parts;
    events.emit({ type: 'SUPERVISOR_STATE_CHANGE_STOPPING' });
    const reporting = new AbortController();
    void this.#reportSurvivors(reporting.signal);
    for (const group of [...this.#byPriority()].reverse()) await group.shutDown();
    // A program of a group that was already done may have been in the middle of a start.
    for (const group of this.#groups.values()) await group.shutDown();
    reporting.abort();
    for (const group of this.#groups.values()) this.#delay(group.name, group.close());
    await Promise.all(this.#closing.values());
    this.#unusedSockets.set(undefined);
    this.#parts.sockets.closeUnused();
    await this.#parts.sockets.whenClosed();
    this.#isOver = true;
    this.#resolveEnded(this.#mood === 'RESTARTING' ? 'restart' : 'shutdown');
  }

  async #reportSurvivors(until: AbortSignal): Promise<void> {
    const { mainLog, os } = this.#parts;
    while (!until.aborted) {
      const names = this.#members()
        .filter((member) => !member.isStopped)
        .map(({ program }) => program.name);
      if (names.length > 0) mainLog.log('info', `waiting for ${names.join(', ')} to die`);
      await os.sleep(REPORT_EVERY_MS, until).catch(() => undefined); // Aborted: the condition says so.
    }
  }

  /** Once for everything that happens in a turn of the event loop, and no more often than is worth it. */
  #scheduleSave(): void {
    if (this.#isSaving) return;
    this.#isSaving = true;
    if (this.#parts.os.now() < this.#maySaveAtMs) this.#nextSave.set(this.#maySaveAtMs);
    else {
      setImmediate(() => {
        this.#saveNow();
      });
    }
  }

  #saveNow(): void {
    this.#isSaving = false;
    if (this.#isOver || this.#isFrozen) return; // The directory may be gone already, or another's.
    const beganMs = this.#parts.os.now();
    this.#parts.save(this.#savedState);
    const tookMs = this.#parts.os.now() - beganMs;
    this.#maySaveAtMs = beganMs + Math.min(SAVE_WITHIN_MS, tookMs / SAVE_PART);
  }

  get #savedState(): SavedState {
    const members = this.#members();
    return {
      processes: members.flatMap(({ saved }) => saved),
      resting: members.flatMap(({ resting }) => (resting === undefined ? [] : [resting])),
      groups: [...this.#groups.keys()],
      sockets: this.#parts.sockets.known,
    };
  }

  #find(group: string, name: string): Result<Member, Fault> {
    const member = this.#groups.get(group)?.member(name);
    return member === undefined
      ? err({ name: 'BAD_NAME', detail: nameSpecOf({ group, name }) })
      : ok(member);
  }

  #members(): readonly Member[] {
    return [...this.#groups.values()].flatMap(({ members }) => members);
  }

  /** By ascending priority, stable. */
  #byPriority(): readonly ActiveGroup[] {
    return [...this.#groups.values()].sort((a, b) => a.priority - b.priority);
  }
}
