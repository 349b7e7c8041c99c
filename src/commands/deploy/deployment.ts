import { EXIT, ReloadctlError, type ExitCode } from '../../base/errors.ts';
import type { Rights } from '../../os/credentials.ts';
import { gunicornOf, knownOf, type ReloadFacts } from '../../policy/facts.ts';
import type { PlannedAction } from '../../policy/actions.ts';
import type { Refusal } from '../../policy/refusal.ts';
import { findInterpreterTrap } from '../../reload/deploy/find-interpreter-trap.ts';
import { prepareReleaseCheck } from '../../reload/deploy/check-release.ts';
import type { DeployAction, DeployResult } from '../../reload/deploy/deploy-events.ts';
import { removeDeploy, writeDeploy, type DeployRecord } from '../../reload/deploy/deploy-record.ts';
import { findStillOld } from '../../reload/deploy/find-still-old.ts';
import type { LinkMove } from '../../reload/deploy/find-link.ts';
import { moveLink } from '../../reload/deploy/move-link.ts';
import { gatherFacts, type Gathered } from '../../reload/gather-facts.ts';
import { Interruption } from '../../reload/interruption.ts';
import { Journal } from '../../reload/journal.ts';
import { mayGoOn, type TargetEnd } from '../../reload/several.ts';
import { keyOf, type Target } from '../../reload/target.ts';
import type { Context } from '../context.ts';
import { executeCheck } from '../execute-check.ts';
import { mergeOptions } from '../reload-options.ts';
import { runOne, type RunOn } from '../run-one.ts';
import { tellError } from '../tell-several.ts';
import type { DeployTeller } from './told.ts';

/** A program of the configuration. */
export type DeployTarget = Extract<Target, { kind: 'supervised' }>;

/** What a deployment works with. */
export interface DeployParts {
  readonly context: Context;
  readonly on: RunOn;
  readonly teller: DeployTeller;
  readonly action: DeployAction;
  readonly move: LinkMove;
  readonly linkRights: Rights;
  /** In the order of their turns. */
  readonly targets: readonly DeployTarget[];
}

/** Exit codes that say that nothing of the target was changed. */
const UNTOUCHED: ReadonlySet<ExitCode> = new Set<ExitCode>([
  EXIT.failed,
  EXIT.usage,
  EXIT.notRunningOnAction,
  EXIT.refused,
  EXIT.busy,
]);

/**
 * One release put into service behind a link: everything is proved aside, the link moves once, each program is told in its turn. Whatever fails
 * has the link go back first, then those that were told already.
 */
export class Deployment {
  readonly #parts: DeployParts;
  readonly #ends = new Map<string, TargetEnd>();
  readonly #begun: string[] = [];
  readonly #startedEpochMs: number;

  constructor(parts: DeployParts) {
    this.#parts = parts;
    this.#startedEpochMs = parts.on.os.wallClock();
  }

