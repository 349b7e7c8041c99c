import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { loadConfiguration } from '../config/load-configuration.ts';
import type { DaemonSettings } from '../config/program.ts';
import { findRuntimeDirectory } from '../daemon/adopt/runtime-directory.ts';
import { readPidFile } from '../daemon/pid-file.ts';
import { askForReplacement } from '../daemon/replace/control-socket.ts';
import { HANDOVER_PROTOCOL, type ReplacementOutcome } from '../daemon/replace/handover.ts';
import { createOs } from '../os/create-os.ts';
import { errnoOf } from '../os/errno.ts';
import type { Os } from '../os/os.ts';
import { hasEnded, type Proc } from '../os/proc.ts';
import { usageError, type DaemonFlags } from './daemon-options.ts';

/** From the moment at which it has taken over until its pid file is there. */
const BEGIN_LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 20;
/** A daemon that does not answer any more is gone within moments, or it goes on. */
const DEATH_MS = 500;
/** For a daemon that has begun on a busy machine. */
const HEIR_LIMIT_MS = 15_000;

const ALLOWED: ReadonlySet<string> = new Set(['replace', 'configuration', 'pidfile']);

/**
 * `daemon --replace`: puts this reloadctl in the place of the running daemon, which keeps its options and environment. Throws 'refused' when that goes on
 * as before.
 */
export async function replaceRunningDaemon(
  file: string,
  flags: DaemonFlags,
  overrides: Partial<DaemonSettings>,
): Promise<ExitCode> {
  const [extra] = Object.keys(flags).filter((name) => !ALLOWED.has(name));
  if (extra !== undefined) {
    throw usageError(
      `--replace keeps the options of the running daemon: ${extra} cannot be changed`,
    );
  }
  const { pidfile } = { ...loadConfiguration(file).supervisord, ...overrides };
  const os = await createOs();
  const old = await os.process(readPidFile(pidfile) ?? 0);
  const outcome = await ask(pidfile);
  if (outcome === undefined) {
    throw new ReloadctlError(`No daemon that can be replaced runs with the pid file ${pidfile}`, {
      code: 'supervisor-missing',
      exitCode: EXIT.notRunningOnAction,
      hint: 'Start one with `reloadctl daemon`.',
    });
  }
  if (!outcome.ok && old !== undefined && !(await goesOn(os, old))) {
    return tellHeir(os, pidfile, old.pid);
  }
  if (!outcome.ok) {
    throw new ReloadctlError(`The daemon was not replaced: ${printable(outcome.reason)}`, {
      code: 'refused',
      exitCode: EXIT.refused,
      hint: 'The running one goes on as before.',
    });
  }
  const { pid, oldPid, version } = outcome;
  await waitUntilItRuns(pidfile, pid);
  process.stdout.write(`replaced: pid ${oldPid} by pid ${pid}, version ${printable(version)}\n`);
  return EXIT.ok;
}

/** Whether a daemon that was not replaced is still there: it answers a moment before the kernel has ended it. */
async function goesOn(os: Os, old: Proc): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < DEATH_MS; waitedMs += LOOK_EVERY_MS) {
    const now = await os.process(old.pid);
    if (hasEnded(now) || now?.startTicks !== old.startTicks) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}

/** The daemon died in the middle. The one that it had started goes on alone, if it had come that far. */
async function tellHeir(os: Os, pidfile: string, oldPid: number): Promise<ExitCode> {
  for (let waitedMs = 0; waitedMs < HEIR_LIMIT_MS; waitedMs += LOOK_EVERY_MS) {
    const pid = readPidFile(pidfile);
    if (pid !== undefined && pid !== oldPid && !hasEnded(await os.process(pid))) {
      process.stdout.write(
        `replaced: pid ${oldPid}, which was killed in the middle, by pid ${pid}, which has adopted its programs\n`,
      );
      return EXIT.ok;
    }
    await sleep(LOOK_EVERY_MS);
  }
  throw new ReloadctlError(
    `The daemon (pid ${oldPid}) was killed before another one could take over: nobody supervises`,
    {
      code: 'supervisor-missing',
      exitCode: EXIT.down,
      hint: 'Its programs go on; `reloadctl daemon` adopts them.',
    },
  );
}

async function ask(pidfile: string): Promise<ReplacementOutcome | undefined> {
  const uid = process.geteuid?.() ?? -1;
  try {
    return await askForReplacement(findRuntimeDirectory(pidfile, { uid, env: process.env }), {
      protocol: HANDOVER_PROTOCOL,
      execPath: process.execPath,
      execArgv: process.execArgv,
      script: process.argv[1] ?? '',
    });
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    if (code === 'ECONNRESET' || code === 'EPIPE') return { ok: false, reason: 'it has ended' };
    throw new ReloadctlError(`The daemon of ${pidfile} cannot be asked: ${code}`, {
      code: 'process-not-permitted',
      exitCode: EXIT.failed,
      hint: 'Only its own user and root may replace it.',
    });
  }
}

async function waitUntilItRuns(pidfile: string, pid: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < BEGIN_LIMIT_MS; waitedMs += LOOK_EVERY_MS) {
    if (readPidFile(pidfile) === pid) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new ReloadctlError(`The new daemon (pid ${pid}) took over and did not write ${pidfile}`, {
    code: 'internal',
    exitCode: EXIT.down,
    hint: 'See its log; the programs go on, and `reloadctl daemon` adopts them.',
  });
}
