import { describe, expect, it } from 'vitest';
import type { ReloadOptions } from '../../../src/policy/facts.ts';
import { goodCode, type Performed, Site } from '../../fake/site.ts';
import { findBreaches, findFlaws } from './outcome.ts';

const HOOKS: ReloadOptions['hooks'] = {
  before_reload: ['/usr/bin/before'],
  after_reload: ['/usr/bin/after'],
  on_failure: ['/usr/bin/failed'],
};

async function siteWithNewCode(): Promise<Site> {
  const site = new Site();
  await site.start();
  site.installation.code.set('', goodCode('2'));
  return site;
}

const hooksOf = ({ events }: Performed): readonly string[] =>
  events.flatMap((event) =>
    event.event === 'step-started' && event.step.do === 'hook' ? [event.step.moment] : [],
  );

describe('hooks', () => {
  it('run before and after a reload', async () => {
    const site = await siteWithNewCode();
    const performed = await site.perform('reload', { options: { hooks: HOOKS } });
    expect(performed.exitCode).toBe(0);
    expect(hooksOf(performed)).toEqual(['before_reload', 'after_reload']);
  });

  it('stop the reload before it begins when the first one fails, and tell of the failure', async () => {
    const site = await siteWithNewCode();
    site.machine.hookCode = 1;
    const performed = await site.perform('reload', { options: { hooks: HOOKS } });
    expect(performed.run.result).toMatchObject({
      outcome: 'refused',
      exitCode: 10,
      failure: { why: 'hook' },
    });
    expect(hooksOf(performed)).toEqual(['before_reload', 'on_failure']);
    expect(findFlaws(site, '1')).toEqual([]);
    const sent = site.kernel.sent.filter(({ from }) => from === performed.run.proc);
    expect(sent).toEqual([]);
  });

  it('do not undo a reload when the last one fails', async () => {
    const site = await siteWithNewCode();
    site.machine.hookCode = 1;
    const performed = await site.perform('reload', {
      options: { hooks: { after_reload: ['/usr/bin/after'] } },
    });
    expect(performed.exitCode).toBe(0);
    expect(performed.events).toContainEqual(
      expect.objectContaining({ event: 'output', source: 'hook' }),
    );
  });

  it('tell of a failure in the end', async () => {
    const site = await siteWithNewCode();
    site.installation.code.set('', { version: '2', bootMs: 0, fate: { is: 'hangs' } });
    const performed = await site.perform('reload', { options: { hooks: HOOKS, timeoutMs: 3000 } });
    expect(performed.exitCode).toBe(10);
    expect(hooksOf(performed)).toEqual(['before_reload', 'on_failure']);
    expect(performed.run.result?.event).toBe('result');
  });
});

