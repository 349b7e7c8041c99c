import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSupervisor } from '../../../../src/rpc/client.ts';
import type {
  ProcessInfo,
  ProcessState,
  RpcResult,
  Supervisor,
} from '../../../../src/rpc/supervisor.ts';
import { endProcesses, processesWithEnvironment } from '../../../rig/processes.ts';
import type { FoundPython } from '../../../rig/python.ts';
import { waitFor } from '../../../rig/wait-for.ts';
import { startOneOf, type SERVERS } from '../../daemon/support/both-servers.ts';
import type { RealSupervisord } from '../../rpc-supervisord.ts';
import { readRecorded, RECORDER_NAME, recorderFiles, type Recorded } from './recorder.ts';

/** A process that came to a state. */
export interface StateChange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly state: ProcessState;
  /** What the event says beside names: `tries:1`, `expected:0 pid:5`. */
  readonly details: string;
}

/** Marks every program of a site, so that those that outlive their parents on purpose are ended, too. */
const MARKER = 'RELOADCTL_TEST_CONFORMANCE';

let sites = 0;

/** One of the two servers with programs and a listener that keeps every event. */
export class ConformanceSite {
  readonly server: RealSupervisord;
  readonly supervisor: Supervisor;
  readonly #marker: string;

  private constructor(server: RealSupervisord, marker: string) {
    this.server = server;
    this.supervisor = createSupervisor({ url: server.unixUrl });
    this.#marker = marker;
  }

  /** Starts it and waits until the listener, which hears of `events`, runs. In `programs`, %(here)s is its directory, which has `files`. */
  static async start(
    name: (typeof SERVERS)[number],
    python: FoundPython,
    programs: string,
    events = 'EVENT',
    files: Readonly<Record<string, string>> = {},
  ): Promise<ConformanceSite> {
    sites += 1;
    const marker = `${process.pid}-${sites}`;
    const { section, program } = recorderFiles(python.bin.python, events);
    const supervisord = `[supervisord]\nenvironment=${MARKER}="${marker}",PYTHONUTF8="1"\n`;
    const server = await startOneOf(name, python, supervisord + programs + section, {
      'recorder.py': program,
      ...files,
    });
    const site = new ConformanceSite(server, marker);
    await site.waitForState(RECORDER_NAME, 'RUNNING');
    return site;
  }

  /** The value of a call, or its fault as `10 BAD_NAME: x`. */
  async call(method: string, ...params: readonly unknown[]): Promise<unknown> {
    return outcomeOf(await this.supervisor.call(`supervisor.${method}`, params));
  }

  async info(name: string): Promise<ProcessInfo> {
    const info = await this.supervisor.getProcessInfo(name);
    if (!info.ok) throw new Error(`${name}: ${JSON.stringify(info.error)}`);
    return info.value;
  }

  async waitForState(name: string, state: ProcessState): Promise<ProcessInfo> {
    let seen: ProcessInfo | undefined;
    return waitFor(
      `${name} to be ${state}`,
      async () => {
        seen = await this.info(name);
        return seen.state === state ? seen : undefined;
      },
      { observe: () => [seen, this.mainLog] },
    );
  }

  /** All that the listener was told. */
  get events(): readonly Recorded[] {
    return readRecorded(this.server.directory);
  }

  /** The states that a process came to, in order. */
  changesOf(name: string): readonly StateChange[] {
    return this.events.flatMap(({ at, type, payload }) => {
      const state = /^PROCESS_STATE_(\w+)$/.exec(type)?.[1];
      const about = /^processname:(\S+) groupname:(\S+) from_state:\w+ ?(.*)$/.exec(payload);
      return state !== undefined && about?.[1] === name
        ? [{ at, state: state as ProcessState, details: about[3] ?? '' }]
        : [];
    });
  }

  statesOf(name: string): readonly ProcessState[] {
    return this.changesOf(name).map(({ state }) => state);
  }

  /** Waits until a process has come to a state so often, and returns all of its changes. */
  async waitForChange(
    name: string,
    state: ProcessState,
    times = 1,
  ): Promise<readonly StateChange[]> {
    return waitFor(
      `${name} to come to ${state} ${times} times`,
      () => {
        const changes = this.changesOf(name);
        return changes.filter((each) => each.state === state).length >= times ? changes : undefined;
      },
      { ceilingMs: 60_000, observe: () => this.changesOf(name) },
    );
  }

  /** The log of the supervisor. */
  get mainLog(): string {
    return this.read('supervisord.log');
  }

  /** A file of its directory; '' while it is not there. */
  read(name: string): string {
    const path = join(this.server.directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  async waitForText(name: string, text: string | RegExp): Promise<string> {
    return waitFor(
      `${name} to hold ${String(text)}`,
      () => {
        const found = this.read(name);
        const holds = typeof text === 'string' ? found.includes(text) : text.test(found);
        return holds ? found : undefined;
      },
      { observe: () => this.read(name) },
    );
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.server.directory, name), text);
  }

  async stop(): Promise<void> {
    this.supervisor.close();
    const ours = processesWithEnvironment(MARKER, this.#marker);
    await this.server.stop();
    await endProcesses([...ours, ...processesWithEnvironment(MARKER, this.#marker)], 0);
  }
}

/** What a call came to: its value, or its fault. */
export function outcomeOf(result: RpcResult<unknown>): unknown {
  if (result.ok) return result.value;
  const { error } = result;
  return error.kind === 'fault' ? `${error.code} ${error.text}` : error.kind;
}
