import { describe, expect, test } from 'vitest';
import { siteForTest } from '../../rig/site-for-test.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();

describe('guarantee 10: it never reloads the wrong release, where preload_app was on', () => {
  for (const python of ['newest', 'oldest'] as const) {
    const title = `${python} gunicorn, switched off in gunicorn.py since: the old code is noticed, and a restart loads the new one`;
    test.skipIf(missing.has(python)).concurrent(title, async (context) => {
      const site = await siteForTest(
        { python, gunicornOptions: { preload_app: true } },
        'serving',
        context,
      );
      const load = await startWatchedLoad(site);
      site.setGunicornOptions({ preload_app: false });
      site.setVersion('v2');
      const refused = await site.reloadctl(['reload', 'usercenter']);
      expect(refused.code, refused.stderr).toBe(10);
      expect(refused.stderr).toContain('preload_app was on when it started');
      await load.stopWithoutFailure();
      expect((await site.get('/')).version).toBe('v1');
      const master = await site.master();
      expect((await site.workers(master)).length).toBe(2);

      const restarted = await site.reloadctl(['reload', 'usercenter', '--strategy', 'restart']);
      expect(restarted.code, restarted.stderr).toBe(0);
      expect((await site.get('/')).version).toBe('v2');
      site.setGunicornOptions({ timeout: 31 });
      site.setVersion('v3');
      const reloaded = await site.reloadctl(['reload', 'usercenter']);
      expect(reloaded.code, reloaded.stderr).toBe(0);
      expect((await site.get('/')).version).toBe('v3');
    });
  }
});