describe('what a hook is told', () => {
  const VARIABLES = [
    ...['HOOK', 'PROGRAM', 'STRATEGY', 'OUTCOME', 'EXIT_CODE', 'REASON', 'FROM', 'TO'],
    'DURATION_MS',
  ];
  const told = (site: Site): ReadonlyArray<Readonly<Record<string, string | undefined>>> =>
    site.machine.hooked.map(({ env }) =>
      Object.fromEntries(VARIABLES.map((name) => [name, env[`RELOADCTL_${name}`]])),
    );

  it('before a reload is what is known then, and after it how it went', async () => {
    const site = await siteWithNewCode();
    const performed = await site.perform('reload', { options: { hooks: HOOKS } });
    const known = { PROGRAM: 'usercenter:usercenter', STRATEGY: 'bridge' };
    const place = { FROM: '/srv/app', TO: '/srv/app' };
    const aTime = expect.stringMatching(/^\d+$/u) as unknown;
    expect(told(site)).toEqual([
      {
        ...{ ...known, ...place, HOOK: 'before_reload', DURATION_MS: aTime },
        ...{ OUTCOME: '', EXIT_CODE: '', REASON: '' },
      },
      {
        ...{ ...known, ...place, HOOK: 'after_reload', DURATION_MS: aTime },
        ...{ OUTCOME: 'done', EXIT_CODE: '0', REASON: '' },
      },
    ]);
    const [before, after] = site.machine.hooked.map(({ document }) => document);
    expect(before).toEqual({
      event: 'begun',
      action: 'reload',
      strategy: 'bridge',
      target: 'usercenter',
      elapsedMs: expect.any(Number) as unknown,
    });
    expect(after).toEqual({
      ...(JSON.parse(JSON.stringify(performed.run.result)) as object),
      atMs: undefined,
      elapsedMs: expect.any(Number) as unknown,
    });
  });

  it.each([
    ['a refusal', 10, 'refused', 'limit', { version: '2', bootMs: 0, fate: { is: 'hangs' } }],
  ] as const)(
    'of a failure is what the result says: %s',
    async (_, exitCode, outcome, why, code) => {
      const site = await siteWithNewCode();
      site.installation.code.set('', code);
      const performed = await site.perform('reload', {
        options: { hooks: HOOKS, timeoutMs: 3000 },
      });
      expect(performed.run.result).toMatchObject({ outcome, exitCode });
      expect(told(site).at(-1)).toMatchObject({
        ...{ HOOK: 'on_failure', OUTCOME: outcome, EXIT_CODE: String(exitCode), REASON: why },
      });
      expect(site.machine.hooked.at(-1)?.document).toMatchObject({
        ...{ event: 'result', outcome, exitCode, failure: { why } },
        serving: { old: { total: 2, ready: 2 } },
      });
    },
  );

  it('of a program that is down is what is seen in the end, when a supervisor may have started it again', async () => {
    const site = await siteWithNewCode();
    site.machine.answerHttp = (_, through) =>
      through === undefined && site.machine.hooked.length === 0
        ? { ok: true, status: 200, body: '' }
        : { ok: true, status: 500, body: '' };
    const performed = await site.perform('hard-restart', {
      options: { hooks: HOOKS, healthUrls: ['http://127.0.0.1:8000/up'] },
    });
    const { outcome, exitCode } = performed.run.result ?? {};
    expect(exitCode).toBe(12);
    expect(told(site).at(-1)).toMatchObject({
      OUTCOME: outcome,
      EXIT_CODE: '12',
      REASON: 'unhealthy',
    });
  });

  it('has no secrets in it', async () => {
    const site = await siteWithNewCode();
    site.machine.answerHttp = () => ({ ok: true, status: 404, body: '' });
    await site.perform('reload', {
      options: { hooks: HOOKS, healthUrls: ['http://u:hunter2x@127.0.0.1:8000/up'] },
    });
    expect(site.machine.hooked).toHaveLength(1);
    expect(JSON.stringify(site.machine.hooked)).toContain('health-url-wrong');
    expect(JSON.stringify(site.machine.hooked)).not.toContain('hunter2x');
  });
});

