import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createLinuxOs } from '../../src/os/linux/linux-os.ts';
import type { ProcId } from '../../src/os/proc.ts';
import { REPOSITORY } from '../rig/place.ts';
import { waitFor } from '../rig/wait-for.ts';

/** The operating system under test. */
export const os = createLinuxOs();

/** A child of the test that has said what it was waited for. */
export interface TestChild {
  readonly id: ProcId;
  /** What it has written to stdout so far. */
  output(): string;
  /** Resolves when it has ended and was waited for. */
  readonly exited: Promise<unknown>;
}

const running = new Set<ChildProcess>();

/** Starts a child and waits until its output holds `ready`. */
export async function startChild(
  argv: readonly string[],
  options: SpawnOptions & { readonly ready?: string } = {},
): Promise<TestChild> {
  const [file = '', ...args] = argv;
  const { ready = 'READY', ...spawnOptions } = options;
  const child = spawn(file, args, { ...spawnOptions, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const exited = once(child, 'exit').then(() => running.delete(child));
  const proc = await os.process(child.pid ?? -1); // Before the child can have been waited for.
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await waitFor(`${ready} of ${argv.join(' ')}`, () => output.includes(ready) || undefined, {
    observe: () => output,
  });
  if (proc === undefined) throw new Error(`${argv.join(' ')} did not start`);
  return { id: { pid: proc.pid, startTicks: proc.startTicks }, output: () => output, exited };
}

/** Ends every child that a test has started. */
export async function endChildren(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await exited;
    }),
  );
  running.clear();
}

/** Waits until no process of session `sid` is left, zombies aside. */
export function untilSessionIsEmpty(sid: number): Promise<true> {
  return waitFor(`the end of session ${sid}`, async () => {
    const left = (await os.processes()).filter((proc) => proc.sid === sid && proc.state !== 'Z');
    return left.length === 0 || undefined;
  });
}

/** The value of a reading that has to succeed. */
export function valueOf<T>(
  reading:
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string },
): T {
  if (!reading.ok) throw new Error(`the reading failed: ${reading.error}`);
  return reading.value;
}

/** A program in a directory that every user may read. */
export interface Bundle {
  readonly file: string;
  remove(): void;
}

/** Bundles a module that imports from './src/…' the way the product is bundled: a chunk for each dynamic import. */
export async function bundle(source: string): Promise<Bundle> {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-test-'));
  await build({
    stdin: { contents: source, resolveDir: REPOSITORY, loader: 'ts' },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  chmodSync(directory, 0o755);
  return {
    file: join(directory, 'stdin.mjs'),
    remove: () => {
      rmSync(directory, { recursive: true });
    },
  };
}
