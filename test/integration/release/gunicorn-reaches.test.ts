import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import type { PythonName } from '../../rig/python.ts';
import { stopSite } from '../../rig/site-for-test.ts';
import { createSite, type Site, type SiteOptions } from '../../rig/site.ts';
import { missingPythons } from '../reload/support/missing-pythons.ts';
import {
  expectReplaced,
  expectUntouched,
  lookAtServed,
  type Served,
} from '../reload/support/served.ts';
import { startWatchedLoad } from '../reload/support/under-load.ts';

const missing = await missingPythons();

/** What a command told a person, on one line. */
const said = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
  (stdout + stderr).replaceAll(/\s+/g, ' ');

interface Situation {
  readonly what: string;
  readonly options?: SiteOptions;
  /** Files of the site before it is started. */
  readonly prepare?: (site: Site) => void;
  /** What a deployment did. */
  readonly change: (site: Site) => void;
  /** 'replaced': the new version serves. 'refused': exit 10, and the same processes serve. */
  readonly ends: 'replaced' | 'refused';
  readonly says?: readonly RegExp[];
  readonly strategies?: ReadonlyArray<readonly string[]>;
  /** What the refusal advises, and that it works. */
  readonly hint?: readonly string[];
  /** Puts things back where a stop needs them. */
  readonly restore?: (site: Site) => void;
}

const append = (site: Site, file: string, text: string): void => {
  appendFileSync(join(site.codeDirectory, file), text);
};
const write = (site: Site, file: string, text: string): void => {
  mkdirSync(join(site.codeDirectory, file, '..'), { recursive: true });
  writeFileSync(join(site.codeDirectory, file), text);
};

/** The code stands in app/, and so does directory=. */
const IN_APP: SiteOptions = { programOptions: { directory: '%(here)s/app' } };
const moveCodeToApp = (site: Site): void => {
  mkdirSync(join(site.directory, 'app'));
  for (const file of ['wsgi.py', 'gunicorn.py', 'version', 'boot_seconds', 'mailer.py']) {
    renameSync(join(site.directory, file), join(site.directory, 'app', file));
  }
};

const WORKER_CLASS: SiteOptions = {
  environment: { USERCENTER_WORKER_CLASS: 'kinds.Kind' },
  programOptions: { command: 'gunicorn -c gunicorn.py wsgi:app' },
};
const KINDS =
  'from gunicorn.workers.sync import SyncWorker\n\n\nclass Kind(SyncWorker):\n    pass\n';

