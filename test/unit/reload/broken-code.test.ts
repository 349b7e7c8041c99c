import { describe, expect, it } from 'vitest';
import type { Code } from '../../fake/gunicorn/installation.ts';
import { goodCode, type PerformOptions, Site } from '../../fake/site.ts';
import { findBreaches, findFlaws } from './outcome.ts';

const TRACEBACK = [
  'Traceback (most recent call last):',
  '  File "/srv/app/wsgi.py", line 2, in <module>',
  '    import missing_dependency',
  "ModuleNotFoundError: No module named 'missing_dependency'",
].join('\n');

/** Ways in which new code can be no good. */
const CODES: ReadonlyArray<readonly [string, Code, RegExp]> = [
  [
    'does not import',
    { version: '2', bootMs: 400, fate: { is: 'fails', status: 3, says: TRACEBACK } },
    /No module named 'missing_dependency'/,
  ],
  [
    'has no application',
    {
      version: '2',
      bootMs: 400,
      fate: { is: 'fails', status: 4, says: "Failed to find attribute 'app' in 'wsgi'." },
    },
    /Failed to find attribute 'app'/,
  ],
  ['hangs', { version: '2', bootMs: 0, fate: { is: 'hangs' } }, /^$/],
  [
    'serves for a moment and ends',
    { version: '2', bootMs: 400, fate: { is: 'crashes', afterMs: 700 } },
    /^$/,
  ],
  ['boots for too long', goodCode('2', 60_000), /^$/],
];

const WAYS: ReadonlyArray<readonly [string, PerformOptions['options']]> = [
  ['bridge', { strategy: 'bridge', timeoutMs: 5000 }],
  ['rolling', { strategy: 'rolling', timeoutMs: 5000 }],
];

const ROWS = (['20.1.0', '26.1.0'] as const).flatMap((flavour) =>
  WAYS.flatMap(([way, options]) =>
    CODES.map(([what, code, says]) => ({ flavour, way, options, what, code, says })),
  ),
);

describe('code that does not boot changes nothing', () => {
  it.each(ROWS)('$flavour, $way: the code $what', async ({ flavour, options, code, says }) => {
    const site = new Site({ flavour, config: { workers: 3 } });
    await site.start();
    const family = new Set(site.family);
    site.installation.code.set('', code);
    const began = site.clock.nowMs;
    const performed = await site.perform('reload', { options: options ?? {} });
    expect(performed.run.result).toMatchObject({ outcome: 'refused', exitCode: 10 });
    const output = performed.events.flatMap((event) =>
      event.event === 'output' ? [event.text] : [],
    );
    expect(output.join('\n')).toMatch(says);
    expect(site.serving.gapsSince(began)).toEqual([]);
    expect(findFlaws(site, '1')).toEqual([]);
    expect(findBreaches(site, performed)).toEqual([]);
    expect(new Set(site.family)).toEqual(family);
    await site.clock.pass(60_000);
    expect(new Set(site.family)).toEqual(family);
  });

  it.each([
    ['hup', 'reload', { strategy: 'hup' }],
    ['restart', 'reload', { strategy: 'restart' }],
    ['restart of what cannot be reloaded', 'restart', {}],
  ] as const)('it is found out before a %s', async (name, action, options) => {
    const site = new Site({ config: { workers: 3, preloadApp: name.startsWith('restart of') } });
    await site.start();
    const family = new Set(site.family);
    const [, code] = CODES[0] ?? [];
    if (code !== undefined) site.installation.code.set('', code);
    const performed = await site.perform(action, { options });
    expect(performed.run.result).toMatchObject({ outcome: 'refused', exitCode: 10 });
    expect(performed.run.result?.failure).toMatchObject({ why: 'preflight' });
    expect(new Set(site.family)).toEqual(family);
  });

  it('a hard restart does not look, and says that the program is down', async () => {
    const site = new Site({ program: { startretries: 1 } });
    await site.start();
    const [, code] = CODES[0] ?? [];
    if (code !== undefined) site.installation.code.set('', code);
    const performed = await site.perform('hard-restart');
    expect(performed.run.result).toMatchObject({ outcome: 'down', exitCode: 12 });
    expect(findBreaches(site, performed)).toEqual([]);
  });
});

describe('code that breaks between its proof and the switch', () => {
  it.each(['20.1.0', '26.1.0'] as const)(
    'leaves the bridge serving until the program is back or somebody mends it (%s)',
    async (flavour) => {
      const site = new Site({ flavour, config: { workers: 3 } });
      await site.start();
      site.installation.code.set('', goodCode('2'));
      const began = site.clock.nowMs;
      const performed = await site.perform('reload', {
        onEvent: (event) => {
          const [, code] = CODES[0] ?? [];
          if (event.event !== 'step-started' || event.step.id !== 'hup') return;
          if (code !== undefined) site.installation.code.set('', code);
        },
      });
      expect(performed.exitCode).toBe(12);
      expect(performed.events).toContainEqual(
        expect.objectContaining({ event: 'master-lost', recovered: false }),
      );
      expect(site.serving.gapsSince(began).filter(({ kind }) => kind === 'refused')).toEqual([]);
      site.installation.code.set('', goodCode('3'));
      const next = await site.perform('restart');
      expect(next.exitCode).toBe(0);
      expect(findFlaws(site, '3')).toEqual([]);
    },
  );
});
