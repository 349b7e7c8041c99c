import { EXIT, ReloadctlError, type ExitCode } from '../../base/errors.ts';
import { SCRIPTS, SHELLS } from './scripts.ts';

/** `completion SHELL`: prints the script for that shell. Throws 'usage' for a shell for which there is none. */
export function runCompletion(shell: string): ExitCode {
  const name = SHELLS.find((each) => each === shell);
  if (name === undefined) {
    throw new ReloadctlError(`completion ${shell}: there is no script for that shell`, {
      code: 'usage',
      exitCode: EXIT.usage,
      hint: `Choose ${SHELLS.join(', ')}.`,
    });
  }
  process.stdout.write(SCRIPTS[name]);
  return EXIT.ok;
}
