import type { ReloadOptions } from '../../../src/policy/facts.ts';
import type { PlannedAction } from '../../../src/policy/actions.ts';
import type { Flavour } from '../../fake/gunicorn/installation.ts';
import { goodCode, Site } from '../../fake/site.ts';

/** A way of bringing new code into service, with what a test needs to know of it. */
export interface Way {
  readonly name: string;
  readonly flavour: Flavour;
  readonly action: PlannedAction;
  readonly options: Partial<ReloadOptions>;
  /** Somebody serves at every moment. */
  readonly isGapless: boolean;
  /** The supervisor is a `reloadctl daemon`. */
  readonly daemon?: boolean;
}

const GENTLE: ReadonlyArray<readonly [string, Partial<ReloadOptions>]> = [
  ['bridge', { strategy: 'bridge' }],
  ['rolling 1', { strategy: 'rolling', surge: { kind: 'count', workers: 1 } }],
  ['rolling 2', { strategy: 'rolling', surge: { kind: 'count', workers: 2 } }],
  ['rolling all', { strategy: 'rolling' }],
];

/** Every strategy with both kinds of gunicorn. */
export const WAYS: readonly Way[] = (['20.1.0', '26.1.0'] as const).flatMap((flavour) => [
  ...GENTLE.map(([name, options]): Way => ({
    name: `${name}, gunicorn ${flavour}`,
    flavour,
    action: 'reload',
    options,
    isGapless: true,
  })),
  {
    name: `overlap, gunicorn ${flavour}`,
    flavour,
    action: 'reload',
    options: {},
    isGapless: true,
    daemon: true,
  },
  {
    name: `hup, gunicorn ${flavour}`,
    flavour,
    action: 'reload',
    options: { strategy: 'hup' },
    isGapless: false,
  },
  {
    name: `restart, gunicorn ${flavour}`,
    flavour,
    action: 'reload',
    options: { strategy: 'restart' },
    isGapless: false,
  },
  {
    name: `hard restart, gunicorn ${flavour}`,
    flavour,
    action: 'hard-restart',
    options: {},
    isGapless: false,
  },
]);

/** Each strategy once, with one kind of gunicorn or the other: enough for a walk that takes each step with everything that can go wrong. */
export const SOME_WAYS: readonly Way[] = WAYS.filter(({ name }) =>
  [
    'bridge, gunicorn 20.1.0',
    'bridge, gunicorn 26.1.0',
    'overlap, gunicorn 20.1.0',
    'overlap, gunicorn 26.1.0',
    'rolling 1, gunicorn 26.1.0',
    'rolling 2, gunicorn 20.1.0',
    'hup, gunicorn 20.1.0',
    'restart, gunicorn 26.1.0',
    'hard restart, gunicorn 20.1.0',
  ].includes(name),
);

/** A running site of three workers with new code on the disk. */
export async function siteFor({
  flavour,
  daemon = false,
}: Pick<Way, 'flavour' | 'daemon'>): Promise<Site> {
  const site = new Site({ flavour, daemon, config: { workers: 3 } });
  await site.start();
  site.installation.code.set('', goodCode('2'));
  return site;
}

/** The names of the steps of a way, in order, as a run without a fault takes them. */
export async function stepsOf(way: Way): Promise<readonly string[]> {
  const site = await siteFor(way);
  const { events } = await site.perform(way.action, { options: way.options });
  return events.flatMap((event) => (event.event === 'step-started' ? [event.step.id] : []));
}
