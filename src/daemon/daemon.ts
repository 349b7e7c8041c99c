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
  StartOutcome,
} from './control.ts';
import type { EventBus } from './events/daemon-event.ts';
import type { SocketRegistry } from './sockets/socket-registry.ts';
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
import { namespecOf } from './process/managed-process.ts';
import type { ProcessPipes } from './process/process-pipes.ts';
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
  readonly sockets: SocketRegistry;
  /** Reads the configuration anew; the error is supervisord's message. */
  readonly readConfiguration: () => Result<Configuration, string>;
  /** Keeps what a next daemon has to know; called at every change. */
  readonly save: (state: SavedState) => void;
}

/** How the daemon's life ends. */
export type DaemonEnd = 'shutdown' | 'restart';

/** So many programs are asked for their settings at the same time; each takes a processor for as long as python needs to start. */
const PLANS_AT_ONCE = 4;

/** How often a shutdown says for whom it waits. */
const REPORT_EVERY_MS = 3000;

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
  #isOver = false;
  #resolveEnded: (end: DaemonEnd) => void = () => undefined;
  /** Resolves when everything has been stopped. */
  readonly ended = new Promise<DaemonEnd>((resolve) => {
    this.#resolveEnded = resolve;
  });

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#wanted = parts.configuration.groups;
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
  async begin({ survivors, ended, resting }: Legacy): Promise<void> {
    const strangers = survivors.filter((saved) => !this.#wants(saved));
    for (const stranger of strangers) this.#end(stranger);
    for (const group of this.#wanted) this.#activate(group);
    await Promise.all(survivors.map((saved) => this.#takeOver(saved)));
    for (const saved of ended) this.#memberFor(saved)?.noteEnded(saved);
    for (const saved of resting) this.#memberFor(saved)?.recall(saved);
    for (const member of this.#members()) member.nameLogs();
    this.#parts.sockets.closeUnused();
    this.#parts.events.emit({ type: 'SUPERVISOR_STATE_CHANGE_RUNNING' });
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
      return err({ name: 'FAILED', detail: namespecOf(member.value.program) });
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

  reread(): Result<ConfigChanges, Fault> {
    const read = this.#parts.readConfiguration();
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
  ): Promise<Result<number, Fault>> {
    const member = this.#find(group, name);
    return member.ok ? member.value.startSuccessor(leaseS) : member;
  }

  stopSuccessor(group: string, name: string): Result<true, Fault> {
    const member = this.#find(group, name);
    return member.ok ? member.value.stopSuccessor() : member;
  }

  async promoteSuccessor(group: string, name: string): Promise<Result<true, Fault>> {
    const member = this.#find(group, name);
    return member.ok ? member.value.promoteSuccessor() : member;
  }

  holdSockets(group: string, name: string, seconds: number): Result<true, Fault> {
    const member = this.#find(group, name);
    return member.ok ? member.value.holdSockets(seconds) : member;
  }

  shutdown(): void {
    const isFirst = this.#mood === 'RUNNING';
    this.#mood = 'SHUTDOWN';
    if (isFirst) void this.#stopEverything();
  }

  restart(): void {
    if (this.#mood !== 'RUNNING') return;
    this.#mood = 'RESTARTING';
    void this.#stopEverything();
  }

  sendRemoteEvent(type: string, data: string): void {
    this.#parts.events.emit({ type: 'REMOTE_COMMUNICATION', remoteType: type, data });
  }

  /** Opens every log anew, so that a tool may move them away. */
  async reopenLogs(): Promise<void> {
    await this.#parts.mainLog.reopen();
    await Promise.all(this.#members().map((member) => member.reopenLogs()));
  }

  #activate(config: ProgramGroup): ActiveGroup {
    const group = new ActiveGroup(config, this.#world);
    this.#groups.set(config.name, group);
    this.#parts.events.emit({ type: 'PROCESS_GROUP_ADDED', groupName: config.name });
    return group;
  }

  /** Whether the configuration still has this program, in the same role. */
  #wants({ group, name, kind }: SavedProcess | RestingProcess): boolean {
    const wanted = this.#wanted
      .find((each) => each.name === group)
      ?.programs.find((program) => program.name === name);
    return wanted?.kind === kind;
  }

  /** Whose state an earlier daemon wrote, when the configuration is still the same. */
  #memberFor(saved: SavedProcess | RestingProcess): Member | undefined {
    if (!this.#wants(saved)) return undefined;
    const member = this.#groups.get(saved.group)?.member(saved.name);
    return member?.fingerprint === saved.fingerprint ? member : undefined;
  }

  async #takeOver(saved: SavedProcess): Promise<void> {
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
    if (member.fingerprint === saved.fingerprint) return;
    mainLog.log(
      'warn',
      `${namespecOf(saved)} was started with another configuration; restart it to apply the present one`,
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
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.mainLog.log('error', `closing group ${group}: ${reason}`);
    });
    this.#closing.set(group, all);
    void all.then(() => {
      if (this.#closing.get(group) === all) this.#closing.delete(group);
    });
  }

  async #openPipes(program: Program, autoLogs: OpenedLogs): Promise<ProcessPipes> {
    await this.#closing.get(program.group);
    return this.#parts.openPipes(program, autoLogs);
  }

  async #stopEverything(): Promise<void> {
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

  /** Once for everything that happens in a turn of the event loop. */
  #scheduleSave(): void {
    if (this.#isSaving) return;
    this.#isSaving = true;
    setImmediate(() => {
      this.#isSaving = false;
      this.#saveNow();
    });
  }

  #saveNow(): void {
    if (this.#isOver) return; // The directory may be gone already.
    this.#parts.save(this.#savedState);
  }

  get #savedState(): SavedState {
    const members = this.#members();
    return {
      processes: members.flatMap(({ saved }) => saved),
      resting: members.flatMap(({ resting }) => (resting === undefined ? [] : [resting])),
      groups: [...this.#groups.keys()],
    };
  }

  #find(group: string, name: string): Result<Member, Fault> {
    const member = this.#groups.get(group)?.member(name);
    return member === undefined
      ? err({ name: 'BAD_NAME', detail: namespecOf({ group, name }) })
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