describe('health checks', () => {
  const URLS = ['http://127.0.0.1:8000/up'];

  it('pass when every address answers 2xx', async () => {
    const site = await siteWithNewCode();
    site.machine.answerHttp = () => ({ ok: true, status: 204, body: '' });
    const performed = await site.perform('reload', { options: { healthUrls: URLS } });
    expect(performed.exitCode).toBe(0);
  });

  it('are asked as the settings say, aside and in the end', async () => {
    const site = await siteWithNewCode();
    const asked: Array<readonly [aside: boolean, how: unknown]> = [];
    site.machine.answerHttp = (_, through, how) => {
      asked.push([through !== undefined, { host: how?.host, headers: how?.headers }]);
      return { ok: true, status: 302, body: '' };
    };
    const headers = [{ name: 'X-A', value: 'a-value' }];
    const performed = await site.perform('reload', {
      options: {
        healthUrls: URLS,
        healthHost: 'www.example.org',
        healthHeaders: headers,
        healthExpect: [{ from: 300, to: 399 }],
      },
    });
    expect(performed.exitCode).toBe(0);
    expect(new Set(asked.map(([aside]) => aside))).toEqual(new Set([true, false]));
    for (const [, how] of asked) expect(how).toEqual({ host: 'www.example.org', headers });
    expect(JSON.stringify(performed.events)).not.toContain('a-value');
  });

  it('accept no other status than those that the settings name', async () => {
    const site = await siteWithNewCode();
    site.machine.answerHttp = () => ({ ok: true, status: 200, body: '' });
    const performed = await site.perform('reload', {
      options: { healthUrls: URLS, healthExpect: [{ from: 204, to: 204 }] },
    });
    expect(performed.run.result).toMatchObject({
      outcome: 'refused',
      failure: { why: 'health-url-wrong', url: URLS[0], observed: 'status 200' },
    });
  });

  it('may fail while the new version warms up', async () => {
    const site = await siteWithNewCode();
    let asked = 0;
    const isNew = (): boolean =>
      site.master?.workers.some(({ version }) => version === '2') === true;
    site.machine.answerHttp = (_, through) =>
      through === undefined && isNew()
        ? { ok: true, status: (asked += 1) < 20 ? 503 : 200, body: '' }
        : { ok: true, status: 200, body: '' };
    const performed = await site.perform('reload', { options: { healthUrls: URLS } });
    expect(performed.exitCode).toBe(0);
    expect(asked).toBe(20);
  });

  it.each(['bridge', 'rolling', 'hup'] as const)(
    'of the new version aside decide before anything is touched: %s',
    async (strategy) => {
      const site = await siteWithNewCode();
      site.machine.answerHttp = (_, through) =>
        through === undefined
          ? { ok: true, status: 200, body: '' }
          : { ok: true, status: 503, body: '' };
      const performed = await site.perform('reload', {
        options: { healthUrls: URLS, strategy },
      });
      expect(performed.run.result).toMatchObject({
        outcome: 'refused',
        exitCode: 10,
        failure: { why: 'unhealthy', url: URLS[0], observed: 'status 503' },
      });
      expect(performed.events.some(({ event }) => event === 'signal')).toBe(false);
      expect(findBreaches(site, performed)).toEqual([]);
    },
  );

  it.each([
    ['status 500', () => ({ ok: true, status: 500, body: '' }) as const],
    ['status 301', () => ({ ok: true, status: 301, body: '' }) as const],
    ['ECONNREFUSED', () => ({ ok: false, error: 'ECONNREFUSED' }) as const],
    ['timed out', () => undefined],
  ])('fail in the end: %s', async (observed, answer) => {
    const site = await siteWithNewCode();
    const isNew = (): boolean =>
      site.master?.workers.some(({ version }) => version === '2') === true;
    site.machine.answerHttp = (_, through) =>
      through === undefined && isNew() ? answer() : { ok: true, status: 200, body: '' };
    const performed = await site.perform('reload', { options: { healthUrls: URLS } });
    expect(performed.run.result).toMatchObject({
      outcome: 'degraded',
      exitCode: 12,
      failure: { why: 'unhealthy', url: URLS[0], observed },
    });
    expect(findBreaches(site, performed)).toEqual([]);
  });
});

