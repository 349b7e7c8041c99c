import { isDeepStrictEqual } from 'node:util';
import type { LogSettings, Program } from '../../config/program.ts';

/** `program` with what only a start applies (takesRestart) taken from `startedAs`. */
export function withStartOptions(program: Program, startedAs: Program): Program {
  if (program === startedAs) return program;
  const { command, directory, environment, user, umask, serverurl, redirectStderr } = startedAs;
  return {
    ...program,
    ...{ command, directory, environment, user, umask, serverurl, redirectStderr },
    stdout: withLimitsOf(startedAs.stdout, program.stdout),
    stderr: withLimitsOf(startedAs.stderr, program.stderr),
  };
}

function withLimitsOf(log: LogSettings, { maxBytes, backups }: LogSettings): LogSettings {
  return { ...log, maxBytes, backups };
}

/** Whether the output of two programs goes the same way; when logs are rotated does not matter. */
export function hasSameOutput(one: Program, other: Program): boolean {
  const wayOf = ({ kind, user, redirectStderr, stdout, stderr }: Program): unknown => [
    kind,
    user,
    redirectStderr,
    { ...stdout, maxBytes: 0, backups: 0 },
    redirectStderr ? undefined : { ...stderr, maxBytes: 0, backups: 0 },
  ];
  return isDeepStrictEqual(wayOf(one), wayOf(other));
}
