import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { EXIT, ReloadctlError } from '../../base/errors.ts';
import { variablesOf, type StartedWith } from './started-with.ts';

/** Set for the process in the background; its value is the descriptor on which the one in the foreground listens. */
const VARIABLE = 'RELOADCTL_DAEMON_REPORT_FD';

const REPORT_FD = 3;

/** What the process in the background has to say to the one in the foreground. */
export interface Foreground {
  /** All is well: it may go. */
  reportReady(): void;
  /** It shall say this and fail. */
  reportFailure(error: ReloadctlError): void;
}

/** The process in the foreground, when we are the one in the background. Takes the variable out of our environment. */
export function findForeground(): Foreground | undefined {
  const fd = Number(process.env[VARIABLE]);
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- The programs are not to inherit it.
  delete process.env[VARIABLE];
  if (fd !== REPORT_FD) return undefined;
  let isOpen = true;
  const report = (text: string): void => {
    if (!isOpen) return;
    isOpen = false;
    try {
      writeSync(fd, text);
    } catch {
      // Somebody has ended the process in the foreground; the daemon goes on.
    }
    closeSync(fd);
  };
  return {
    reportReady() {
      report('ready');
    },
    reportFailure({ message, hint, code, exitCode }) {
      report(JSON.stringify({ message, hint, code, exitCode }));
    },
  };
}

/**
 * Runs this very command once more, in the background: in a session of its own, without terminal, stdin and output. Resolves when it
 * has reported that it is ready; throws the ReloadctlError that it has reported.
 */
export async function continueInBackground(startedWith: StartedWith): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...variablesOf(startedWith), [VARIABLE]: String(REPORT_FD) },
  });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal ?? `exit status ${code ?? 0}`);
    });
  });
  const report = await readAll(child.stdio[REPORT_FD]);
  child.unref();
  if (report === 'ready') return;
  throw toError(report === '' ? await exited : report);
}

async function readAll(stream: unknown): Promise<string> {
  let text = '';
  if (stream === null || stream === undefined) return text;
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

function toError(report: string): ReloadctlError {
  try {
    const { message, hint, code, exitCode } = JSON.parse(report) as ReloadctlError;
    return new ReloadctlError(message, {
      code,
      exitCode,
      ...(hint === undefined ? {} : { hint }),
    });
  } catch {
    // Not a report: it ended before it could make one.
    return new ReloadctlError(`the daemon ended before it was ready: ${report}`, {
      code: 'internal',
      exitCode: EXIT.usage,
      hint: 'Run it with -n to see what it says.',
    });
  }
}
