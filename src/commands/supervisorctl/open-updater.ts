import { EXIT, ReloadctlError, type ExitCode } from '../../base/errors.ts';
import type { Configuration, Program } from '../../config/program.ts';
import { createOs } from '../../os/create-os.ts';
import type { Os } from '../../os/os.ts';
import { openStateDirectory, type StateDirectory } from '../../os/state-files.ts';
import { findClaimed, findSupervisor, provenProc } from '../../reload/claimed-process.ts';
import { prepareConfiguredCheck } from '../../reload/check-code.ts';
import type { Interruption } from '../../reload/interruption.ts';
import { preparePlan } from '../../reload/prepare-plan.ts';
import type { Target } from '../../reload/target.ts';
import type { GroupUpdate } from '../../reload/update/group-update.ts';
import { surveyChanges } from '../../reload/update/survey.ts';
import { describeRpcFailure } from '../../rpc/describe-failure.ts';
import type { ProcessInfo, ProcessState } from '../../rpc/supervisor.ts';
import { ServerObserver } from '../../servers/observe-server.ts';
import { findServer } from '../../servers/recognise.ts';
import { SERVER_TYPES } from '../../servers/registry.ts';
import { renderGroupUpdate } from '../../terminal/changes-text.ts';
import { columnsOf } from '../../terminal/output-stream.ts';
import type { Output, Outputs } from '../../terminal/renderer.ts';
import { escapeForTerminal } from '../../terminal/text/escape.ts';
import { wrapText } from '../../terminal/text/wrap.ts';
import type { Context } from '../context.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import { executeCheck } from '../execute-check.ts';
import { mergeOptions } from '../reload-options.ts';
import { supervisorEnvironment } from '../resolve-targets.ts';
import { runOne } from '../run-one.ts';
import { userName } from '../user-name.ts';
import type { Settled, Updater } from './updater.ts';

/** What starts for longer is not waited for: a startsecs of an hour is in use. */
const SETTLE_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** The updater of the real `reread` and `update`. */
export async function openUpdater(context: Context, interruption: Interruption): Promise<Updater> {
  const os = await createOs();
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  return new RealUpdater({
    context,
    os,
    state: state.ok ? state.value : undefined,
    interruption,
    outputs: await context.openOutputs(),
  });
}

interface Parts {
  readonly context: Context;
  readonly os: Os;
  readonly state: StateDirectory | undefined;
  readonly interruption: Interruption;
  readonly outputs: Outputs;
}

