import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { siteForTest } from '../../rig/site-for-test.ts';
import { eventsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, expectServedBy, lookAtServed } from './support/served.ts';

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
    const refused = await site.reloadctl(['reload', 'usercenter', ...health]);
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
});
