import { onTestFailed, onTestFinished, type TestContext } from 'vitest';
import { builtCli } from '../../rig/cli.ts';
import { Pty, type PtyOptions } from '../../rig/pty.ts';
import type { Site } from '../../rig/site.ts';

/** What a concurrent test has to pass. */
type Ends = Pick<TestContext, 'onTestFailed' | 'onTestFinished'>;

/** Runs `reloadctl ARGS` on a terminal of its own, ended with the test. */
export async function openView(
  site: Site,
  args: readonly string[] = ['top'],
  options: Partial<PtyOptions> = {},
  context: Ends = { onTestFailed, onTestFinished },
): Promise<Pty> {
  return openOnTerminal(site, await commandOf(site, args), options, context);
}

/** The words of a command on the site's configuration. */
export async function commandOf(
  site: Site,
  args: readonly string[],
): Promise<readonly [string, ...string[]]> {
  return [process.execPath, await builtCli(), '-c', site.configuration, ...args];
}

/** Runs any command on a terminal, ended with the test. */
export function openOnTerminal(
  site: Site,
  argv: readonly [string, ...string[]],
  options: Partial<PtyOptions> = {},
  context: Ends = { onTestFailed, onTestFinished },
): Pty {
  const pty = new Pty(argv, {
    python: site.python.bin.python,
    cwd: site.directory,
    ...options,
    env: { ...site.environment, ...options.env },
  });
  context.onTestFinished(() => pty.close());
  context.onTestFailed(() => {
    console.error(`the terminal showed:\n${pty.text}`);
  });
  return pty;
}
