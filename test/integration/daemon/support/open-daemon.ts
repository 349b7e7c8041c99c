import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { Result } from '../../../../src/base/result.ts';
import { thisHost } from '../../../../src/config/host.ts';
import { readConfiguration } from '../../../../src/config/load-configuration.ts';
import { NO_LEGACY } from '../../../../src/daemon/adopt/find-survivors.ts';
import { openRuntimeDirectory } from '../../../../src/daemon/adopt/runtime-directory.ts';
import { createDaemon } from '../../../../src/daemon/create-daemon.ts';
import type { Daemon } from '../../../../src/daemon/daemon.ts';
import type { DaemonEvent } from '../../../../src/daemon/events/daemon-event.ts';
import { openMainLog } from '../../../../src/daemon/logs/open-main-log.ts';
import { UNCHANGED } from '../../../../src/daemon/spawn/started-with.ts';
import type { ProcessSnapshot } from '../../../../src/daemon/process/process-info.ts';
import type { ProcessState } from '../../../../src/rpc/supervisor.ts';
import { createOs } from '../../../../src/os/create-os.ts';
import { processesWithEnvironment } from '../../../rig/processes.ts';
import { waitFor } from '../../../rig/wait-for.ts';

/** A daemon in the test's own process, with real programs. */
export interface TestDaemon {
  readonly daemon: Daemon;
  readonly directory: string;
  readonly events: readonly DaemonEvent[];
  /** Monotonic times of the events, milliseconds. */
  readonly eventTimes: readonly number[];
  /** Puts another text in the place of the programs' sections. */
  readonly rewrite: (programs: string) => void;
  /** A file in its directory. */
  readonly read: (name: string) => string;
  readonly waitForState: (name: string, state: ProcessState, ceilingMs?: number) => Promise<void>;
  readonly stateOf: (name: string) => ProcessState;
  readonly pidOf: (name: string) => number;
}

/** The variable by which every process of a test's daemon is found, whatever becomes of it. */
const MARKER = 'RELOADCTL_TEST_DAEMON';

/**
 * Begins a daemon with these program sections; `%DIR%` in them is a temporary directory. It is shut down at the end of the test, which fails when
 * anything of it is left. Processes that outlive their program on purpose are ended first by the test.
 */
export async function openTestDaemon(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  programs: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestDaemon> {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-daemon-'));
  const file = join(directory, 'supervisord.conf');
  const rewrite = (text: string): void => {
    const head = `[supervisord]\npidfile=${directory}/s.pid\nchildlogdir=${directory}\n`;
    writeFileSync(file, head + text.replaceAll('%DIR%', directory));
  };
  rewrite(programs);
  const os = await createOs();
  const read = (): ReturnType<typeof readConfiguration> => readConfiguration(file, thisHost());
  const configuration = valueOf(read());
  const mainLog = await openMainLog({
    settings: { ...configuration.supervisord, logfile: join(directory, 's.log') },
    toStdout: false,
    os,
  });
  const daemon = createDaemon({
    os,
    version: '0.0.0-test',
    configuration,
    runtime: valueOf(
      openRuntimeDirectory(join(directory, 's.pid'), { uid: os.me.uid, env: process.env }),
    ),
    bootId: 'test',
    mainLog,
    syslog: undefined,
    environment: { ...process.env, [MARKER]: directory, ...environment },
    startedWith: UNCHANGED,
    readConfiguration: () => {
      const again = read();
      return Promise.resolve(again.ok ? again : { ok: false, error: again.error.message });
    },
  });
  const seen: DaemonEvent[] = [];
  const times: number[] = [];
  daemon.events.subscribe((event) => {
    seen.push(event);
    times.push(performance.now());
  });
  onTestFinished(async () => {
    daemon.shutdown();
    await daemon.ended;
    await mainLog.close();
    const left = processesWithEnvironment(MARKER, directory);
    for (const each of left) process.kill(each.pid, 'SIGKILL');
    await rm(directory, { recursive: true, force: true });
    if (left.length > 0)
      throw new Error(`left running: ${left.map((p) => p.argv.join(' ')).join('; ')}`);
  });
  await daemon.begin(NO_LEGACY);
  const find = (name: string): ProcessSnapshot => {
    const [group = '', process = group] = name.split(':');
    const found = daemon.groups.member(group, process)?.process.snapshot;
    if (found === undefined) throw new Error(`no process ${name}`);
    return found;
  };
  return {
    daemon,
    directory,
    events: seen,
    eventTimes: times,
    rewrite,
    read: (name) => readFileSync(join(directory, name), 'utf8'),
    async waitForState(name, state, ceilingMs = 60_000) {
      await waitFor(`${name} to be ${state}`, () => find(name).state === state || undefined, {
        ceilingMs,
        everyMs: 5,
        observe: () => find(name),
      });
    },
    stateOf: (name) => find(name).state,
    pidOf: (name) => find(name).pid,
  };
}

/** The value of a result that has to be one. */
export function valueOf<T, E>(result: Result<T, E>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}
