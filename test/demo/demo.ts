// `make demo`: deployments in several ways, side by side, under load, with a real supervisord, reloadctl daemon and gunicorn.
import { existsSync } from 'node:fs';
import { wrapText } from '../../src/terminal/text/wrap.ts';
import { builtCli } from '../rig/cli.ts';
import { Interrupted, listenForInterruption } from '../rig/interruption.ts';
import { gunicornAlone, pythonEnvironment, type FoundPython } from '../rig/python.ts';
import { createSite, type Site } from '../rig/site.ts';
import {
  BEHIND_LINK,
  BOOT_SECONDS,
  FIRST_VERSION,
  UNDER_DAEMON,
  UNDER_SUPERVISORD,
  type Scene,
} from './deployment.ts';
import { openScreen } from './screen.ts';
import { showDeployments } from './show-deployments.ts';
import { explain, judge, type Result } from './text.ts';

const WORKERS = 4;
/** A gunicorn that loads what its link leads to. */
const FOLLOWS_LINK = {
  releases: true,
  programOptions: {
    command: 'gunicorn --chdir %(here)s/current -c %(here)s/current/gunicorn.py wsgi:app',
  },
  environment: { USERCENTER_PIDFILE: '%(here)s/usercenter.pid' },
} as const;
/** Preparing that takes longer than this is announced. */
const PATIENCE_MS = 1500;

const screen = openScreen();
const interruption = listenForInterruption(() => {
  screen.print('The servers are being ended; a moment.');
});

process.exit(await run());

async function run(): Promise<number> {
  try {
    if (!existsSync('/proc/self/stat')) return refuse('there is no /proc; it needs Linux');
    const python = await interruption.race(preparePython());
    return python === undefined ? 1 : await demonstrate(python);
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    throw error;
  }
}

async function preparePython(): Promise<FoundPython | undefined> {
  const timer = setTimeout(() => {
    screen.print('Installing gunicorn and supervisor, this once.');
  }, PATIENCE_MS);
  const python = await pythonEnvironment('newest');
  clearTimeout(timer);
  if (python.ok) return python;
  const alone = await gunicornAlone();
  if (alone !== undefined) return alone;
  refuse(python.reason);
  return undefined;
}

function refuse(reason: string): number {
  process.stderr.write(`The demo cannot run: ${reason}\n`);
  return 1;
}

async function demonstrate(python: FoundPython): Promise<number> {
  printParagraphs(explain(python.versions));
  await interruption.race(builtCli());
  const hasSupervisord = python.bin.supervisord !== '';
  const results: Result[] = [];
  const scenes = hasSupervisord ? [UNDER_SUPERVISORD, BEHIND_LINK, UNDER_DAEMON] : [UNDER_DAEMON];
  for (const scene of scenes) {
    const shown = await showScene(scene, python);
    if (shown === undefined) return 1;
    results.push(...shown);
    screen.print('');
  }
  const verdict = judge(results);
  printParagraphs(verdict.lines);
  screen.print('left running: nothing');
  return verdict.isKept ? 0 : 1;
}

/** Undefined when something of it was left running. */
async function showScene(
  scene: Scene,
  python: FoundPython,
): Promise<readonly Result[] | undefined> {
  const { supervisor, preload } = scene;
  const options = {
    workers: WORKERS,
    bootSeconds: BOOT_SECONDS,
    version: FIRST_VERSION,
    mailer: false,
    supervisor,
    preload,
    ...(scene.releases === true ? FOLLOWS_LINK : {}),
  };
  const site = await createSite(options, python);
  let results: readonly Result[] | undefined;
  let isClean = false;
  try {
    screen.show(
      `starting ${supervisor === 'supervisord' ? supervisor : 'reloadctl daemon'} and gunicorn...`,
    );
    await interruption.race(site.start());
    results = await interruption.race(
      showDeployments(site, scene, WORKERS, screen, interruption.signal),
    );
  } catch (error) {
    if (error instanceof Interrupted) screen.print('', 'Interrupted; ending the servers.');
    else screen.print(site.report());
    throw error;
  } finally {
    isClean = await endSite(site);
  }
  return isClean ? results : undefined;
}

/** Ends everything and says what was left. False when something is left, or had to be KILLed although nothing was interrupted. */
async function endSite(site: Site): Promise<boolean> {
  const { survivors } = await site.stop();
  const left = site.processes();
  const shown = left.map(({ pid, argv }) => `pid ${pid} ${argv.join(' ')}`);
  if (survivors.length > 0 && !interruption.signal.aborted) {
    const stubborn = survivors.map(({ pid, argv }) => `pid ${pid} ${argv.join(' ')}`);
    screen.print(`had to be killed: ${stubborn.join('; ')}`);
  }
  if (left.length > 0) screen.print(`left running: ${shown.join('; ')}`);
  return left.length === 0 && (survivors.length === 0 || interruption.signal.aborted);
}

function printParagraphs(paragraphs: readonly string[]): void {
  const width = Math.min(screen.columns(), 80);
  screen.print(...paragraphs.flatMap((text) => wrapText(text, width)), '');
}
