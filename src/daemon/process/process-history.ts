import { exitCodeOf, type ExitStatus } from './exit-status.ts';
import type { MachineEffect } from './machine.ts';
import type { ProcessMemory } from './process-memory.ts';

/** The end of a process, as the machine tells it. */
export type NotedExit = MachineEffect & { readonly do: 'note-exit' };

/** What became of the runs of a process, as getProcessInfo gives it. Moments are milliseconds of the wall clock, 0: never. */
export class ProcessHistory {
  #startedEpochMs = 0;
  #stoppedEpochMs = 0;
  #spawnError = '';
  #exitStatus = 0;
  #wasExpected = false;
  #lastExit: ExitStatus | undefined;

  get memory(): Pick<
    ProcessMemory,
    'startedEpochMs' | 'stoppedEpochMs' | 'spawnError' | 'exitStatus'
  > {
    return {
      startedEpochMs: this.#startedEpochMs,
      stoppedEpochMs: this.#stoppedEpochMs,
      spawnError: this.#spawnError,
      exitStatus: this.#exitStatus,
    };
  }

  /** Whether exitcodes has the code of the last end. */
  get wasExpected(): boolean {
    return this.#wasExpected;
  }

  /** How the last process ended; undefined when none has. */
  get lastExit(): ExitStatus | undefined {
    return this.#lastExit;
  }

  /** Goes on with that of an earlier daemon. */
  recall({ startedEpochMs, stoppedEpochMs, spawnError, exitStatus }: ProcessMemory): void {
    this.#startedEpochMs = startedEpochMs;
    this.#stoppedEpochMs = stoppedEpochMs;
    this.#spawnError = spawnError;
    this.#exitStatus = exitStatus;
  }

  /** A start is under way. */
  noteStart(epochMs: number): void {
    this.#startedEpochMs = epochMs;
    this.#spawnError = '';
    this.#exitStatus = 0;
  }

  /** There is a process, since this moment. */
  noteProcess(startedEpochMs: number): void {
    this.#startedEpochMs = startedEpochMs;
  }

  noteSpawnError(text: string): void {
    this.#spawnError = text;
  }

  /** A process has gone, before anybody has decided what that means. */
  noteGone(status: ExitStatus): void {
    this.#lastExit = status;
  }

  noteExit({ status, expected, phase }: NotedExit, epochMs: number): void {
    const code = exitCodeOf(status);
    this.#stoppedEpochMs = epochMs;
    this.#wasExpected = expected;
    this.#exitStatus = phase === 'too-quickly' ? 0 : code; // supervisord forgets it there.
    if (phase === 'too-quickly') {
      this.#spawnError = 'Exited too quickly (process log may have details)';
    } else if (phase === 'exited' && !expected) this.#spawnError = `Bad exit code ${code}`;
  }
}