  async run(): Promise<DeployResult> {
    const { teller, move, targets, action } = this.#parts;
    teller.tell({
      event: 'deploy-started',
      action,
      link: move.link,
      from: move.from,
      to: move.to,
      programs: targets.map(({ label }) => label),
    });
    const actions = new Map<string, PlannedAction | undefined>();
    for (const target of targets) {
      const proved = await this.#prove(target);
      if (proved.code !== EXIT.ok) return this.#end(proved.code);
      actions.set(target.label, proved.action);
    }
    if (this.#isInterrupted) return this.#end(this.#interruptedCode);
    await this.#remember();
    const stuck = await this.#point('forward');
    if (stuck !== undefined) {
      await this.#forget();
      return this.#end(EXIT.failed);
    }
    for (const target of targets) {
      const code = await this.#switch(target, actions.get(target.label));
      if (!mayGoOn(code)) return this.#goBack(code);
    }
    await this.#forget();
    const codes = [...this.#ends.values()].map(({ exitCode }) => exitCode);
    return this.#end(codes.includes(EXIT.killed) ? EXIT.killed : EXIT.ok);
  }

  /** What a killed run has left: the release before serves again afterwards. */
  async putRight({ begun }: DeployRecord): Promise<DeployResult> {
    this.#begun.push(...begun);
    for (const target of begun) {
      this.#ends.set(target, { target, outcome: 'interrupted', exitCode: EXIT.interrupted });
    }
    return this.#goBack(EXIT.refused);
  }

  /** Boots the release aside as this program's next start would, and says how it is put into service then. */
  async #prove(
    target: DeployTarget,
  ): Promise<{ readonly code: ExitCode; readonly action?: PlannedAction | undefined }> {
    const { context, on, teller, move } = this.#parts;
    const began = on.os.now();
    const gathered = await this.#gather(target);
    const action = actionFor(gathered.facts);
    const options = mergeOptions(on.flags, target.program?.settings);
    const check = await prepareReleaseCheck(on.os, target, gathered, options, move);
    if (check === undefined) {
      teller.tell({ event: 'not-proved', target: target.label });
      return { code: EXIT.ok, action };
    }
    const renderer = await context.openRenderer({ target: target.label, atOnce: 1, aside: true });
    const { server } = gathered.facts;
    const version = server.type === 'running' ? server.live.version : undefined;
    try {
      renderer.begin(target.label);
      const parts = { os: on.os, renderer, interruption: on.interruption };
      const code = await executeCheck(parts, target, check, { began, version });
      if (code !== EXIT.ok) return { code };
      const trap = await findInterpreterTrap(on.os, gathered.facts, check.python, options);
      if (trap === undefined) return { code, action };
      renderer.begin(target.label);
      renderer.handle({ ...refused(trap), target: target.label, atMs: 0 });
      return { code: EXIT.refused };
    } finally {
      renderer.finish();
    }
  }

  #gather(target: DeployTarget, interruption = this.#parts.on.interruption): Promise<Gathered> {
    const { os, state, user } = this.#parts.on;
    return Journal.open(state, keyOf(target)).then((journal) =>
      gatherFacts(os, target, journal, user, interruption.orderly),
    );
  }

  async #switch(target: DeployTarget, action: PlannedAction | undefined): Promise<ExitCode> {
    const { teller, move } = this.#parts;
    if (action === undefined) {
      teller.tell({ event: 'left-stopped', target: target.label });
      return EXIT.ok;
    }
    this.#begun.push(target.label);
    await this.#remember();
    const code = await this.#act(target, action, this.#parts.on.interruption);
    if (!mayGoOn(code)) return code;
    const { facts } = await this.#gather(target, new Interruption());
    const pids = await findStillOld(this.#parts.on.os, facts, move);
    if (pids.length === 0) return code;
    teller.tell({ event: 'still-old', target: target.label, pids });
    return EXIT.down;
  }

