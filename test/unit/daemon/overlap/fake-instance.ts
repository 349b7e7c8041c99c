import type { ExitStatus } from '../../../../src/daemon/process/exit-status.ts';
import { CONFIGURED_FILES } from '../../../../src/daemon/overlap/instance-files.ts';
import type { Instance } from '../../../../src/daemon/overlap/instance.ts';
import type { Pid, SignalOutcome } from '../../../../src/os/proc.ts';
import { VirtualClock } from '../../../fake/clock.ts';

/** An instance that ends when the test says so. */
export interface FakeInstance {
  readonly instance: Instance;
  readonly end: (status?: ExitStatus) => void;
}

/** An instance with this pid. */
export function fakeInstance(pid: number, patienceS = 10): FakeInstance {
  let end: (status: ExitStatus) => void = () => undefined;
  const exited = new Promise<ExitStatus>((resolve) => {
    end = resolve;
  });
  const instance: Instance = {
    id: { pid: pid as Pid, startTicks: pid },
    startedEpochMs: 0,
    startedAs: undefined,
    exited,
    files: CONFIGURED_FILES,
    sockets: [],
    left: { members: Promise.resolve([]), marker: undefined, uid: 0 },
    gracefulTimeoutS: undefined,
    patienceS,
  };
  return {
    instance,
    end: (status = { kind: 'code', code: 0 }) => {
      end(status);
    },
  };
}

/** Time and signals, the latter written down: '1000 SIGTERM 7'. */
export function fakeWorld(outcome: SignalOutcome = 'sent') {
  const clock = new VirtualClock();
  const signals: string[] = [];
  const lines: string[] = [];
  return {
    clock,
    signals,
    lines,
    os: {
      now: () => clock.nowMs,
      sleep: (ms: number, abort?: AbortSignal) => clock.sleep(ms, abort),
      processes: () => Promise.resolve([]),
      environment: () => Promise.resolve({ ok: false as const, error: 'gone' as const }),
      kill: (
        { pid }: { readonly pid: number },
        signal: string | number,
        options?: { readonly group?: boolean },
      ) => {
        signals.push(`${clock.nowMs} ${signal} ${pid}${options?.group === true ? ' group' : ''}`);
        return Promise.resolve(outcome);
      },
    },
    logger: {
      log: (level: string, message: string) => {
        lines.push(`${level} ${message}`);
      },
    },
  };
}
