import { describe, expect, test } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { daphneForTests } from '../../rig/servers/daphne.ts';
import { serverSiteForTest } from '../../rig/servers/server-site.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await daphneForTests();

const options = { server, fixture: 'daphne' };

describe.skipIf(server === undefined)('Daphne', () => {
  test.concurrent('is recognised, and is not sent the HUP that would end it', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'restart', 'daphne']);
    expect(JSON.parse(planned.stdout), site.report()).toMatchObject({
      plan: { serverType: 'daphne', version: expect.stringMatching(/^\d+\.\d+/) as unknown },
    });
    for (const args of [
      ['reload', 'daphne'],
      ['reload', '--strategy', 'hup', 'daphne'],
      ['signal', 'HUP', 'daphne'],
    ]) {
      const refused = await site.reloadctl(args);
      expect(refused.code, `${args.join(' ')}\n${site.report()}`).toBe(10);
    }
    expect(isAlive(master)).toBe(true);
    expect((await site.get()).version).toBe('v1');
  });

  test.concurrent(
    'is restarted under load, which refuses some; not with bad code',
    async (context) => {
      const site = await serverSiteForTest(options, context);
      const load = await startWatchedLoad(site);
      site.editFile('version.txt', () => 'v2\n');
      const restarted = await site.reloadctl(['restart', 'daphne']);
      expect(restarted, site.report()).toMatchObject({ code: 0 });
      expect((await site.get()).version).toBe('v2');
      await load.waitMore();
      // The figure is for the page; how many it is depends on the machine.
      await context.annotate(describeLoad(await load.running.stop()));
      const master = await site.master();
      site.editFile('app.py', (text) => `import nosuchmodule\n${text}`);
      const refused = await site.reloadctl(['restart', 'daphne']);
      expect(refused.code, site.report()).toBe(10);
      expect(isAlive(master)).toBe(true);
    },
  );
});