class RealUpdater implements Updater {
  readonly #parts: Parts;
  #configuration: Promise<Configuration | undefined> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get isInterrupted(): boolean {
    return this.#parts.interruption.orderly.aborted;
  }

  get atOnce(): AbortSignal {
    return this.#parts.interruption.atOnce;
  }

  async survey(): ReturnType<Updater['survey']> {
    const { context, os, state, interruption } = this.#parts;
    const survey = await surveyChanges({
      os,
      supervisor: context.supervisor,
      state,
      readConfiguration: () => this.#readConfiguration(),
    });
    // Nothing has been applied until now.
    interruption.begin();
    return survey;
  }

  lines(update: GroupUpdate): readonly string[] {
    return linesOn(this.#parts.outputs.out, update);
  }

  tell(update: GroupUpdate, title?: string): void {
    const { context, outputs } = this.#parts;
    if (context.options.quiet === true || context.options.json === true) return;
    const head = title === undefined ? [] : [escapeForTerminal(title)];
    outputs.err.stream.write(`${[...head, ...linesOn(outputs.err, update)].join('\n')}\n`);
  }

  say(text: string): void {
    const { stream, theme } = this.#parts.outputs.err;
    const safe = theme.plain(escapeForTerminal(text, { maxLength: 10_000 }));
    stream.write(`${wrapText(safe, columnsOf(stream)).join('\n')}\n`);
  }

  async prove(group: string): Promise<ExitCode> {
    const infos = await this.#parts.context.supervisor.getAllProcessInfo();
    if (!infos.ok) throw describeRpcFailure(infos.error);
    const running = infos.value.filter((info) => info.group === group && info.pid !== 0);
    const sections = new Set<string>();
    for (const info of running) {
      const program = await this.#programOf(group, info.name);
      // The processes of a section are alike but for their number.
      if (program === undefined || sections.has(program.section)) continue;
      sections.add(program.section);
      const exitCode = await this.#proveProgram(program, info.pid);
      if (exitCode !== EXIT.ok) return exitCode;
    }
    return EXIT.ok;
  }

  async #proveProgram(program: Program, pid: number): Promise<ExitCode> {
    const { context, os, interruption } = this.#parts;
    const began = os.now();
    const known = await findSupervisor(os, context.supervisor);
    // Another machine, or another container.
    const supervisorProc = provenProc(known);
    if (supervisorProc === undefined) return EXIT.ok;
    const claimed = await findClaimed(os, known, { pid, isAdopted: true });
    const running = claimed.ok ? claimed.value : undefined;
    const options = mergeOptions({}, program.settings);
    const check = await prepareConfiguredCheck(os, program, { supervisorProc, running }, options);
    if (check === undefined) return EXIT.ok;
    const target = this.#targetOf(program.group, program.name, program);
    const renderer = await context.openRenderer({ target: target.label, atOnce: 1, aside: true });
    try {
      renderer.begin(target.label);
      const parts = { os, renderer, interruption };
      return await executeCheck(parts, target, check, { began, version: undefined });
    } finally {
      renderer.finish();
    }
  }

  async #programOf(group: string, name: string): Promise<Program | undefined> {
    const configuration = await this.#readConfiguration();
    return configuration?.groups
      .find((each) => each.name === group)
      ?.programs.find((each) => each.name === name);
  }

  #targetOf(group: string, name: string, program: Program | undefined): Target {
    const { supervisor } = this.#parts.context;
    const label = nameSpecOf({ group, name });
    return { kind: 'supervised', label, name: `${group}:${name}`, supervisor, program };
  }

  async renew(group: string, name: string): Promise<ExitCode> {
    const { context, os, state, interruption } = this.#parts;
    const program = await this.#programOf(group, name);
    const target = this.#targetOf(group, name, program);
    const { label } = target;
    const user = await userName(os);
    const flags = { strategy: 'overlap' } as const;
    const overlap = await preparePlan(
      os,
      state,
      { action: 'reload', target, options: mergeOptions(flags, program?.settings), user },
      interruption.orderly,
    );
    // What is refused because it could not come up is refused here, too.
    const overlaps =
      overlap.plan.ok ||
      overlap.plan.error.code === 'settings-broken' ||
      overlap.plan.error.code === 'bind-taken';
    const pid = overlap.gathered.facts.supervision?.proc?.pid;
    if (!overlaps && program !== undefined && pid !== undefined) {
      const proof = await this.#proveProgram(program, pid);
      if (proof !== EXIT.ok) return proof;
    }
    const renderer = await context.openRenderer({ target: label, atOnce: 1, aside: true });
    try {
      // Nothing but a start of its own gives a process another command or environment.
      const way = overlaps
        ? ({ action: 'reload', flags } as const)
        : ({ action: 'hard-restart', flags: {} } as const);
      const end = await runOne({ os, state, interruption, user, ...way }, target, renderer);
      return end.exitCode;
    } finally {
      renderer.finish();
    }
  }

  async settle(groups: ReadonlySet<string>): Promise<readonly Settled[]> {
    const { context, os, interruption } = this.#parts;
    const until = os.now() + SETTLE_MS;
    for (;;) {
      const infos = await context.supervisor.getAllProcessInfo();
      if (!infos.ok) throw describeRpcFailure(infos.error);
      const concerned: Settled[] = [];
      let isMoving = false;
      for (const info of infos.value.filter(({ group }) => groups.has(group))) {
        concerned.push({ ...info, isBooting: await this.#isBooting(info) });
        isMoving ||= MOVING.has(info.state) || (await this.#isDue(info));
      }
      isMoving ||= concerned.some(({ isBooting }) => isBooting);
      if (!isMoving || os.now() >= until || interruption.orderly.aborted) return concerned;
      // Aborted: the condition above says so.
      await os.sleep(LOOK_EVERY_MS, interruption.orderly).catch(() => undefined);
    }
  }

  /** supervisord starts what it has taken up at its next look at it, up to a second later. */
  async #isDue({ group, name, state, start }: ProcessInfo): Promise<boolean> {
    if (state !== 'STOPPED' || start !== 0) return false;
    return (await this.#programOf(group, name))?.autostart === true;
  }

  async #isBooting({ pid, state }: ProcessInfo): Promise<boolean> {
    const { os, context } = this.#parts;
    if (state !== 'RUNNING') return false;
    const known = await findSupervisor(os, context.supervisor);
    const claimed = await findClaimed(os, known, { pid, isAdopted: true });
    const proc = claimed.ok ? claimed.value : undefined;
    if (proc === undefined) return false;
    const search = await findServer(os, proc, SERVER_TYPES);
    if (search.found !== 'server') return search.found === 'booting';
    const rules = search.server.workers;
    if (rules === undefined) return false;
    const view = await new ServerObserver(os, search.server).look(search.live.proc);
    const workers = view?.workers ?? [];
    const mayBeNone = rules.varies === true;
    return (workers.length === 0 && !mayBeNone) || workers.some(({ ready }) => ready === false);
  }

  /** What does not parse here, or may not be read, costs details only: the supervisor has read it itself. */
  async #readConfiguration(): Promise<Configuration | undefined> {
    const { context, os } = this.#parts;
    const read = async (): Promise<Configuration | undefined> => {
      try {
        return await context.loadConfiguration(await supervisorEnvironment(os, context.supervisor));
      } catch (error) {
        if (error instanceof ReloadctlError) return undefined;
        throw error;
      }
    };
    this.#configuration ??= read();
    return this.#configuration;
  }
}

const MOVING: ReadonlySet<ProcessState> = new Set<ProcessState>(['STARTING', 'STOPPING']);

function linesOn({ stream, theme }: Output, update: GroupUpdate): readonly string[] {
  return renderGroupUpdate(update, theme, columnsOf(stream));
}
