import type { ExitCode } from '../../../../src/base/errors.ts';
import { ok } from '../../../../src/base/result.ts';
import type { CommandDeps } from '../../../../src/commands/supervisorctl/report.ts';
import type { Settled, Updater } from '../../../../src/commands/supervisorctl/updater.ts';
import type { GroupChanges } from '../../../../src/config/changes/group-changes.ts';
import type { GroupUpdate } from '../../../../src/reload/update/group-update.ts';

/** What a fake updater knows beside what the supervisor answers to reloadConfig. */
export interface DeskOptions {
  /** What the supervisor says of groups that it can change in place. */
  readonly changes?: Readonly<Record<string, GroupChanges>>;
  /** How it ends when a process ('group:name') is started anew. */
  readonly renewals?: Readonly<Record<string, ExitCode>>;
  /** How the proof of a group ends. */
  readonly proofs?: Readonly<Record<string, ExitCode>>;
  /** What runs when all has been done. */
  readonly settled?: ReadonlyArray<Partial<Settled>>;
  /** From which call on it is interrupted. */
  readonly interruptedAfter?: number;
}

/** A updater that records what it is asked for and what is told. */
export class FakeUpdater implements Updater {
  readonly told: string[] = [];
  readonly renewed: string[] = [];
  readonly proved: string[] = [];
  remembered: readonly string[] | undefined;
  readonly atOnce = new AbortController().signal;
  readonly #deps: CommandDeps;
  readonly #options: DeskOptions;
  #looks = 0;

  constructor(deps: CommandDeps, options: DeskOptions = {}) {
    this.#deps = deps;
    this.#options = options;
  }

  get isInterrupted(): boolean {
    this.#looks += 1;
    return this.#looks > (this.#options.interruptedAfter ?? Infinity);
  }

  async survey(): ReturnType<Updater['survey']> {
    const changes = await this.#deps.supervisor.reloadConfig();
    if (!changes.ok) return changes;
    const { added, changed, removed } = changes.value;
    const toUpdate =
      (change: GroupUpdate['change']) =>
      (group: string): GroupUpdate => ({
        group,
        change,
        changes: this.#options.changes?.[group],
        touched: [],
        overlapping: [],
        remarks: [],
      });
    return ok({
      changes: changes.value,
      updates: [
        ...removed.map(toUpdate('removed')),
        ...changed.map(toUpdate('changed')),
        ...added.map(toUpdate('added')),
      ],
      remember: (applied) => {
        this.remembered = [...applied];
        return Promise.resolve();
      },
    });
  }

  lines({ group }: GroupUpdate): readonly string[] {
    return [`  details of ${group}`];
  }

  tell({ group }: GroupUpdate): void {
    this.told.push(`details of ${group}`);
  }

  say(text: string): void {
    this.told.push(text);
  }

  renew(group: string, name: string): Promise<ExitCode> {
    this.renewed.push(`${group}:${name}`);
    return Promise.resolve(this.#options.renewals?.[`${group}:${name}`] ?? 0);
  }

  prove(group: string): Promise<ExitCode> {
    this.proved.push(group);
    return Promise.resolve(this.#options.proofs?.[group] ?? 0);
  }

  settle(): Promise<readonly Settled[]> {
    return Promise.resolve((this.#options.settled ?? []) as readonly Settled[]);
  }
}
