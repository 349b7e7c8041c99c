import { describe, expect, it } from 'vitest';
import { pythonForTests } from '../../rig/python.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { openView } from './open-view.ts';

const python = await pythonForTests('newest');

describe.skipIf(python === undefined).concurrent('the live view acts on real servers', () => {
  it.for([60, 80, 200])('reloads and shows how, at %i columns', async (columns, context) => {
    const site = await siteForTest({ bootSeconds: 1 }, 'serving', context);
    const view = await openView(site, ['top'], { columns, rows: 30 }, context);
    await view.waitFor(/> mailer +RUNNING/);
    view.press('j');
    await view.waitFor(/> usercenter +RUNNING.* 2\/2 /);
    await view.waitFor('Booting worker');
    const before = await site.master();
    site.setVersion('v2');
    view.press('r');
    await view.waitFor('the bridge has 2 ready workers');
    expect(view.rows.every((row) => row.length <= columns)).toBe(true);
    await view.waitFor(/usercenter: reloaded \(bridge, 2 workers/, 30_000);
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).pid).toBe(before.pid);
    if (columns > 60) await view.waitFor(/> usercenter .*s ago, done/);
    view.press('q');
    expect(await view.end()).toBe(0);
    expect(view.isAlternate).toBe(false);
    expect(view.text).toBe('');
  });

  it('says why code that does not boot was not loaded, and goes on', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    const view = await openView(site, ['top', 'usercenter'], { rows: 40 }, context);
    await view.waitFor(/> usercenter +RUNNING/);
    site.setVersion('v2', { broken: 'import-error' });
    view.press('r');
    const report = await view.waitFor('Esc closes this report', 30_000);
    expect(report).toContain('not reloaded, the old version still serves');
    expect(report).toContain('ModuleNotFoundError: No module named');
    expect((await site.get()).version).toBe('v1');
    view.press('\u001b');
    await view.waitFor(/^── usercenter .* refused, stdout/m);
    site.setVersion('v3');
    view.press('r');
    await view.waitFor('usercenter: reloaded', 30_000);
    view.press('q');
    expect(await view.end()).toBe(0);
  });

  it('asks before it stops, stops, and starts again', async (context) => {
    const site = await siteForTest({ mailer: false }, 'serving', context);
    const view = await openView(site, ['top'], {}, context);
    await view.waitFor(/> usercenter +RUNNING/);
    view.press('x');
    await view.waitFor('Stop usercenter?');
    view.press('n');
    await view.waitFor('No stop.');
    expect((await site.program()).state).toBe('RUNNING');
    view.press('x');
    await view.waitFor('Stop usercenter?');
    view.press('y');
    await view.waitFor('usercenter: stopped', 30_000);
    await view.waitFor(/> usercenter +STOPPED/);
    expect((await site.program()).state).toBe('STOPPED');
    view.press('s');
    await view.waitFor(/usercenter: started/, 30_000);
    await view.waitFor(/> usercenter +RUNNING.* 2\/2 /);
    expect((await site.get()).version).toBe('v1');
    view.press('\u0003');
    expect(await view.end()).toBe(0);
  });

  it('ends a reload early with Ctrl-C, in order, and does not leave before', async (context) => {
    const site = await siteForTest({ mailer: false }, 'serving', context);
    site.setVersion('v2', { bootSeconds: 30 });
    const view = await openView(site, ['top'], { rows: 40 }, context);
    await view.waitFor(/> usercenter +RUNNING/);
    view.press('r');
    await view.waitFor('at most');
    view.press('q');
    await view.waitFor('the view stays until it has ended');
    view.press('\u001a');
    await view.waitFor('it would stop half way');
    view.press('\u0003');
    await view.waitFor(/not reloaded, interrupted/, 30_000);
    expect((await site.get()).version).toBe('v1');
    await waitFor('the bridge to be gone', async () =>
      (await site.workers()).length === 2 ? true : undefined,
    );
    view.press('\u0003');
    expect(await view.end()).toBe(0);
  });

  it.for([
    ['SIGTERM', 143],
    ['a lost terminal', 'SIGHUP'],
  ] as const)(
    'brings a reload to its end when it is ended by %s',
    async ([how, expected], context) => {
      const site = await siteForTest({ mailer: false, bootSeconds: 1 }, 'serving', context);
      site.setVersion('v2', { bootSeconds: 1 });
      const view = await openView(site, ['top'], { rows: 40 }, context);
      await view.waitFor(/> usercenter +RUNNING/);
      view.press('r');
      await view.waitFor('at most');
      if (how === 'SIGTERM') await view.signal('SIGTERM');
      else view.hangUp();
      expect(await view.end(60_000)).toBe(expected);
      const { version } = await site.get();
      expect(version).toBe(how === 'SIGTERM' ? 'v1' : 'v2');
      expect(await site.workers()).toHaveLength(2);
    },
  );
});
