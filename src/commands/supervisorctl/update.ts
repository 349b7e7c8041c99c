import { EXIT, type ExitCode } from '../../base/errors.ts';
import { FAULT_CODES } from '../../rpc/faults.ts';
import type { ConfigChanges, RpcResult } from '../../rpc/supervisor.ts';
import { refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type Surroundings } from './report.ts';
import { wordsOf } from './words-of.ts';

/**
 * Lets the supervisor read its configuration again and applies it: what is gone is stopped and removed, what has changed is stopped, removed
 * and added again, what is new is added. With names, only to those groups.
 */
export async function runUpdate(
  surroundings: Surroundings,
  args: readonly string[],
): Promise<ExitCode> {
  const report = new Report(surroundings, 'update');
  const changes = await surroundings.supervisor.reloadConfig();
  if (!changes.ok) {
    if (faultOf(changes.error) !== 'SHUTDOWN_STATE') throw refuse(surroundings, changes.error);
    report.failed('ERROR: already shutting down', EXIT.failed);
    return report.end();
  }
  const words = new Set(wordsOf(args));
  // 'all' among the names is as good as no name.
  const names = words.has('all') ? new Set<string>() : words;
  if (names.size > 0) await checkNames(surroundings, report, names, changes.value);
  const chosen = (groups: readonly string[]): readonly string[] =>
    groups.filter((group) => names.size === 0 || names.has(group));
  const update = new Update(surroundings, report);
  for (const group of chosen(changes.value.removed)) await update.remove(group);
  for (const group of chosen(changes.value.changed)) await update.replace(group);
  for (const group of chosen(changes.value.added)) await update.add(group);
  return report.end(update.result);
}

/** A name has to be an active group or one that is added. Wrong ones are told; the others are updated all the same. */
async function checkNames(
  surroundings: Surroundings,
  report: Report,
  names: ReadonlySet<string>,
  changes: ConfigChanges,
): Promise<void> {
  const infos = await surroundings.supervisor.getAllProcessInfo();
  if (!infos.ok) throw refuse(surroundings, infos.error);
  const groups = new Set([...infos.value.map(({ group }) => group), ...changes.added]);
  for (const name of names) {
    if (!groups.has(name)) report.failed(`ERROR: no such group: ${name}`, EXIT.failed, name);
  }
}

class Update {
  readonly #surroundings: Surroundings;
  readonly #report: Report;
  readonly result = {
    added: new Array<string>(),
    changed: new Array<string>(),
    removed: new Array<string>(),
  };

  constructor(surroundings: Surroundings, report: Report) {
    this.#surroundings = surroundings;
    this.#report = report;
  }

  async remove(group: string): Promise<void> {
    const { supervisor } = this.#surroundings;
    const results = this.#need(await supervisor.stopProcessGroup(group, true));
    this.#report.done(group, 'stopped');
    if (results.some(({ status }) => status === FAULT_CODES.FAILED)) {
      this.#report.failed(`${group}: has problems; not removing`, EXIT.failed, group);
      return;
    }
    this.#need(await supervisor.removeProcessGroup(group));
    this.#report.done(group, 'removed process group');
    this.result.removed.push(group);
  }

  async replace(group: string): Promise<void> {
    const { supervisor } = this.#surroundings;
    this.#need(await supervisor.stopProcessGroup(group, true));
    this.#report.done(group, 'stopped');
    this.#need(await supervisor.removeProcessGroup(group));
    this.#need(await supervisor.addProcessGroup(group));
    this.#report.done(group, 'updated process group');
    this.result.changed.push(group);
  }

  async add(group: string): Promise<void> {
    this.#need(await this.#surroundings.supervisor.addProcessGroup(group));
    this.#report.done(group, 'added process group');
    this.result.added.push(group);
  }

  #need<T>(result: RpcResult<T>): T {
    if (!result.ok) throw refuse(this.#surroundings, result.error);
    return result.value;
  }
}
