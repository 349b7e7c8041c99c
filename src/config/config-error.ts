import { EXIT, ReloadctlError, type ErrorCode } from '../base/errors.ts';
import type { Position } from './position.ts';

/** Why a configuration cannot be used. */
export interface ConfigError {
  readonly code: Extract<
    ErrorCode,
    'config-invalid' | 'config-unreadable' | 'config-not-found' | 'settings-invalid'
  >;
  /** supervisord's own text where supervisord would refuse the file too, line breaks included. */
  readonly message: string;
  readonly position: Position | undefined;
  readonly hint?: string;
}

/** A {@link ConfigError} that supervisord would report in the same words. */
export function invalid(message: string, position: Position | undefined): ConfigError {
  return { code: 'config-invalid', message, position };
}

/** The one-line error for the command line: the text followed by (FILE:LINE). */
export function toReloadctlError(error: ConfigError): ReloadctlError {
  const place =
    error.position === undefined ? '' : ` (${error.position.file}:${error.position.line})`;
  return new ReloadctlError(error.message.replace(/(?<!\s)\s*\n\s*/g, ' ').trimEnd() + place, {
    code: error.code,
    exitCode: EXIT.usage,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
