import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { builtCli } from '../../../rig/cli.ts';
import { childrenOf, endProcesses, readProcess, type Process } from '../../../rig/processes.ts';
import { waitFor } from '../../../rig/wait-for.ts';

/** A `reloadctl run` in a directory of its own. */
export interface StartedRun {
  readonly directory: string;
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
  /** What it runs; waits for it. */
  child(): Promise<Process>;
  waitForText(text: string, from?: 'stdout' | 'stderr'): Promise<void>;
  /** The exit status, as a shell gives it. */
  readonly ended: Promise<number>;
}

/** How to start one. */
export interface RunOptions {
  readonly options?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Files of the directory. */
  readonly files?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Starts `reloadctl run [options] -- command`; ended with the test. */
export async function startRun(
  context: Pick<TestContext, 'onTestFinished' | 'onTestFailed'>,
  command: readonly string[],
  { options = [], env = {}, files = {}, input }: RunOptions = {},
): Promise<StartedRun> {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-run-test-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const child = spawn(process.execPath, [await builtCli(), 'run', ...options, '--', ...command], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      XDG_RUNTIME_DIR: directory,
      RELOADCTL_STATE_DIR: join(directory, 'state'),
      ...env,
    },
    stdio: 'pipe',
  });
  child.stdin.end(input);
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const { pid = 0 } = child;
  // 'close': all that was written has been read.
  const ended = once(child, 'close').then(([code, signal]) => {
    if (signal !== null) throw new Error(`run itself was ended by ${String(signal)}`);
    return Number(code);
  });
  ended.catch(() => undefined); // Whoever waits is told.
  const self = readProcess(pid);
  const children = new Map<number, Process>();
  context.onTestFailed(() => {
    console.error(`stdout:\n${out}\nstderr:\n${errors}`);
  });
  context.onTestFinished(async () => {
    for (const each of childrenOf(pid)) children.set(each.pid, each);
    await endProcesses([...(self === undefined ? [] : [self]), ...children.values()]);
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory,
    pid,
    ended,
    stdout: () => out,
    stderr: () => errors,
    signal: (signal) => {
      process.kill(pid, signal);
    },
    child: async () => {
      const found = await waitFor('a program', () =>
        childrenOf(pid).find(
          ({ argv }) => argv.some((word) => command.includes(word)) && argv[0] !== process.execPath,
        ),
      );
      children.set(found.pid, found);
      return found;
    },
    waitForText: async (text, from = 'stdout') => {
      await waitFor(
        `'${text}' on ${from}`,
        () => ((from === 'stdout' ? out : errors).includes(text) ? true : undefined),
        { ceilingMs: 30_000, observe: () => `${out}\n${errors}` },
      );
    },
  };
}
