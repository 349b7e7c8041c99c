import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { siteForTest } from '../../rig/site-for-test.ts';
import { eventsOf, signalsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, expectServedBy, expectUntouched, lookAtServed } from './support/served.ts';

const missing = await missingPythons();

describe.skipIf(missing.has('newest'))('the health check', () => {
  test('sends the Host header that the settings name, aside and in the end', async () => {
    const site = await siteForTest({
      mailer: false,
      extraConf: '\n[reloadctl:usercenter]\nhealth_headers = X-Reason: reload\n',
    });
    const health = ['--health-url', `${site.endpoint.url}/health`];
    const host = ['--health-host', 'www.example.org'];
    const before = await lookAtServed(site);
    site.setVersion('v2');
    writeFileSync(join(site.codeDirectory, 'allowed_host'), 'www.example.org');
    const refused = await site.reloadctl(['reload', 'usercenter', ...health, '--timeout', '10']);
    expect(refused.code, site.report()).toBe(10);
    expect(refused.stderr).toContain('status 400');
    await expectServedBy(site, 'v1', await site.workers());

    const reloaded = await site.reloadctl(['--json', 'reload', 'usercenter', ...health, ...host]);
    expect(reloaded.code, site.report()).toBe(0);
    await expectReplaced(site, before, { version: 'v2', count: 2 });
    const [plan] = eventsOf(reloaded);
    expect(JSON.stringify(plan)).toContain('"host":"www.example.org","headers":["X-Reason"]');

    const accepted = await site.reloadctl([
      ...['reload', 'usercenter', ...health, '--health-expect', '400'],
    ]);
    expect(accepted.code, site.report()).toBe(0);
  });

  test('is tried on the version that runs first: a mistake in it is told at once, and nothing is touched', async () => {
    const site = await siteForTest({ mailer: false });
    const before = await lookAtServed(site);
    site.setVersion('v2');
    const { url } = site.endpoint;
    for (const [wrong, observed] of [
      [`${url}/helth`, 'status 404'],
      ['http://127.0.0.1:1/health', 'ECONNREFUSED'],
      ['http://reloadctl.invalid/health', 'reloadctl.invalid'],
      [`https${url.slice('http'.length)}/health`, 'said: '],
    ]) {
      for (const action of ['reload', 'restart']) {
        const refused = await site.reloadctl([
          '--json',
          action,
          'usercenter',
          '--health-url',
          String(wrong),
        ]);
        expect(refused.code, site.report()).toBe(10);
        const result = eventsOf(refused).at(-1);
        expect(result).toMatchObject({ outcome: 'refused', failure: { why: 'health-url-wrong' } });
        expect(result?.elapsedMs).toBeLessThan(10_000);
        expect(signalsOf(refused)).toEqual([]);
      }
      const told = await site.reloadctl(['reload', 'usercenter', '--health-url', String(wrong)]);
      expect(told.stderr).toContain(observed);
      expect(told.stderr).toContain('the health check itself is wrong');
    }
    await expectUntouched(site, before);
  });

  test('lets the cure of a sick version in', async () => {
    const site = await siteForTest({ mailer: false, broken: 'unhealthy' });
    const before = await lookAtServed(site);
    site.setVersion('v2');
    const cured = await site.reloadctl([
      ...['reload', 'usercenter', '--health-url', `${site.endpoint.url}/health`],
    ]);
    expect(cured.code, site.report()).toBe(0);
    expect(cured.stderr).toContain('the version that runs is not healthy itself');
    await expectReplaced(site, before, { version: 'v2', count: 2 });
  });
});
