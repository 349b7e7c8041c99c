import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { runCommand } from '../../rig/command.ts';
import { celeryForTests } from '../../rig/servers/celery.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { missingPythons } from '../reload/support/missing-pythons.ts';
import { lookAtServed } from '../reload/support/served.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';
import { BEHIND_LINK } from './support/behind-link.ts';

const missing = await missingPythons();
const celery = await celeryForTests();

/** What a job writes stands outside of the releases. */
const TASKS = `
import os, time
from celery import Celery

DATA = os.environ["DATA"]
for folder in ("queue", "processed", "control"):
    os.makedirs(os.path.join(DATA, folder), exist_ok=True)
app = Celery("tasks", broker="filesystem://")
app.conf.broker_transport_options = {
    "data_folder_in": os.path.join(DATA, "queue"),
    "data_folder_out": os.path.join(DATA, "queue"),
    "control_folder": os.path.join(DATA, "control"),
}
app.conf.beat_schedule = {"tick": {"task": "tasks.job", "schedule": 3600.0, "args": ("tick", 0)}}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "version")) as file:
    VERSION = file.read().strip()


@app.task
def job(name, seconds):
    with open(os.path.join(DATA, "jobs.log"), "a") as log:
        log.write(f"begun {name} {VERSION}\\n")
    time.sleep(seconds)
    with open(os.path.join(DATA, "jobs.log"), "a") as log:
        log.write(f"ended {name} {VERSION}\\n")
`;

const PROGRAMS = [
  '[program:worker]',
  'directory=%(here)s/current',
  `command=${celery?.binary ?? ''} -A tasks worker --loglevel INFO --concurrency 2 --hostname w@localhost`,
  'environment=DATA="%(here)s"',
  'stopwaitsecs=30',
  'autostart=false',
  '[program:beat]',
  'directory=%(here)s/current',
  `command=${celery?.binary ?? ''} -A tasks beat --loglevel INFO -s %(here)s/schedule --pidfile=`,
  'environment=DATA="%(here)s"',
  'autostart=false',
  '',
].join('\n');

const said = ({ stdout, stderr }: { stdout: string; stderr: string }): string => stdout + stderr;

const jobsOf = ({ directory }: Site): readonly string[] => {
  const log = join(directory, 'jobs.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
};

async function open(context: TestContext): Promise<Site> {
  const site = await siteForTest({ ...BEHIND_LINK, extraConf: PROGRAMS }, 'serving', context);
  writeFileSync(join(site.directory, 'releases', 'r1', 'tasks.py'), TASKS);
  for (const name of ['worker', 'beat']) {
    const started = await site.reloadctl(['start', name]);
    expect(started.code, said(started)).toBe(0);
  }
  return site;
}

async function enqueue(site: Site, name: string, seconds: number): Promise<void> {
  const python = join(dirname(celery?.binary ?? ''), 'python');
  const code = `import tasks; tasks.job.delay("${name}", ${seconds})`;
  const cwd = join(site.directory, 'current');
  const env = { ...process.env, DATA: site.directory };
  const sent = await runCommand([python, '-c', code], { cwd, env });
  expect(sent.code, said(sent)).toBe(0);
}

const ARGS = ['deploy', 'usercenter', 'worker', 'beat', '--release'];

describe.skipIf(celery === undefined || missing.has('newest'))(
  'deploy of web, worker and beat',
  () => {
    test.concurrent('jobs are finished, and nothing old is left', async (context) => {
      const site = await open(context);
      const load = await startWatchedLoad(site);
      await enqueue(site, 'long', 4);
      await waitFor('the job to begin', () => jobsOf(site).includes('begun long v1') || undefined, {
        ceilingMs: 60_000,
      });
      const pids = new Map((await site.programs()).map(({ name, pid }) => [name, pid]));
      const release = site.writeRelease('r2', 'v2');
      writeFileSync(join(release, 'tasks.py'), TASKS);
      const deployed = await site.reloadctl([...ARGS, release]);
      expect(deployed.code, said(deployed)).toBe(0);
      expect(deployed.stdout).toMatch(/^usercenter, worker, beat: deployed, r2 serves/m);
      expect(jobsOf(site)).toContain('ended long v1');
      expect((await site.get()).version).toBe('v2');
      for (const { name, pid } of await site.programs()) {
        if (name === 'worker' || name === 'beat') expect(pid, name).not.toBe(pids.get(name));
      }
      await enqueue(site, 'next', 0);
      await waitFor('the next job', () => jobsOf(site).includes('ended next v2') || undefined, {
        ceilingMs: 60_000,
      });
      await load.waitMore();
      await context.annotate(describeLoad(await load.stopWithoutFailure()));
    });

    test.concurrent(
      'a release that the worker cannot load changes none of them',
      async (context) => {
        const site = await open(context);
        const before = await lookAtServed(site);
        const pids = (await site.programs()).map(({ pid }) => pid);
        const load = await startWatchedLoad(site);
        const release = site.writeRelease('r2', 'v2');
        writeFileSync(join(release, 'tasks.py'), `import no_such_module\n${TASKS}`);
        const refused = await site.reloadctl([...ARGS, release]);
        expect(refused.code, said(refused)).toBe(10);
        expect(said(refused)).toContain('no_such_module');
        expect(readlinkSync(join(site.directory, 'current'))).toBe('releases/r1');
        expect((await site.programs()).map(({ pid }) => pid)).toEqual(pids);
        expect((await lookAtServed(site)).workers).toEqual(before.workers);
        await load.waitMore();
        await context.annotate(describeLoad(await load.stopWithoutFailure()));
      },
    );
  },
);
