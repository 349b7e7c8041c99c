import { PYTHON_NAMES, pythonForTests, type PythonName } from '../../../rig/python.ts';

/** The environments that this machine does not have, each told on stderr with its reason: for `test.skipIf`. */
export async function missingPythons(): Promise<ReadonlySet<PythonName>> {
  const missing = new Set<PythonName>();
  for (const name of PYTHON_NAMES) {
    if ((await pythonForTests(name)) === undefined) missing.add(name);
  }
  return missing;
}
