import { ReloadctlError } from '../base/errors.ts';
import { escapeForTerminal } from './text/escape.ts';
import { redactText } from '../base/secrets/redact-text.ts';
import { wrapHanging } from './text/wrap.ts';
import type { Theme } from './theme.ts';

/** How an error is printed. */
export interface ErrorView {
  readonly theme: Theme;
  /** Columns; hints are broken at them, the message is one line for those who search for it. */
  readonly width: number;
  /** RELOADCTL_DEBUG=1: the stack and the causes of the error, too. */
  readonly debug: boolean;
}

/** What goes to stderr for an error: 'reloadctl: MESSAGE' and the hint below. Anything that is not ours is a bug and says so. */
export function renderError(error: unknown, view: ErrorView): string[] {
  const { theme, width } = view;
  const known = error instanceof ReloadctlError;
  const message = known ? error.message : `internal error, please report it: ${describe(error)}`;
  const hint = known ? error.hint : 'RELOADCTL_DEBUG=1 shows where it came from.';
  return [
    `${theme.paint('bad', 'reloadctl:')} ${theme.plain(safe(message))}`,
    ...(hint === undefined || (!known && view.debug)
      ? []
      : wrapHanging('  ', theme.plain(safe(hint)), width)),
    ...(view.debug ? renderStack(error, theme) : []),
  ];
}

/** An error as a JSON object for `--json`. */
export function errorToJson(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof ReloadctlError) {
    const { code, message, hint, exitCode } = error;
    return { event: 'error', code, message, hint, exitCode };
  }
  return { event: 'error', code: 'internal', message: describe(error), exitCode: 1 };
}

function renderStack(error: unknown, theme: Theme): string[] {
  const lines: string[] = [];
  // A chain of causes can be a ring.
  for (let current = error, depth = 0; current !== undefined && depth < 5; depth += 1) {
    const stack = current instanceof Error ? (current.stack ?? current.message) : describe(current);
    const text = escapeForTerminal(redactText(stack), { block: true });
    lines.push(...text.split('\n').map((line) => theme.plain(`  ${line}`)));
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines;
}

function describe(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return typeof error === 'string' ? error : `thrown ${typeof error}`;
}

function safe(text: string): string {
  return escapeForTerminal(redactText(text), { maxLength: 2_000 });
}
