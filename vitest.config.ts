import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { defineConfig, type Plugin } from 'vitest/config';
import LongestFirst from './test/order/longest-first.ts';

const define = { __VERSION__: JSON.stringify('0.0.0-test') };

/** What takes minutes and proves no guarantee that the others do not: make test-all. */
const soaks = process.env.RELOADCTL_TEST_ALL === undefined ? [] : ['test/soak/**/*.test.ts'];

/** A file *.py is its text, as build.mjs bundles it. */
const pythonFiles: Plugin = {
  name: 'python-files',
  enforce: 'pre',
  async load(id) {
    if (!id.endsWith('.py')) return undefined;
    return `export default ${JSON.stringify(await readFile(id, 'utf8'))};`;
  },
};

export default defineConfig({
  define,
  test: {
    // Signals of a test must not reach other tests: worker threads share the process.
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/order/tell-parts.ts'],
    projects: [
      {
        define,
        plugins: [pythonFiles],
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          pool: 'forks',
          // One process reads the modules once for all of its files; what it would leave behind is put back after each.
          isolate: false,
          setupFiles: ['test/unit/leave-nothing.ts'],
          // They only compute: by themselves, after the others.
          sequence: { groupOrder: 1 },
          maxWorkers: availableParallelism(),
          // Property tests take seconds on a machine that does other things.
          testTimeout: 60_000,
        },
      },
      {
        define,
        plugins: [pythonFiles],
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', ...soaks],
          pool: 'forks',
          globalSetup: ['test/rig/global-setup.ts'],
          // They wait for servers half of the time. More at a time and servers, that have limits, get late.
          maxWorkers: Math.max(
            process.env.RELOADCTL_TEST_ALL === undefined ? 3 : 2,
            availableParallelism(),
          ),
          // Each such test runs a supervisor, servers and a load of its own.
          maxConcurrency: 3,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
