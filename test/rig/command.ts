import { spawn } from 'node:child_process';
import type { User } from './users.ts';

/** How to run a command. */
export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment; that of this process when not given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Become this user first; needs root. */
  readonly user?: User | undefined;
  /** After so long the process is KILLed; 60,000 when not given. */
  readonly timeoutMs?: number;
  /** Written to stdin, which is empty otherwise. */
  readonly input?: string;
  /** Called with the pid as soon as the process runs: to signal it, or to look at it. */
  readonly onSpawn?: (pid: number) => void;
  /** Called with each piece of stdout as it comes. */
  readonly onStdout?: (text: string) => void;
}

/** How a command ended. Exactly one of `code` and `signal` is null. */
export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
  readonly hasTimedOut: boolean;
}

/** Runs a command to its end and keeps its output. Throws only when it cannot be started. */
export function runCommand(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd, env, user, timeoutMs = 60_000, input = '', onSpawn, onStdout } = options;
  const [file, ...rest] = argv;
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, {
      stdio: 'pipe',
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env }),
      ...(user !== undefined && { uid: user.uid, gid: user.gid }),
    });
    let stdout = '';
    let stderr = '';
    let hasTimedOut = false;
    const timer = setTimeout(() => {
      hasTimedOut = true;
      child.kill('SIGKILL');
      // A grandchild may hold the pipes open; the output until now is what counts.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onStdout?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined); // It ended without reading its input, which is its right.
    child.stdin.end(input);
    child.on('spawn', () => {
      if (child.pid !== undefined) onSpawn?.(child.pid);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`cannot run ${argv.join(' ')}: ${error.message}`, { cause: error }));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const elapsedMs = performance.now() - startedAt;
      resolve({ code, signal, stdout, stderr, elapsedMs, hasTimedOut });
    });
  });
}

/** A result as text for a failing test: how the command ended and all that it said. */
export function showResult(argv: readonly string[], result: CommandResult): string {
  const end = result.hasTimedOut ? 'KILLed at its limit' : (result.signal ?? `exit ${result.code}`);
  return `$ ${argv.join(' ')}\n[${end} after ${Math.round(result.elapsedMs)} ms]\n${result.stdout}${result.stderr}`;
}