const SITUATIONS: readonly Situation[] = [
  {
    what: 'the directory was moved away',
    options: IN_APP,
    prepare: moveCodeToApp,
    change: ({ directory }) => {
      renameSync(join(directory, 'app'), join(directory, 'app.old'));
    },
    restore: ({ directory }) => {
      renameSync(join(directory, 'app.old'), join(directory, 'app'));
    },
    ends: 'refused',
    says: [/app.*(does not exist|is not there|leads nowhere)/],
    strategies: [[], ['--strategy', 'bridge'], ['--strategy', 'rolling']],
  },
  {
    what: 'PWD of the program names a link that leads nowhere',
    options: { releases: true, environment: { PWD: '%(here)s/current' } },
    change: ({ directory }) => {
      rmSync(join(directory, 'current'));
      symlinkSync('releases/r9', join(directory, 'current'));
    },
    restore: ({ directory }) => {
      rmSync(join(directory, 'current'));
      symlinkSync('releases/r1', join(directory, 'current'));
    },
    ends: 'refused',
    says: [/current/],
    strategies: [[], ['--strategy', 'bridge'], ['--strategy', 'rolling']],
  },
  {
    what: 'a pre_exec that raises',
    prepare: (site) => {
      append(
        site,
        'gunicorn.py',
        '\n\ndef pre_exec(server):\n    raise RuntimeError("pre_exec")\n',
      );
    },
    change: (site) => {
      site.setVersion('v2');
    },
    ends: 'refused',
    says: [/pre_exec/],
    strategies: [['--strategy', 'bridge']],
    hint: ['--strategy', 'rolling'],
  },
  {
    what: 'a pre_exec that works',
    prepare: (site) => {
      append(site, 'gunicorn.py', '\n\ndef pre_exec(server):\n    server.log.info("pre_exec")\n');
    },
    change: (site) => {
      site.setVersion('v2');
    },
    ends: 'replaced',
    strategies: [[]],
  },
  {
    what: 'a pre_exec that raised is mended in the file, which the master has not loaded',
    prepare: (site) => {
      append(
        site,
        'gunicorn.py',
        '\n\ndef pre_exec(server):\n    raise RuntimeError("pre_exec")\n',
      );
    },
    change: (site) => {
      site.setVersion('v2');
      append(site, 'gunicorn.py', '\n\ndef pre_exec(server):\n    pass\n');
    },
    ends: 'refused',
    says: [/pre_exec.*--strategy rolling/],
    strategies: [[], ['--strategy', 'bridge']],
    hint: ['--strategy', 'rolling'],
  },
  {
    what: 'the worker class is a module of the project, which has changed',
    options: WORKER_CLASS,
    prepare: (site) => {
      write(site, 'kinds.py', KINDS);
    },
    change: (site) => {
      site.setVersion('v2');
      write(site, 'kinds.py', `${KINDS}\n\nNEW = 1\n`);
    },
    ends: 'refused',
    says: [/kinds\.py/],
    strategies: [[], ['--strategy', 'rolling'], ['--strategy', 'hup'], ['--strategy', 'bridge']],
  },
  {
    what: 'the worker class is a module of the project, which is as it was',
    options: WORKER_CLASS,
    prepare: (site) => {
      write(site, 'kinds.py', KINDS);
    },
    change: (site) => {
      site.setVersion('v2');
    },
    ends: 'replaced',
  },
  {
    what: 'the configuration imports a module of the project, which has changed',
    prepare: (site) => {
      write(site, 'project/__init__.py', '');
      write(site, 'project/settings.py', 'WORKERS = 2\n');
      append(site, 'gunicorn.py', '\nfrom project.settings import WORKERS\nworkers = WORKERS\n');
    },
    change: (site) => {
      site.setVersion('v2');
      write(site, 'project/settings.py', 'WORKERS = 3\n');
    },
    ends: 'refused',
    says: [/project\/settings\.py/],
    strategies: [[], ['--strategy', 'hup']],
  },
  {
    what: 'the configuration is a module (-c python:), which has changed',
    options: { programOptions: { command: 'gunicorn -c python:project.conf wsgi:app' } },
    prepare: (site) => {
      write(site, 'project/__init__.py', '');
      const text = readFileSync(join(site.codeDirectory, 'gunicorn.py'), 'utf8');
      write(site, 'project/conf.py', text);
    },
    change: (site) => {
      site.setVersion('v2');
      append(site, 'project/conf.py', '\nworkers = 3\n');
    },
    ends: 'refused',
    says: [/project\/conf\.py/],
  },
  {
    what: 'the logger class is a module of the project, which has changed',
    prepare: (site) => {
      write(
        site,
        'logs.py',
        'from gunicorn.glogging import Logger\n\n\nclass Log(Logger):\n    pass\n',
      );
      append(site, 'gunicorn.py', '\nlogger_class = "logs.Log"\n');
    },
    change: (site) => {
      site.setVersion('v2');
      append(site, 'logs.py', '\nNEW = 1\n');
    },
    ends: 'refused',
    says: [/logs\.py/],
  },
  {
    what: 'bind has one address more',
    change: (site) => {
      site.setVersion('v2');
      const { host } = new URL(site.endpoint.url);
      append(site, 'gunicorn.py', `\nbind = ["${host}", "unix:${site.directory}/more.sock"]\n`);
    },
    ends: 'refused',
    says: [/bind/],
    strategies: [[], ['--strategy', 'hup'], ['--strategy', 'bridge']],
    hint: ['--strategy', 'rolling'],
  },
  {
    what: 'bind goes from one address to all',
    change: (site) => {
      site.setVersion('v2');
      const { port } = new URL(site.endpoint.url);
      append(site, 'gunicorn.py', `\nbind = "0.0.0.0:${port}"\n`);
    },
    ends: 'refused',
    says: [/bind/],
  },
  {
    what: 'a relative -c beside --chdir',
    options: {
      programOptions: { command: 'gunicorn -c conf/web.py --chdir code wsgi:app' },
    },
    prepare: (site) => {
      mkdirSync(join(site.directory, 'code'));
      mkdirSync(join(site.directory, 'conf'));
      for (const file of ['wsgi.py', 'version', 'boot_seconds']) {
        renameSync(join(site.directory, file), join(site.directory, 'code', file));
      }
      renameSync(join(site.directory, 'gunicorn.py'), join(site.directory, 'conf', 'web.py'));
      // The second program of the site needs its own.
    },
    change: (site) => {
      writeFileSync(join(site.directory, 'code', 'version'), 'v2');
    },
    ends: 'replaced',
    strategies: [[], ['--strategy', 'rolling']],
  },
  {
    what: 'chdir in a relative configuration file',
    options: { programOptions: { command: 'gunicorn -c conf/web.py wsgi:app' } },
    prepare: (site) => {
      mkdirSync(join(site.directory, 'code'));
      mkdirSync(join(site.directory, 'conf'));
      for (const file of ['wsgi.py', 'version', 'boot_seconds']) {
        renameSync(join(site.directory, file), join(site.directory, 'code', file));
      }
      renameSync(join(site.directory, 'gunicorn.py'), join(site.directory, 'conf', 'web.py'));
      appendFileSync(
        join(site.directory, 'conf', 'web.py'),
        `\nchdir = "${site.directory}/code"\n`,
      );
    },
    change: (site) => {
      writeFileSync(join(site.directory, 'code', 'version'), 'v2');
    },
    ends: 'replaced',
  },
  {
    what: 'a child_exit that raises',
    change: (site) => {
      site.setVersion('v2');
      append(
        site,
        'gunicorn.py',
        '\n\ndef child_exit(server, worker):\n    raise KeyError(worker.pid)\n',
      );
    },
    ends: 'refused',
    says: [/child_exit/],
    strategies: [[], ['--strategy', 'hup']],
  },
  {
    what: 'an on_reload with a name that does not exist',
    change: (site) => {
      site.setVersion('v2');
      append(site, 'gunicorn.py', '\n\ndef on_reload(server):\n    no_such_name()\n');
    },
    ends: 'refused',
    says: [/on_reload/],
    strategies: [[], ['--strategy', 'hup']],
  },
  {
    what: 'a nworkers_changed that raises',
    change: (site) => {
      site.setVersion('v2');
      append(
        site,
        'gunicorn.py',
        '\n\ndef nworkers_changed(server, new, old):\n    raise ValueError(new) if old else None\n',
      );
    },
    ends: 'refused',
    says: [/nworkers_changed/],
  },
  {
    what: 'a child_exit and an on_reload that work',
    change: (site) => {
      site.setVersion('v2');
      append(
        site,
        'gunicorn.py',
        '\n\ndef child_exit(server, worker):\n    server.log.info("gone %s", worker.pid)\n\n\ndef on_reload(server):\n    pass\n',
      );
    },
    ends: 'replaced',
  },
];

