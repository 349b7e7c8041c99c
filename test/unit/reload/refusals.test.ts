import { describe, expect, it } from 'vitest';
import type { ReloadOptions } from '../../../src/policy/facts.ts';
import { goodCode, Site, type SiteOptions } from '../../fake/site.ts';
import { findBreaches } from './outcome.ts';

interface Case {
  readonly name: string;
  readonly site?: SiteOptions;
  readonly prepare?: (site: Site) => void;
  readonly options?: Partial<ReloadOptions>;
  readonly user?: { readonly name: string; readonly uid: number };
  readonly exitCode: number;
  readonly refusal?: Readonly<Record<string, unknown>>;
}

const DEPLOY = { name: 'deploy', uid: 1000 };

/** The application in one directory or another, behind a link that was moved after the start. */
const moved = (site: Site): void => {
  site.kernel.files.symlink('/srv/current', '/srv/releases/2');
};

const linked = (environment: Readonly<Record<string, string>> = {}): SiteOptions => ({
  program: { directory: '/srv/current', environment },
});

const CASES: readonly Case[] = [
  {
    name: 'an application that the master has loaded',
    site: { config: { preloadApp: true } },
    exitCode: 10,
    refusal: { code: 'preloaded' },
  },
  {
    name: 'an application that the command line has the master load',
    site: { program: { command: '/venv/bin/gunicorn --preload wsgi:app' } },
    exitCode: 10,
    refusal: { code: 'preloaded' },
  },
  {
    name: 'a master that works in a release that is no longer the current one',
    site: linked(),
    prepare: moved,
    exitCode: 10,
    refusal: {
      code: 'stale-release',
      directory: '/srv/current',
      pointsTo: '/srv/releases/2',
      masterCwd: '/srv/app',
    },
  },
  {
    name: 'a configuration file that cannot be read any more',
    prepare: (site) => {
      site.installation.configError = 'SyntaxError: invalid syntax';
    },
    exitCode: 10,
    refusal: { code: 'settings-broken' },
  },
  {
    name: 'a machine without the memory',
    prepare: (site) => {
      site.machine.memoryAvailable = 1024;
    },
    exitCode: 10,
    refusal: { code: 'no-memory', availableBytes: 1024 },
  },
  {
    name: 'a program of another user, below a wrapper that the supervisor would signal instead',
    site: { program: { user: { name: 'web', uid: 33, gid: 33 } } },
    user: DEPLOY,
    options: { strategy: 'bridge' },
    exitCode: 1,
    refusal: { code: 'not-permitted', user: 'deploy', strategy: 'bridge' },
  },
  {
    name: 'a strategy for which the supervisor would have to own the sockets',
    options: { strategy: 'overlap' },
    exitCode: 2,
    refusal: { code: 'strategy-impossible' },
  },
  {
    name: 'a new address that somebody else listens on',
    prepare: (site) => {
      site.kernel.bind(site.kernel.init, '127.0.0.1:9000');
      site.installation.config = { ...site.installation.config, bind: '127.0.0.1:9000' };
    },
    exitCode: 10,
    refusal: { code: 'bind-taken', address: '127.0.0.1:9000' },
  },
];

describe('a reload is refused, and nothing is sent, for', () => {
  it.each(CASES)('$name', async ({ site: options, prepare, exitCode, refusal, ...how }) => {
    const site = new Site(options);
    site.kernel.files.symlink('/srv/current', '/srv/app');
    await site.start();
    const { versions } = site;
    site.installation.code.set('', goodCode('2'));
    prepare?.(site);
    const performed = await site.perform('reload', how);
    expect(performed.run.result).toMatchObject({ exitCode, outcome: 'refused', refusal });
    expect(site.kernel.sent.filter(({ from }) => from === performed.run.proc)).toEqual([]);
    expect(findBreaches(site, performed)).toEqual([]);
    expect(site.versions).toEqual(versions);
  });
});

describe('a reload of a moved release', () => {
  it.each([
    ['PWD names the link', linked({ PWD: '/srv/current' })],
    ['chdir names the link', { ...linked(), config: { chdir: '/srv/current' } }],
  ] as const)('loads the new one where %s', async (_name, options) => {
    const site = new Site(options);
    site.kernel.files.symlink('/srv/current', '/srv/app');
    site.installation.code.set('/srv/releases/2', goodCode('2'));
    await site.start();
    moved(site);
    const performed = await site.perform('reload');
    expect(performed.exitCode).toBe(0);
    expect(site.versions).toEqual(['2', '2']);
  });
});

describe('a reload of a program that ends meanwhile', () => {
  it('does not claim that the old version serves', async () => {
    const site = new Site({ program: { autorestart: false } });
    await site.start();
    const performed = await site.perform('reload', {
      onStart: () => {
        site.clock.after(60, () => {
          const { master } = site;
          if (master !== undefined) site.kernel.kill(site.kernel.init, master.proc, 'SIGKILL');
        });
      },
    });
    expect(performed.exitCode).toBe(7);
  });
});
