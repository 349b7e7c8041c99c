import { describe, expect, test } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { javaForTests } from '../../rig/servers/java.ts';
import { serverSiteForTest } from '../../rig/servers/server-site.ts';

const server = await javaForTests();

const options = { server, fixture: 'java' };

describe.skipIf(server === undefined)('Java', () => {
  // It catches HUP, and ends all the same.
  test.concurrent('is recognised, and is not sent the HUP that would end it', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'restart', 'java']);
    expect(JSON.parse(planned.stdout), site.report()).toMatchObject({
      plan: { serverType: 'java', version: expect.stringMatching(/^\d+/) as unknown },
    });
    for (const args of [
      ['reload', 'java'],
      ['reload', '--strategy', 'hup', 'java'],
    ]) {
      const refused = await site.reloadctl(args);
      expect(refused.code, `${args.join(' ')}\n${site.report()}`).toBe(10);
    }
    expect(isAlive(master)).toBe(true);
    expect((await site.get()).status).toBe(200);
  });

  // The configured QUIT would print its threads, again and again until it is KILLed.
  test.concurrent('is stopped with a request in flight, which is answered', async (context) => {
    const edit = (text: string): string => text.replace('stopsignal=TERM', 'stopsignal=QUIT');
    const site = await serverSiteForTest({ ...options, edit }, context);
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const stopped = await site.reloadctl(['stop', 'java']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect((await answer).body).toBe('v1\n');
  });
});
