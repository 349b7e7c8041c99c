import { EXIT, type ExitCode } from '../../base/errors.ts';
import type { GroupUpdate } from '../../reload/update/group-update.ts';
import { mayGoOn } from '../../reload/several.ts';
import { describeRpcFailure } from '../../rpc/describe-failure.ts';
import { FAULT_CODES } from '../../rpc/faults.ts';
import { updateGroup } from '../../rpc/group-changes.ts';
import type { MemberResult, ProcessState, RpcResult } from '../../rpc/supervisor.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import type { Report, CommandDeps } from './report.ts';
import { lineOf } from './reread.ts';
import type { Updater } from './updater.ts';

/** A step of a group did not succeed: nothing more is begun. */
class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Applies changes group by group, in the order given, and stops where a step fails: then it says how things stand and what was not done. */
export class ApplyRun {
  readonly #deps: CommandDeps;
  readonly #report: Report;
  readonly #updater: Updater;
  /** Groups of which something was started. */
  readonly #started = new Set<string>();
  readonly result = {
    added: new Array<string>(),
    changed: new Array<string>(),
    removed: new Array<string>(),
    notDone: new Array<string>(),
  };

  constructor(deps: CommandDeps, report: Report, updater: Updater) {
    this.#deps = deps;
    this.#report = report;
    this.#updater = updater;
  }

  /** The groups that are now as the configuration says. */
  get applied(): ReadonlySet<string> {
    const { added, changed, removed } = this.result;
    return new Set([...added, ...changed, ...removed]);
  }

  async applyAll(updates: readonly GroupUpdate[]): Promise<void> {
    let rest = updates;
    try {
      for (const update of updates) {
        if (this.#updater.isInterrupted) throw new Stopped('interrupted', EXIT.interrupted);
        this.#updater.tell(update, lineOf(update));
        await this.#apply(update);
        rest = rest.slice(1);
      }
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      const [failed, ...others] = rest.map(({ group }) => group);
      this.#report.failed(`ERROR: ${failed ?? ''}: ${error.message}`, error.exitCode, failed);
      this.#tellRest(others);
    }
    await this.#verify();
  }

  #tellRest(others: readonly string[]): void {
    this.result.notDone.push(...others);
    const { added, changed, removed } = this.result;
    const done = [...removed, ...changed, ...added];
    this.#updater.say(`  done      ${done.length === 0 ? 'nothing' : done.join(', ')}`);
    if (others.length > 0) this.#updater.say(`  not begun ${others.join(', ')}`);
  }

  async #apply(update: GroupUpdate): Promise<void> {
    switch (update.change) {
      case 'removed':
        return this.#remove(update.group);
      case 'changed':
        return update.changes?.replace === false
          ? this.#change(update.group)
          : this.#replace(update.group);
      case 'added':
        return this.#add(update.group);
    }
  }

  async #remove(group: string): Promise<void> {
    const { supervisor } = this.#deps;
    const results = await this.#stop(group);
    this.#report.done(group, 'stopped');
    if (results.some(({ status }) => status === FAULT_CODES.FAILED)) {
      this.#report.failed(`${group}: has problems; not removing`, EXIT.failed, group);
      return;
    }
    need(await supervisor.removeProcessGroup(group), 'was stopped, but could not be removed');
    this.#report.done(group, 'removed process group');
    this.result.removed.push(group);
  }

  async #stop(group: string): Promise<readonly MemberResult[]> {
    const { supervisor } = this.#deps;
    const stopped = await supervisor.stopProcessGroup(group, true, { abort: this.#updater.atOnce });
    if (!stopped.ok && stopped.error.kind === 'aborted') {
      throw new Stopped(
        'interrupted; the supervisor goes on stopping it, and nothing else was done to it',
        EXIT.interrupted,
      );
    }
    return need(stopped, 'could not be stopped');
  }

  /** A stock supervisord can do no less: it takes a group up as a whole. */
  async #replace(group: string): Promise<void> {
    const { supervisor } = this.#deps;
    await this.#prove(group);
    await this.#stop(group);
    this.#report.done(group, 'stopped');
    const removed = await supervisor.removeProcessGroup(group);
    if (!removed.ok) {
      const again = await supervisor.startProcessGroup(group, false);
      need(
        removed,
        again.ok
          ? 'could not be replaced; it was started again as it was'
          : 'was stopped and could neither be replaced nor started again: it is DOWN',
        again.ok ? EXIT.failed : EXIT.down,
      );
    }
    need(
      await supervisor.addProcessGroup(group),
      `was stopped and removed, but could not be added again: it is DOWN (try 'reloadctl add ${group}')`,
      EXIT.down,
    );
    this.#report.done(group, 'updated process group');
    this.#started.add(group);
    this.result.changed.push(group);
  }

  async #prove(group: string): Promise<void> {
    const proof = await this.#updater.prove(group);
    if (proof === EXIT.ok) return;
    throw new Stopped(
      proof === EXIT.refused
        ? 'does not boot as it is configured now; nothing of it was touched'
        : 'interrupted; nothing of it was touched',
      proof,
    );
  }

  async #change(group: string): Promise<void> {
    const updated = need(
      await updateGroup(this.#deps.supervisor, group),
      'could not be changed; it is as it was',
    );
    this.#started.add(group);
    const members = (updated?.members ?? []).filter(({ restart }) => restart);
    for (const [index, { name }] of members.entries()) {
      if (this.#updater.isInterrupted) this.#leaveMembers(members.slice(index), EXIT.interrupted);
      const exitCode = await this.#updater.renew(group, name);
      if (!mayGoOn(exitCode)) this.#leaveMembers(members.slice(index), exitCode);
      if (exitCode === EXIT.killed) this.#report.note(exitCode);
    }
    this.#report.done(group, 'updated process group');
    this.result.changed.push(group);
  }

  /** The daemon goes on calling the group changed until these have been started anew. */
  #leaveMembers(members: ReadonlyArray<{ readonly name: string }>, exitCode: ExitCode): never {
    const names = members.map(({ name }) => name).join(', ');
    throw new Stopped(
      `updated in part: not started anew with the new configuration: ${names}; update does what is left`,
      exitCode,
    );
  }

  async #add(group: string): Promise<void> {
    need(await this.#deps.supervisor.addProcessGroup(group), 'could not be added');
    this.#report.done(group, 'added process group');
    this.#started.add(group);
    this.result.added.push(group);
  }

  /** supervisorctl leaves it at having asked for the starts. */
  async #verify(): Promise<void> {
    if (this.#started.size === 0) return;
    const infos = await this.#updater.settle(this.#started);
    for (const info of infos) {
      const name = nameSpecOf(info);
      if (FAILED.has(info.state)) {
        this.#updater.say(`${name}: does not run: ${info.state} ${info.description}`.trimEnd());
        this.#report.note(EXIT.down);
      } else if (info.state === 'STARTING') {
        this.#updater.say(`${name}: is still STARTING and was not waited for any longer`);
      } else if (info.isBooting) {
        this.#updater.say(`${name}: its workers still boot and were not waited for any longer`);
      }
    }
  }
}

/** A program that exited by itself may have done its work. */
const FAILED: ReadonlySet<ProcessState> = new Set<ProcessState>(['BACKOFF', 'FATAL', 'UNKNOWN']);

function need<T>(result: RpcResult<T>, situation: string, exitCode: ExitCode = EXIT.failed): T {
  if (result.ok) return result.value;
  throw new Stopped(`${situation}: ${describeRpcFailure(result.error).message}`, exitCode);
}
