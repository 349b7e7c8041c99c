import type { CommandOptions, CommandResult } from '../../../rig/command.ts';
import { readProcess, signalProcess, type ProcessId } from '../../../rig/processes.ts';
import type { Site } from '../../../rig/site.ts';
import { waitFor } from '../../../rig/wait-for.ts';
import type { JsonEvent } from './events.ts';

/** A reloadctl that runs while the test goes on. */
export interface BackgroundCommand {
  /** The process; it is there as soon as this resolves. */
  readonly id: Promise<ProcessId>;
  readonly ended: Promise<CommandResult>;
  /** Waits until it has told of such an event. Rejects when it ends before. */
  waitForEvent(description: string, isIt: (event: JsonEvent) => boolean): Promise<JsonEvent>;
  /** Waits until it begins the step of that name. */
  waitForStep(id: string): Promise<JsonEvent>;
  signal(signal: NodeJS.Signals): Promise<void>;
}

/** The ceiling of a command in the background, and of each wait for one of its events. */
const CEILING_MS = 90_000;

/** Starts `reloadctl --json …` and returns at once. */
export function startReloadctl(
  site: Site,
  args: readonly string[],
  options: CommandOptions = {},
): BackgroundCommand {
  const events: JsonEvent[] = [];
  let unfinished = '';
  let result: CommandResult | undefined;
  let spawned: (id: ProcessId) => void = () => undefined;
  const id = new Promise<ProcessId>((resolve) => (spawned = resolve));
  const ended = site
    .reloadctl(['--json', ...args], {
      timeoutMs: CEILING_MS,
      ...options,
      onSpawn: (pid) => {
        spawned({ pid, startTicks: readProcess(pid)?.startTicks ?? 0 });
      },
      onStdout: (text) => {
        const lines = (unfinished + text).split('\n');
        unfinished = lines.pop() ?? '';
        events.push(...lines.map((line) => JSON.parse(line) as JsonEvent));
      },
    })
    .then((finished) => (result = finished));
  const waitForEvent = async (
    description: string,
    isIt: (event: JsonEvent) => boolean,
  ): Promise<JsonEvent> => {
    const found = await waitFor(
      description,
      () => events.find(isIt) ?? (result === undefined ? undefined : 'ended'),
      { ceilingMs: CEILING_MS, everyMs: 5, observe: () => events.map(({ event }) => event) },
    );
    if (found === 'ended') {
      throw new Error(`no ${description} before the end:\n${result?.stdout}${result?.stderr}`);
    }
    return found;
  };
  return {
    id,
    ended,
    waitForEvent,
    waitForStep: (name) =>
      waitForEvent(
        `step ${name}`,
        ({ event, step }) => event === 'step-started' && (step as { id: string }).id === name,
      ),
    signal: async (signal) => {
      signalProcess(await id, signal);
    },
  };
}
