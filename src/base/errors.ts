/** The exit codes of reloadctl; docs/exit-codes.md explains each to people. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notRunning: 3,
  unknown: 4,
  apiMismatch: 5,
  notRunningOnAction: 7,
  refused: 10,
  killed: 11,
  down: 12,
  busy: 13,
  interrupted: 130,
  terminated: 143,
} as const;

/** One of the documented exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Stable names of the ways in which reloadctl can fail; each has an entry in docs/errors.md. */
export type ErrorCode =
  | 'config-not-found'
  | 'config-untrusted'
  | 'config-unreadable'
  | 'config-invalid'
  | 'settings-invalid'
  | 'usage'
  | 'supervisor-refused'
  | 'supervisor-missing'
  | 'supervisor-auth'
  | 'supervisor-denied'
  | 'supervisor-timeout'
  | 'supervisor-protocol'
  | 'supervisor-fault'
  | 'program-unknown'
  | 'program-ambiguous'
  | 'pidfile-invalid'
  | 'process-gone'
  | 'process-not-permitted'
  | 'signal-unsafe'
  | 'busy'
  | 'refused'
  | 'interrupted'
  | 'internal';

/** What a {@link ReloadctlError} needs beside its message. */
export interface ErrorDetails {
  readonly code: ErrorCode;
  readonly exitCode: ExitCode;
  /** The next step for the reader, a sentence of its own. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error class that reaches the command line. `message` is a single line: what failed, on
 * what, and what was observed. Anything else that is thrown is a bug.
 */
export class ReloadctlError extends Error {
  override readonly name = 'ReloadctlError';
  readonly code: ErrorCode;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, { cause: details.cause });
    this.code = details.code;
    this.exitCode = details.exitCode;
    this.hint = details.hint;
  }
}
