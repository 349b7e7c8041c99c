import { defineConfig } from 'vitest/config';

const define = { __VERSION__: JSON.stringify('0.0.0-test') };

export default defineConfig({
  define,
  test: {
    // Signals of a test must not reach other tests: worker threads share the process.
    pool: 'forks',
    projects: [
      {
        define,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], pool: 'forks' },
      },
      {
        define,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          pool: 'forks',
          globalSetup: ['test/rig/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
