import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { PYTHON_NAMES } from '../../rig/python.ts';
import { stopSite } from '../../rig/site-for-test.ts';
import { createSite, type ReleaseOptions, type Site } from '../../rig/site.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectUntouched, lookAtServed } from './support/served.ts';
import { startWatchedLoad, type WatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();

/** A new version that must not go into service. */
interface BrokenCase {
  readonly what: string;
  readonly release: ReleaseOptions;
  /** Text that is appended to gunicorn.py. */
  readonly configuration?: string;
  /** What the output has to show. */
  readonly shows: RegExp;
  /** Seconds for --timeout. */
  readonly timeout?: number;
  /**
   * How many requests may end with a worker of the bridge that dies while it answers them: proving it means that it serves for a moment.
   * None when not given.
   */
  readonly diesWith?: number;
}

const CASES: readonly BrokenCase[] = [
  {
    what: 'an import error',
    release: { broken: 'import-error' },
    shows: /ModuleNotFoundError: No module named 'usercenter_module_that_is_not_installed'/,
  },
  {
    what: 'a syntax error',
    release: { broken: 'syntax-error' },
    shows: /SyntaxError: /,
  },
  {
    what: 'a gunicorn.py that does not parse',
    release: {},
    configuration: 'workers = = 3\n',
    shows: /SyntaxError: /,
  },
  {
    what: 'a gunicorn.py with a value that gunicorn refuses',
    release: {},
    configuration: 'workers = "many"\n',
    shows: /many/,
  },
  {
    what: 'an app that dies a second after it has booted',
    release: { broken: 'dies-after-1s' },
    shows: /ended soon after (it was|being) ready/,
    diesWith: 4,
  },
  {
    what: 'an app that never finishes booting',
    release: { broken: 'never-boots' },
    timeout: 2,
    shows: /not seen within 2 s|still not up after 2 s/,
  },
];

/**
 * What a refused reload may take beyond its limits: asking gunicorn, finding out, ending the bridge. A gunicorn 20 that loses "Worker failed to boot" in
 * its signal handler stays without workers, and has to be ended itself: graceful_timeout and two seconds, and a KILL after them.
 */
const OVERHEAD_MS = 40_000;

for (const python of combinations(PYTHON_NAMES)) {
  describe.skipIf(missing.has(python))(
    `guarantee 3: code that does not boot changes nothing (${python} gunicorn)`,
    () => {
      let site: Site;
      let load: WatchedLoad;
      let lost = 0;

      beforeAll(async () => {
        site = await createSite({
          settle: 'as-shipped',
          python,
          workers: 2,
          gracefulTimeoutSecs: 5,
        });
        await site.start();
        load = await startWatchedLoad(site);
      });

      afterAll(async () => {
        const summary = await load.running.stop();
        await stopSite(site);
        expect(summary.failed).toBe(lost);
        expect(summary.sent).toBeGreaterThan(100);
      });

      for (const {
        what,
        release,
        configuration = '',
        shows,
        timeout = 10,
        diesWith = 0,
      } of CASES) {
        test.for(['bridge', 'rolling'] as const)(`${what}: %s is refused`, async (strategy) => {
          const before = await lookAtServed(site);
          const file = join(site.codeDirectory, 'gunicorn.py');
          const goodConfiguration = readFileSync(file, 'utf8');
          site.setVersion('v2', release);
          writeFileSync(file, goodConfiguration + configuration);

          const reloaded = await site.reloadctl([
            ...['reload', 'usercenter', '--strategy', strategy],
            ...['--timeout', String(timeout)],
          ]);

          writeFileSync(file, goodConfiguration);
          expect(reloaded.code, site.report()).toBe(10);
          expect(reloaded.elapsedMs).toBeLessThan(timeout * 1000 + OVERHEAD_MS);
          expect(reloaded.stdout + reloaded.stderr).toMatch(shows);
          expect(reloaded.stdout + reloaded.stderr).toContain('the old version still serves');
          await expectUntouched(site, before);
          const { failed, reset, errors } = await load.waitMore();
          const mayLose = strategy === 'bridge' ? diesWith : 0;
          expect(failed, errors.join('\n')).toBeLessThanOrEqual(lost + mayLose);
          expect(failed, errors.join('\n')).toBe(reset);
          lost = failed;
        });
      }

      test('a version that works is taken afterwards', async () => {
        site.setVersion('v3');
        const reloaded = await site.reloadctl(['reload', 'usercenter']);
        expect(reloaded.code, site.report()).toBe(0);
        await load.waitMore();
        const { versions } = await load.running.snapshot();
        expect(Object.keys(versions)).toContain('v3');
      });
    },
  );
}
