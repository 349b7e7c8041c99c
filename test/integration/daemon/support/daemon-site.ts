import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { builtCli } from '../../../rig/cli.ts';
import {
  endProcesses,
  isAlive,
  processesWithEnvironment,
  readProcess,
  signalProcess,
  type Process,
  type ProcessId,
} from '../../../rig/processes.ts';
import { waitFor } from '../../../rig/wait-for.ts';

/** How `reloadctl daemon` ended, or went to the background. */
interface DaemonRun {
  readonly code: number | null;
  readonly stderr: string;
  readonly elapsedMs: number;
}

/** A directory with a configuration, and the daemons that are run on it by the command line. */
export interface DaemonSite {
  readonly directory: string;
  /** Puts this text after [supervisord]; `%DIR%` is the directory. */
  rewrite(programs: string): void;
  read(name: string): string;
  /** Runs `reloadctl daemon`, which goes to the background. */
  daemon(...options: string[]): Promise<DaemonRun>;
  /** As daemon, by another command before it: `prlimit --nproc=1`. */
  daemonUnder(prefix: readonly string[], ...options: string[]): Promise<DaemonRun>;
  /** Runs `reloadctl daemon -n`; resolves when it has ended. */
  foreground(): Promise<DaemonRun>;
  /** The process of the pid file. */
  running(): ProcessId;
  signal(signal: NodeJS.Signals): void;
  waitForEnd(id: ProcessId): Promise<void>;
  waitForLog(text: string): Promise<void>;
  /** The processes of the programs: all that was started from here and that is no daemon. */
  programs(): readonly Process[];
  /** Those, and the daemons. */
  everything(): readonly Process[];
}

const MARKER = 'RELOADCTL_TEST_SITE';

/** Makes a site. Whatever is left of it at the end of the test is ended, daemons first. */
export async function makeDaemonSite(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  programs: string,
): Promise<DaemonSite> {
  const cli = await builtCli();
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-site-'));
  const file = join(directory, 'supervisord.conf');
  const pidfile = join(directory, 's.pid');
  const all = (): readonly Process[] => processesWithEnvironment(MARKER, directory);
  // By whatever script: a test may have one of its own.
  const isDaemon = ({ argv }: Process): boolean => argv.includes(file) && argv.includes('daemon');
  onTestFinished(async () => {
    for (const each of all().filter(isDaemon)) signalProcess(each, 'SIGKILL');
    await endProcesses(all(), 500);
    await rm(directory, { recursive: true, force: true });
  });
  const rewrite = (text: string): void => {
    const head = `[supervisord]\npidfile=${pidfile}\nlogfile=${directory}/s.log\nchildlogdir=${directory}\n`;
    writeFileSync(file, head + text.replaceAll('%DIR%', directory));
  };
  rewrite(programs);
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const run = (options: readonly string[], prefix: readonly string[] = []): Promise<DaemonRun> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const argv = [...prefix, process.execPath, cli, '-c', file, 'daemon', ...options];
      const child = spawn(argv[0] ?? '', argv.slice(1), {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, [MARKER]: directory, RELOADCTL_STATE_DIR: join(directory, 'state') },
      });
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      child.once('error', reject);
      child.once('close', (code) => {
        resolve({ code, stderr, elapsedMs: performance.now() - began });
      });
    });
  const running = (): ProcessId => {
    const found = readProcess(Number(read('s.pid')));
    if (found === undefined) throw new Error('the process of the pid file has ended');
    return found;
  };
  return {
    directory,
    rewrite,
    read,
    daemon: (...options) => run(options),
    daemonUnder: (prefix, ...options) => run(options, prefix),
    foreground: () => run(['-n', '--silent']),
    running,
    signal(signal) {
      signalProcess(running(), signal);
    },
    async waitForEnd(id) {
      await waitFor('the daemon to end', () => !isAlive(id) || undefined);
    },
    async waitForLog(text) {
      await waitFor(`the log to say "${text}"`, () => read('s.log').includes(text) || undefined, {
        observe: () => (existsSync(join(directory, 's.log')) ? read('s.log') : 'no log'),
      });
    },
    programs: () => all().filter((each) => !isDaemon(each)),
    everything: all,
  };
}