  /** Carries an action out on one program and shows it. */
  async #act(
    target: DeployTarget,
    action: PlannedAction,
    interruption: Interruption,
    isWayBack = this.#parts.action === 'rollback',
  ): Promise<ExitCode> {
    const { context, on } = this.#parts;
    const renderer = await context.openRenderer({ target: target.label, atOnce: 1, aside: true });
    try {
      const { outcome, exitCode } = await runOne(
        { ...on, action, interruption, isWayBack },
        target,
        renderer,
      );
      this.#ends.set(target.label, { target: target.label, outcome, exitCode });
      return exitCode;
    } catch (error) {
      if (!(error instanceof ReloadctlError)) throw error;
      renderer.finish();
      await tellError(context, error, target.label);
      const { exitCode } = error;
      this.#ends.set(target.label, { target: target.label, outcome: 'error', exitCode });
      return exitCode;
    } finally {
      renderer.finish();
    }
  }

  /** The link first, so that whatever starts from now on is of the release before; then those that were told of the other one. */
  async #goBack(code: ExitCode): Promise<DeployResult> {
    const { targets } = this.#parts;
    const ends = new Map(this.#ends);
    let isWhole = (await this.#point('back')) === undefined;
    for (const label of this.#begun.toReversed()) {
      const target = targets.find((each) => each.label === label);
      const exitCode = ends.get(label)?.exitCode;
      if (target === undefined || (exitCode !== undefined && UNTOUCHED.has(exitCode))) continue;
      // Carried through to its end, whatever a person presses now.
      const back = await this.#actionBack(target);
      const undone = await this.#act(target, back, new Interruption(), true);
      isWhole &&= mayGoOn(undone);
    }
    for (const [label, end] of ends) this.#ends.set(label, end);
    if (isWhole) await Promise.all(targets.map((target) => this.#disarm(target)));
    if (isWhole) await this.#forget();
    return this.#end(code, isWhole);
  }

  /** What was refused does not lie there any more. */
  async #disarm(target: DeployTarget): Promise<void> {
    await (await Journal.open(this.#parts.on.state, keyOf(target))).disarm();
  }

  async #actionBack(target: DeployTarget): Promise<PlannedAction> {
    const { facts } = await this.#gather(target, new Interruption());
    const action = actionFor(facts) ?? 'start';
    return action === 'reload' ? 'restart' : action;
  }

  async #point(way: 'forward' | 'back'): Promise<string | undefined> {
    const { on, teller, move, linkRights } = this.#parts;
    const isBack = way === 'back';
    const text = isBack ? move.fromText : move.toText;
    const reason = await moveLink(on.os, linkRights, move.link, text);
    const { link } = move;
    if (reason !== undefined) teller.tell({ event: 'link-stuck', link, reason });
    else if (move.fromText !== move.toText) {
      teller.tell({ event: 'link-moved', link, leadsTo: isBack ? move.from : move.to, isBack });
    }
    return reason;
  }

  async #remember(): Promise<void> {
    const { on, move, targets } = this.#parts;
    if (on.state === undefined) return;
    await writeDeploy(on.state, {
      link: move.link,
      from: move.from,
      fromText: move.fromText,
      to: move.to,
      programs: targets.map(({ label }) => label),
      begun: this.#begun,
      startedEpochMs: this.#startedEpochMs,
      user: on.user,
    });
  }

  async #forget(): Promise<void> {
    const { on, move } = this.#parts;
    if (on.state !== undefined) await removeDeploy(on.state, move.link);
  }

  get #isInterrupted(): boolean {
    return this.#parts.on.interruption.orderly.aborted;
  }

  get #interruptedCode(): ExitCode {
    return this.#parts.on.interruption.signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
  }

  #end(code: ExitCode, isWhole = true): DeployResult {
    const { action, move, teller } = this.#parts;
    return {
      action,
      outcome: outcomeOf(code, isWhole),
      exitCode: isWhole ? code : EXIT.down,
      link: move.link,
      from: move.from,
      to: move.to,
      elapsedMs: teller.elapsedMs,
      targets: [...this.#ends.values()],
    };
  }
}

function outcomeOf(code: ExitCode, isWhole: boolean): DeployResult['outcome'] {
  if (!isWhole) return 'broken';
  if (code === EXIT.ok) return 'done';
  if (code === EXIT.killed) return 'done-with-kill';
  if (code === EXIT.interrupted || code === EXIT.terminated) return 'interrupted';
  return code === EXIT.down ? 'restored' : 'refused';
}

/** Told before the link moves, so that it does not have to. */
const refused = (refusal: Refusal) =>
  ({
    event: 'result',
    outcome: 'refused',
    exitCode: EXIT.refused,
    action: 'reload',
    strategy: undefined,
    elapsedMs: 0,
    refusal,
    failure: undefined,
    serving: undefined,
    killed: 0,
  }) as const;

/** What brings a new release into service; undefined where nobody wants the program to run. */
function actionFor(facts: ReloadFacts): PlannedAction | undefined {
  const state = facts.supervision?.state;
  if (state === 'STOPPED' || state === 'STOPPING') return undefined;
  if (facts.server.type === 'none') return 'start';
  if (gunicornOf(facts) !== undefined) return 'reload';
  // What serves nobody may be away for a moment; nothing else is stopped without being asked for.
  return (knownOf(facts)?.server.type.kind ?? 'web') === 'web' ? 'reload' : 'restart';
}
