import { execFile } from 'node:child_process';

/** How a command ended. `code` is undefined when it did not start, was killed or took too long. */
export interface Executed {
  readonly code: number | undefined;
  readonly stdout: string;
  /** What it wrote to stderr, else why it has no exit code. */
  readonly stderr: string;
}

/**
 * Runs a command to its end, without a shell of the caller's and with umask 022, so that what it makes is readable by others.
 */
export function execute(argv: readonly string[], timeoutMs = 300_000): Promise<Executed> {
  return new Promise((resolve) => {
    execFile(
      'sh',
      ['-c', 'umask 022 && exec "$@"', 'sh', ...argv],
      { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else resolve({ code: undefined, stdout, stderr: stderr === '' ? error.message : stderr });
      },
    );
  });
}

/** The last line of `text` that holds something: what a failed command complained about. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
