import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Site } from '../rig/site.ts';
import { waitFor } from '../rig/wait-for.ts';
import { WORKERS } from './plan.ts';
import { readPssKib } from './pss.ts';
import { deploy, type Way } from './way.ts';

const SAMPLE_MS = 100;

/** What each worker allocates when it has imported, so that memory is that of an app and not only of the interpreter. */
export const BALLAST_MIB = 40;

/** What a deployment needed. Sums of Pss, KiB. */
export interface MemoryRun {
  readonly way: Way;
  /** The program's processes before. */
  readonly beforeKib: number;
  /** The same at the highest, with a bridge and a preflight among them. */
  readonly peakKib: number;
  /** The command itself at its highest. */
  readonly commandKib: number;
  readonly exitCode: number | null;
}

/** Gives the app in `site` its ballast, for every boot from now on. */
export function addBallast(site: Site): void {
  const allocate = `\nBALLAST = bytearray(os.urandom(4096)) * ${(BALLAST_MIB * 1024 * 1024) / 4096}\n`;
  appendFileSync(join(site.codeDirectory, 'wsgi.py'), allocate);
}

/** Puts `to` into service without any load and watches the memory. */
export async function measureMemory(
  site: Site,
  way: Way,
  bootSeconds: number,
  to: string,
  signal: AbortSignal,
): Promise<MemoryRun> {
  const { pid: supervisorPid } = site.supervisor() ?? { pid: 0 };
  let commandPid = 0;
  const sample = (): { program: number; command: number } => {
    const pids = site.processes().map(({ pid }) => pid);
    const program = pids.filter((pid) => pid !== supervisorPid && pid !== commandPid);
    const sum = (all: readonly number[]): number =>
      all.reduce((total, pid) => total + readPssKib(pid), 0);
    return { program: sum(program), command: commandPid === 0 ? 0 : readPssKib(commandPid) };
  };
  const before = sample().program;
  let peak = before;
  let command = 0;
  const ended = new AbortController();
  const watch = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const seen = sample();
      peak = Math.max(peak, seen.program);
      command = Math.max(command, seen.command);
      await sleep(SAMPLE_MS);
    }
  };
  const watching = watch();
  try {
    site.setVersion(to, { bootSeconds });
    const result = await deploy(site, way, (pid) => (commandPid = pid));
    await waitFor(`only ${to} to serve`, () => hasSettled(site, to), {
      ceilingMs: 20_000 + bootSeconds * 1000,
      everyMs: 100,
    });
    await sleep(1000, undefined, { signal });
    return {
      way,
      beforeKib: before,
      peakKib: peak,
      commandKib: command,
      exitCode: result.code,
    };
  } finally {
    ended.abort();
    await watching;
  }
}

async function hasSettled(site: Site, version: string): Promise<true | undefined> {
  const answer = await site.get('/', 2000);
  const workers = await site.workers();
  return (answer.version === version && workers.length === WORKERS) || undefined;
}
