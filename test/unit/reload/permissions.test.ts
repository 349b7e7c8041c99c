import { describe, expect, it } from 'vitest';
import { goodCode, Site } from '../../fake/site.ts';
import { findBreaches, findFlaws } from './outcome.ts';

const DEPLOY = { name: 'deploy', uid: 1000 };
const WEB = { name: 'web', uid: 33, gid: 33 };

describe('a user who may only ask the supervisor', () => {
  it('reloads through it, without a signal of his own and without a gap', async () => {
    const site = new Site({ config: { workers: 3 } });
    await site.start();
    site.installation.code.set('', goodCode('2'));
    const began = site.clock.nowMs;
    const performed = await site.perform('reload', { user: DEPLOY });
    expect(performed.run.result).toMatchObject({ exitCode: 0, strategy: 'rolling' });
    expect(findFlaws(site, '2')).toEqual([]);
    expect(findBreaches(site, performed)).toEqual([]);
    expect(site.serving.gapsSince(began)).toEqual([]);
    const { family } = site;
    const own = site.kernel.sent.filter(
      ({ from, to }) => from === performed.run.proc && family.includes(to),
    );
    expect(own).toEqual([]);
  });

  it('does not boot the code of somebody else as himself', async () => {
    const site = new Site({ program: { user: WEB } });
    await site.start();
    site.installation.code.set('', goodCode('2'));
    const performed = await site.perform('reload', { user: DEPLOY });
    expect(performed.run.result).toMatchObject({
      exitCode: 10,
      refusal: { code: 'settings-unknown', why: 'only root and web may ask it' },
    });
    expect(findFlaws(site, '1')).toEqual([]);
  });

  it('stops and starts the program too', async () => {
    const site = new Site({ program: { user: WEB } });
    await site.start();
    expect((await site.perform('hard-restart', { user: DEPLOY })).exitCode).toBe(0);
    expect(findFlaws(site, '1')).toEqual([]);
  });
});

describe('a user who owns the program', () => {
  it('reloads it by a bridge', async () => {
    const site = new Site({ program: { user: WEB } });
    await site.start();
    site.installation.code.set('', goodCode('2'));
    const performed = await site.perform('reload', { user: { name: 'web', uid: 33 } });
    expect(performed.run.result).toMatchObject({ exitCode: 0, strategy: 'bridge' });
    expect(findFlaws(site, '2')).toEqual([]);
  });
});

describe('where the files of processes are closed to everybody', () => {
  it.each(['20.1.0', '26.1.0'] as const)(
    'readiness goes by time, said beforehand, and no request waits (%s)',
    async (flavour) => {
      const site = new Site({ flavour, program: { startsecs: 3 } });
      await site.start();
      site.installation.code.set('', goodCode('2', 1500));
      const began = site.clock.nowMs;
      const performed = await site.perform('reload', {
        options: { strategy: 'bridge' },
        onStart: (run) => {
          run.os.denials.details = true;
        },
      });
      expect(performed.exitCode).toBe(0);
      expect(performed.events).toContainEqual(
        expect.objectContaining({
          event: 'plan',
          plan: expect.objectContaining({
            notes: expect.arrayContaining([{ code: 'readiness-by-time', seconds: 3 }]) as unknown,
          }) as unknown,
        }),
      );
      expect(site.serving.gapsSince(began)).toEqual([]);
      expect(site.versions).toEqual(['2', '2']);
    },
  );
});