describe('a health URL that the running version does not pass', () => {
  const URLS = ['http://127.0.0.1:8000/up'];
  const nobody = { ok: false, error: 'connect ECONNREFUSED', isNobodyThere: true } as const;

  it.each([
    ['status 400', { ok: true, status: 400, body: '' }],
    ['status 404', { ok: true, status: 404, body: '' }],
    ['status 301', { ok: true, status: 301, body: '' }],
    ['connect ECONNREFUSED', nobody],
  ] as const)(
    'is a mistake of the setting, and nothing is touched: %s',
    async (observed, answer) => {
      for (const action of ['reload', 'restart'] as const) {
        for (const strategy of ['auto', 'bridge', 'rolling', 'hup', 'restart'] as const) {
          const site = await siteWithNewCode();
          site.machine.answerHttp = () => answer;
          const performed = await site.perform(action, {
            options: { healthUrls: URLS, strategy, hooks: { before_reload: ['/usr/bin/before'] } },
          });
          expect(performed.run.result, strategy).toMatchObject({
            outcome: 'refused',
            exitCode: 10,
            failure: { why: 'health-url-wrong', url: URLS[0], observed },
          });
          expect(hooksOf(performed)).toEqual([]);
          expect(performed.run.result?.elapsedMs).toBeLessThan(5000);
          const sent = site.kernel.sent.filter(({ from }) => from === performed.run.proc);
          expect(sent).toEqual([]);
          expect(findFlaws(site, '1')).toEqual([]);
        }
      }
    },
  );

  it('is one also where the daemon overlaps', async () => {
    const site = new Site({ daemon: true });
    await site.start();
    site.machine.answerHttp = () => nobody;
    const performed = await site.perform('reload', { options: { healthUrls: URLS } });
    expect(performed.run.result).toMatchObject({
      strategy: 'overlap',
      failure: { why: 'health-url-wrong' },
    });
    expect(findFlaws(site, '1')).toEqual([]);
  });

  it.each([
    ['status 503', { ok: true, status: 503, body: '' }],
    ['status 429', { ok: true, status: 429, body: '' }],
    ['socket hang up', { ok: false, error: 'socket hang up' }],
    ['timed out', undefined],
  ] as const)('is said of a sick one, which its cure may replace: %s', async (observed, answer) => {
    const site = await siteWithNewCode();
    const isNew = (): boolean =>
      site.master?.workers.some(({ version }) => version === '2') === true;
    site.machine.answerHttp = (_, through) =>
      through === undefined && !isNew() ? answer : { ok: true, status: 200, body: '' };
    const performed = await site.perform('reload', { options: { healthUrls: URLS } });
    expect(performed.exitCode).toBe(0);
    expect(performed.events).toContainEqual(
      expect.objectContaining({
        event: 'step-failed',
        failure: { why: 'sick', url: URLS[0], observed },
      }),
    );
    expect(findFlaws(site, '2')).toEqual([]);
  });

  it('gets a few tries', async () => {
    const site = await siteWithNewCode();
    let asked = 0;
    site.machine.answerHttp = (_, through) =>
      through === undefined && (asked += 1) === 1 ? nobody : { ok: true, status: 200, body: '' };
    const performed = await site.perform('reload', { options: { healthUrls: URLS } });
    expect(performed.exitCode).toBe(0);
  });

  it('does not keep back what is to replace a version that has failed', async () => {
    const site = await siteWithNewCode();
    const isNew = (): boolean =>
      site.master?.workers.some(({ version }) => version === '2') === true;
    site.machine.answerHttp = (_, through) => ({
      ok: true,
      status: through === undefined && !isNew() ? 404 : 200,
      body: '',
    });
    const performed = await site.perform('restart', {
      options: { healthUrls: URLS, isWayBack: true },
    });
    expect(performed.exitCode).toBe(0);
  });

  it('does not matter to a hard restart, or to a start', async () => {
    const site = await siteWithNewCode();
    const asked: string[] = [];
    let answers = 0;
    site.machine.answerHttp = () => ({
      ok: true,
      status: (answers += 1) < 3 ? 404 : 200,
      body: '',
    });
    const performed = await site.perform('hard-restart', {
      options: { healthUrls: URLS },
      onEvent: (event) => {
        if (event.event === 'step-started') asked.push(event.step.id);
      },
    });
    expect(performed.exitCode).toBe(0);
    expect(asked).not.toContain('health-now');
  });
});

describe('work that takes longer than its time', () => {
  it('is cut off in the end, worker by worker, and told with exit 11', async () => {
    const site = new Site({ config: { workers: 3, gracefulTimeout: 4 }, requestMs: 1_000_000 });
    await site.start();
    const old = new Set(site.master?.workers.map(({ proc }) => proc.pid));
    site.installation.code.set('', goodCode('2'));
    const performed = await site.perform('reload', { options: { strategy: 'hup' } });
    expect(performed.run.result).toMatchObject({ outcome: 'done-with-kill', exitCode: 11 });
    const killed = performed.events.flatMap((event) => (event.event === 'killed' ? [event] : []));
    expect(new Set(killed.map(({ pid }) => pid))).toEqual(old);
    for (const { by, role, afterMs } of killed) {
      expect({ by, role, afterMs }).toEqual({
        by: 'reloadctl',
        role: 'old-workers',
        afterMs: 4000,
      });
    }
    expect(findFlaws(site, '2')).toEqual([]);
  });

  it('is not cut off before', async () => {
    const site = new Site({ config: { workers: 3, gracefulTimeout: 4 }, requestMs: 3800 });
    await site.start();
    site.installation.code.set('', goodCode('2'));
    for (const strategy of ['bridge', 'rolling', 'hup'] as const) {
      const performed = await site.perform('reload', { options: { strategy } });
      expect(performed.exitCode, strategy).toBe(0);
    }
    expect(site.cutOff).toEqual([]);
  });
});
