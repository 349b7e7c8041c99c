import { constants } from 'node:os';
import { EXIT, type ExitCode } from '../../base/errors.ts';
import type { Daemon } from '../../daemon/daemon.ts';
import { NO_LEGACY } from '../../daemon/adopt/find-survivors.ts';
import type { Logger } from '../../daemon/logs/logger.ts';
import { exitStatusOf } from '../../daemon/process/exit-status.ts';
import type { Os } from '../../os/os.ts';
import type { SignalName } from '../../os/signals.ts';
import { Interruption } from '../../reload/interruption.ts';
import type { ServiceStatus } from './service-status.ts';

/** What {@link ProgramLife} works with. */
export interface LifeParts {
  readonly os: Os;
  readonly daemon: Daemon;
  readonly name: string;
  readonly logger: Logger;
  readonly status: ServiceStatus;
  /** Carries an action out on the program, and shows it. Never rejects. */
  readonly act: (action: 'start' | 'reload', interruption: Interruption) => Promise<ExitCode>;
}

/** Ends the program at once, or in its own way, as it likes. */
const ENDING: ReadonlySet<SignalName> = new Set<SignalName>(['SIGINT', 'SIGQUIT']);

/** One program from its start to its end. */
export class ProgramLife {
  readonly #parts: LifeParts;
  #interruption: Interruption | undefined;
  #isReloadWanted = false;
  #isEnding = false;
  #exit: number | undefined;
  #resolveOver: (() => void) | undefined;

  constructor(parts: LifeParts) {
    this.#parts = parts;
  }

  /** Resolves with the exit status: the program's. */
  async live(): Promise<number> {
    const { daemon, status } = this.#parts;
    await daemon.begin(NO_LEGACY);
    void daemon.ended.then(() => {
      this.noteChange();
    });
    const started = await this.#act('start');
    if (started === EXIT.ok || started === EXIT.killed) status.ready('Serving');
    else status.say('Started, and not seen to serve');
    await this.#untilOver();
    status.stopping();
    daemon.shutdown();
    await daemon.ended;
    await status.close();
    return this.#exit ?? EXIT.terminated;
  }

  /** Something has changed: perhaps it was the end. */
  noteChange(): void {
    const { daemon, name } = this.#parts;
    const state = daemon.groups.member(name, name)?.process.state;
    // What is beside the program goes with it when that was told to end.
    if (this.#isEnding && (state === 'EXITED' || state === 'FATAL')) daemon.shutdown();
    // Nothing is left that an action could wait for.
    if (this.#isEnding && daemon.groups.member(name, name)?.end !== undefined) {
      this.#interruption?.note('SIGTERM');
    }
    this.#resolveOver?.();
  }

  /** HUP. One that comes during a reload means what is there by then: another reload follows. */
  reload(): void {
    this.#isReloadWanted = true;
    this.#resolveOver?.();
  }

  /** TERM: as the supervisor that we are stops it. */
  stop(): void {
    this.#parts.status.stopping();
    this.#isEnding = true;
    this.#interruption?.note('SIGTERM');
    this.#parts.daemon.shutdown();
  }

  /** Every other signal, to the program itself, unless it does not expect it and would end or hang. */
  async passOn(signal: SignalName): Promise<void> {
    const { os, daemon, name, logger } = this.#parts;
    const number = constants.signals[signal];
    const program = daemon.groups.member(name, name)?.process;
    const pid = program?.snapshot.pid ?? 0;
    if (ENDING.has(signal)) {
      this.#isEnding = true;
      this.#interruption?.note(signal);
      if (pid === 0 || program?.signal(number).ok !== true) this.stop();
      return;
    }
    const proc = pid === 0 ? undefined : await os.process(pid);
    const disposition = proc === undefined ? undefined : await os.signals(proc);
    if (disposition?.ok !== true || !disposition.value.caught.has(signal)) {
      logger.log('warn', `${signal} was not passed on: the program does not catch it`);
      return;
    }
    program?.signal(number);
  }

  async #act(action: 'start' | 'reload'): Promise<ExitCode> {
    const interruption = new Interruption();
    this.#interruption = interruption;
    const exitCode = await this.#parts.act(action, interruption);
    this.#interruption = undefined;
    return exitCode;
  }

  /** Reloads when that is wanted, until the program and whatever runs beside it have ended. */
  async #untilOver(): Promise<void> {
    const { daemon, name } = this.#parts;
    for (;;) {
      const end = daemon.groups.member(name, name)?.end;
      if (end !== undefined) {
        this.#exit = end.exit === undefined ? undefined : exitStatusOf(end.exit);
        return;
      }
      if (this.#isReloadWanted && !this.#isEnding) {
        this.#isReloadWanted = false;
        await this.#reload();
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#resolveOver = resolve;
      });
      this.#resolveOver = undefined;
    }
  }

  async #reload(): Promise<void> {
    const { status } = this.#parts;
    status.reloading();
    const exitCode = await this.#act('reload');
    if (this.#isEnding) return;
    if (exitCode === EXIT.ok || exitCode === EXIT.killed) status.ready('Serving, reloaded');
    else if (exitCode === EXIT.refused) {
      status.ready('Serving; the last reload was refused, the old version serves (exit 10)');
    } else status.ready(`The last reload went wrong (exit ${exitCode})`);
  }
}
