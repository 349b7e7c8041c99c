import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { builtCli } from './cli.ts';
import { REPOSITORY } from './place.ts';
import { PYTHON_NAMES, pythonForTests } from './python.ts';

/** Before the integration tests: builds the command line and makes the Python environments, so that no test pays for it. */
export default async function setup(): Promise<void> {
  const environments = Promise.all(PYTHON_NAMES.map(pythonForTests));
  if (existsSync(join(REPOSITORY, 'src', 'cli.ts'))) {
    process.env.RELOADCTL_TEST_CLI = await builtCli();
  }
  await environments;
}
