import { ReloadctlError } from '../../base/errors.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { readConfigurationInTurns } from '../../config/load-configuration.ts';
import { thisHost } from '../../config/host.ts';
import type { Program } from '../../config/program.ts';
import type { Fault } from '../../daemon/control.ts';
import type { Engine, OpenEngine } from '../../daemon/server/engine.ts';
import type { Os } from '../../os/os.ts';
import { openStateDirectory, type StateDirectory } from '../../os/state-files.ts';
import type { ReloadEvent } from '../../reload/events.ts';
import { Interruption } from '../../reload/interruption.ts';
import { preparePlan } from '../../reload/prepare-plan.ts';
import { readHistory } from '../../reload/read-history.ts';
import { runAction } from '../../reload/run-action.ts';
import { LOCK_WAIT_MS } from '../../reload/take-lock.ts';
import type { Target } from '../../reload/target.ts';
import type { RpcStruct } from '../../rpc/value.ts';
import { nameSpecOf, splitNameSpec } from '../../base/name-spec.ts';
import { Notifier, notifyUrlsOf, warnOnStderr } from '../notifier.ts';
import { mergeOptions } from '../reload-options.ts';
import { userName } from '../user-name.ts';
import { describeWorkers } from './describe-workers.ts';
import { parseEngineOptions, type EngineRequest } from './engine-options.ts';
import { toWire } from './to-wire.ts';

/** No more of the history is worth a call. */
const MAX_ENTRIES = 1000;

/** What the configuration says of a program 'group:name'; undefined where it says nothing. */
export type FindProgram = (name: string) => Promise<Program | undefined>;

/** The engine of the command line for a daemon that runs the programs of `file`. */
export function openEngineFor(file: string, os: Os): OpenEngine {
  return openEngine(os, (name) => findProgram(name, file));
}

/** The engine of the command line for a daemon whose programs `find` knows. */
export function openEngine(os: Os, find: FindProgram): OpenEngine {
  return (supervisor): Engine => {
    const target = async (name: string): Promise<Target> => {
      const program = await find(name);
      return { kind: 'supervised', label: labelOf(name), name, supervisor, program };
    };
    return {
      reload: async (name, options) => reload(os, await target(name), options),
      plan: async (name, options) => plan(os, await target(name), options),
      workers: async (name) => {
        const workers = await describeWorkers(os, supervisor, name);
        return workers.ok ? ok(toWire(workers.value)) : workers;
      },
      history: async (name) => {
        const label = name === undefined ? undefined : labelOf(name);
        const entries = await readHistory(await openState(os), label);
        return ok(toWire(entries.slice(-MAX_ENTRIES)));
      },
    };
  };
}

async function reload(os: Os, target: Target, options: RpcStruct): Promise<Result<unknown, Fault>> {
  return onRequest(target, options, async (request, merged) => {
    const events: ReloadEvent[] = [];
    const interruption = new Interruption();
    const notifier = new Notifier(os, interruption.atOnce, warnOnStderr);
    const exitCode = await runAction(
      {
        os,
        state: await openState(os),
        sink: (event) => {
          events.push(event);
          // Who has called waits for the action, not for a chat.
          if (event.event === 'result') notifier.send(notifyUrlsOf(target), event);
        },
        interruption,
      },
      {
        action: request.action,
        target,
        options: merged,
        waitMs: request.wait ? LOCK_WAIT_MS : 0,
        user: await userName(os),
      },
    );
    const planned = events.find(({ event }) => event === 'plan');
    const last = events.at(-1);
    return {
      exitCode,
      outcome: last?.event === 'result' ? last.outcome : 'failed',
      ...(planned?.event === 'plan' ? { plan: planned.plan } : {}),
      events,
    };
  });
}

async function plan(os: Os, target: Target, options: RpcStruct): Promise<Result<unknown, Fault>> {
  return onRequest(target, options, async ({ action }, merged) => {
    const { plan: decided } = await preparePlan(
      os,
      await openState(os),
      { action, target, options: merged, user: await userName(os) },
      new AbortController().signal,
    );
    return decided.ok ? { plan: decided.value } : { refusal: decided.error };
  });
}

/** Does `work` for what a client asks; what keeps the engine from beginning at all is a fault. */
async function onRequest(
  target: Target,
  options: RpcStruct,
  work: (request: EngineRequest, merged: ReturnType<typeof mergeOptions>) => Promise<unknown>,
): Promise<Result<unknown, Fault>> {
  const request = parseEngineOptions(options);
  if (!request.ok) return err({ name: 'BAD_ARGUMENTS', detail: request.error });
  const settings = target.kind === 'supervised' ? target.program?.settings : undefined;
  try {
    return ok(toWire(await work(request.value, mergeOptions(request.value.flags, settings))));
  } catch (error) {
    if (!(error instanceof ReloadctlError)) throw error;
    const detail = [error.message, error.hint ?? ''].join('. ').trim();
    return err({ name: error.code === 'usage' ? 'BAD_ARGUMENTS' : 'FAILED', detail });
  }
}

function labelOf(name: string): string {
  const { group, name: process = group } = splitNameSpec(name);
  return nameSpecOf({ group, name: process });
}

/** A file that cannot be read any more says nothing of the programs; the supervisor still knows them. */
async function findProgram(spec: string, file: string): Promise<Program | undefined> {
  const { group, name } = splitNameSpec(spec);
  const read = await readConfigurationInTurns(file, thisHost());
  if (!read.ok) return undefined;
  return read.value.groups
    .find((candidate) => candidate.name === group)
    ?.programs.find((program) => program.name === name);
}

async function openState(os: Os): Promise<StateDirectory | undefined> {
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  return state.ok ? state.value : undefined;
}
