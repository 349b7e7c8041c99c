import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { createOutputs } from '../terminal/create-renderer.ts';
import { toJsonLine } from '../base/json.ts';
import { columnsOf } from '../terminal/output-stream.ts';
import { errorToJson, renderError } from '../terminal/render-error.ts';

/** Tells an error, on stderr for people or on stdout as JSON, and returns the exit code that it means. */
export function reportError(
  error: unknown,
  { json, color }: { readonly json: boolean; readonly color: boolean },
): ExitCode {
  if (json) process.stdout.write(toJsonLine(errorToJson(error)));
  else {
    const { err } = createOutputs({
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
      noColor: !color,
    });
    const lines = renderError(error, {
      theme: err.theme,
      width: columnsOf(err.stream),
      debug: process.env.RELOADCTL_DEBUG === '1',
    });
    process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  }
  return error instanceof ReloadctlError ? error.exitCode : EXIT.failed;
}
