import { afterAll, vi } from 'vitest';
import { forgetSecrets } from '../../src/base/secrets/known-secrets.ts';

// Runs with every file: the next one finds the process as if it had just begun.
afterAll(() => {
  forgetSecrets();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
