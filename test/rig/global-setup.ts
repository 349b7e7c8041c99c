import { makeAccounts } from './accounts.ts';
import { builtCli } from './cli.ts';
import { buildGenerator } from './load/build-generator.ts';
import { PYTHON_NAMES, pythonForTests } from './python.ts';

/**
 * Before the integration tests: builds the command line and the load generator, makes the Python environments, so that no test pays
 * for it, and two accounts. Returns what is to be done after them.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const environments = Promise.all(PYTHON_NAMES.map(pythonForTests));
  process.env.RELOADCTL_TEST_CLI = await builtCli();
  const removeGenerator = await buildGenerator();
  await environments;
  const removeAccounts = await makeAccounts();
  return async () => {
    await removeGenerator();
    await removeAccounts();
  };
}
