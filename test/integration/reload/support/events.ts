import type { CommandResult } from '../../../rig/command.ts';

/** One line of `--json`, as loosely as a script would read it. */
export interface JsonEvent {
  readonly event: string;
  readonly atMs: number;
  readonly [field: string]: unknown;
}

/** The events that a command with `--json` printed. Throws where a line is no JSON. */
export function eventsOf(result: CommandResult): readonly JsonEvent[] {
  return result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonEvent);
}

/** The signals that were sent, as 'SIGHUP master'. */
export function signalsOf(result: CommandResult): readonly string[] {
  return eventsOf(result)
    .filter(({ event, outcome }) => event === 'signal' && outcome === 'sent')
    .map(({ signal, role }) => `${String(signal)} ${String(role)}`);
}
