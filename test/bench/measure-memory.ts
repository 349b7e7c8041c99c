import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Site } from '../rig/site.ts';
import { waitFor } from '../rig/wait-for.ts';
import { WORKERS } from './plan.ts';
import { readPssKib } from './pss.ts';
import { deploy, type Way } from './way.ts';

const SAMPLE_MS = 100;
/** supervisorctl lives for a tenth of a second. */
const COMMAND_SAMPLE_MS = 10;
/** After the new version serves: a bridge or a preflight that has not ended yet would show. */
const AFTER_MS = 1000;

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
  const supervisorPid = site.supervisor()?.pid;
  let commandPid: number | undefined;
  const readProgramKib = (): number =>
    site
      .processes()
      .filter(({ pid }) => pid !== supervisorPid && pid !== commandPid)
      .reduce((total, { pid }) => total + readPssKib(pid), 0);
  const wait = { ceilingMs: 20_000 + bootSeconds * 1000, everyMs: 100 };

  await waitFor('every worker to hold its ballast', () => isLoaded(site, readProgramKib()), wait);
  const beforeKib = readProgramKib();
  const program = keepLargest(SAMPLE_MS, readProgramKib);
  const command = keepLargest(COMMAND_SAMPLE_MS, () =>
    commandPid === undefined ? 0 : readPssKib(commandPid),
  );
  try {
    site.setVersion(to, { bootSeconds });
    const { code } = await deploy(site, way, (pid) => (commandPid = pid));
    await waitFor(`${to} to serve`, () => serves(site, to), wait);
    await waitFor('every worker to hold its ballast', () => isLoaded(site, readProgramKib()), wait);
    await sleep(AFTER_MS, undefined, { signal });
    return {
      way,
      beforeKib,
      peakKib: program.largest(),
      commandKib: command.largest(),
      exitCode: code,
    };
  } finally {
    program.end();
    command.end();
  }
}

async function isLoaded(site: Site, programKib: number): Promise<true | undefined> {
  const workers = await site.workers();
  const isHeavy = programKib >= WORKERS * BALLAST_MIB * 1024;
  return (workers.length === WORKERS && isHeavy) || undefined;
}

async function serves(site: Site, version: string): Promise<true | undefined> {
  return (await site.get('/', 2000)).version === version || undefined;
}

/** Reads a number again and again until it is ended, and keeps the largest. */
function keepLargest(
  everyMs: number,
  read: () => number,
): { readonly largest: () => number; readonly end: () => void } {
  let largest = read();
  const timer = setInterval(() => {
    largest = Math.max(largest, read());
  }, everyMs);
  return {
    largest: () => largest,
    end: () => {
      clearInterval(timer);
    },
  };
}
