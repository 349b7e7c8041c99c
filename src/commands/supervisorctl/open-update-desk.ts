import type { ExitCode } from '../../base/errors.ts';
import { ReloadctlError } from '../../base/errors.ts';
import type { Configuration } from '../../config/program.ts';
import { createOs } from '../../os/create-os.ts';
import type { Os } from '../../os/os.ts';
import { openStateDirectory, type StateDirectory } from '../../os/state-files.ts';
import type { Interruption } from '../../reload/interruption.ts';
import { preparePlan } from '../../reload/prepare-plan.ts';
import type { Target } from '../../reload/target.ts';
import type { GroupUpdate } from '../../reload/update/group-update.ts';
import { surveyChanges } from '../../reload/update/survey.ts';
import { describeRpcFailure } from '../../rpc/describe-failure.ts';
import type { ProcessInfo, ProcessState } from '../../rpc/supervisor.ts';
import { renderGroupUpdate } from '../../terminal/changes-text.ts';
import { columnsOf } from '../../terminal/output-stream.ts';
import type { Output, Outputs } from '../../terminal/renderer.ts';
import { escapeForTerminal } from '../../terminal/text/escape.ts';
import { wrapText } from '../../terminal/text/wrap.ts';
import type { Context } from '../context.ts';
import { nameSpecOf } from '../name-spec.ts';
import { mergeOptions } from '../reload-options.ts';
import { readEnvironment } from '../resolve-targets.ts';
import { runOne } from '../run-one.ts';
import { userName } from '../user-name.ts';
import type { UpdateDesk } from './update-desk.ts';

/** What starts for longer is not waited for: a startsecs of an hour is in use. */
const SETTLE_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** The desk of the real `reread` and `update`. */
export async function openUpdateDesk(
  context: Context,
  interruption: Interruption,
): Promise<UpdateDesk> {
  const os = await createOs();
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  return new Desk({
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

class Desk implements UpdateDesk {
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

  survey(): ReturnType<UpdateDesk['survey']> {
    const { context, os, state } = this.#parts;
    return surveyChanges({
      os,
      supervisor: context.supervisor,
      state,
      readConfiguration: () => this.#readConfiguration(),
    });
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

  async renew(group: string, name: string): Promise<ExitCode> {
    const { context, os, state, interruption } = this.#parts;
    const configuration = await this.#readConfiguration();
    const program = configuration?.groups
      .find((each) => each.name === group)
      ?.programs.find((each) => each.name === name);
    const { supervisor } = context;
    const label = nameSpecOf({ group, name });
    const target: Target = {
      kind: 'supervised',
      label,
      name: `${group}:${name}`,
      supervisor,
      program,
    };
    const user = await userName(os);
    const flags = { strategy: 'overlap' } as const;
    const overlap = await preparePlan(
      os,
      state,
      { action: 'reload', target, options: mergeOptions(flags, program?.settings), user },
      interruption.orderly,
    );
    const renderer = await context.openRenderer({ target: label, atOnce: 1, aside: true });
    try {
      // Nothing but a start of its own gives a process another command or environment.
      const way = overlap.plan.ok
        ? ({ action: 'reload', flags } as const)
        : ({ action: 'hard-restart', flags: {} } as const);
      const end = await runOne({ os, state, interruption, user, ...way }, target, renderer);
      return end.exitCode;
    } finally {
      renderer.finish();
    }
  }

  async settle(groups: ReadonlySet<string>): Promise<readonly ProcessInfo[]> {
    const { context, os, interruption } = this.#parts;
    const until = os.now() + SETTLE_MS;
    for (;;) {
      const infos = await context.supervisor.getAllProcessInfo();
      if (!infos.ok) throw describeRpcFailure(infos.error);
      const concerned = infos.value.filter(({ group }) => groups.has(group));
      const isMoving = concerned.some(({ state }) => MOVING.has(state));
      if (!isMoving || os.now() >= until || interruption.orderly.aborted) return concerned;
      // Aborted: the condition above says so.
      await os.sleep(LOOK_EVERY_MS, interruption.orderly).catch(() => undefined);
    }
  }

  /** What does not parse here, or may not be read, costs details only: the supervisor has read it itself. */
  async #readConfiguration(): Promise<Configuration | undefined> {
    const { context, os } = this.#parts;
    const read = async (): Promise<Configuration | undefined> => {
      try {
        return await context.loadConfiguration(await readEnvironment(os, context.supervisor));
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
