import { describe, expect, it } from 'vitest';
import { siteForTest } from '../../rig/site-for-test.ts';
import { socketSite } from './support/socket-site.ts';

describe.for([
  { name: 'newest gunicorn, tcp', options: {} },
  { name: 'newest gunicorn, unix, preload', options: { bind: 'unix', preload: true } },
  { name: 'oldest gunicorn, tcp, preload', options: { python: 'oldest', preload: true } },
  { name: 'oldest gunicorn, unix', options: { python: 'oldest', bind: 'unix' } },
] as const)('$name', ({ options }) => {
  it('fails no request when its master is replaced', async (context) => {
    const site = await siteForTest(
      { ...options, supervisor: 'reloadctl', mailer: false },
      'serving',
      context,
    );
    const daemon = socketSite(site);
    const first = await daemon.state();
    expect(first.sockets).toHaveLength(1);
    expect(first).toMatchObject({ socketReason: '', adopted: false, gracefulTimeout: 10 });
    expect(daemon.pidFile()).toBe(first.pid);
    const load = await site.load({ ratePerSecond: 200 });
    await load.waitFirst();

    site.setVersion('v2');
    const second = await daemon.overlap();
    expect(daemon.pidFile()).toBe(second);
    expect((await site.get()).version).toBe('v2');
    const third = await daemon.overlap();
    expect(daemon.pidFile()).toBe(third);
    expect(await daemon.state()).toMatchObject({ pid: third, successor: 0, retiring: [] });
    expect((await daemon.state()).retired).toMatchObject({ pid: second, killed: false });
    const seen = await load.stop();
    expect(seen.failed, seen.errors.join('; ')).toBe(0);
  });
});