async function start(
  { options, prepare, restore }: Situation,
  python: PythonName,
  context: TestContext,
): Promise<Site> {
  const site = await createSite({ python, mailer: false, ...options });
  context.onTestFinished(async () => {
    if (restore !== undefined && !existsSync(join(site.directory, 'app'))) restore(site);
    await stopSite(site);
  });
  context.onTestFailed(() => {
    console.error(site.report());
  });
  prepare?.(site);
  await site.start();
  return site;
}

async function expectEnd(
  site: Site,
  { ends, says = [], strategies = [[]] }: Situation,
  before: Served,
): Promise<void> {
  let served = before;
  for (const flags of strategies) {
    const result = await site.reloadctl(['reload', 'usercenter', ...flags]);
    if (ends === 'refused') {
      expect(result.code, said(result)).toBe(10);
      for (const words of says) expect(said(result)).toMatch(words);
      await expectUntouched(site, before);
    } else {
      expect(result.code, site.report()).toBe(0);
      served = await expectReplaced(site, served, { version: 'v2', count: 2 });
    }
  }
}

describe('the offered release serves, or the same processes do', () => {
  for (const python of ['newest', 'oldest'] as const) {
    for (const situation of SITUATIONS) {
      test
        .skipIf(missing.has(python))
        .concurrent(`${python} gunicorn, ${situation.what}: ${situation.ends}`, async (context) => {
          const site = await start(situation, python, context);
          const before = await lookAtServed(site);
          const load = await startWatchedLoad(site);
          situation.change(site);
          await expectEnd(site, situation, before);
          if (situation.hint !== undefined) {
            const hinted = await site.reloadctl(['reload', 'usercenter', ...situation.hint]);
            expect(hinted.code, site.report()).toBe(0);
            await expectReplaced(site, before, { version: 'v2', count: 2 });
          }
          await load.waitMore();
          await load.stopWithoutFailure();
        });
    }
  }
});
