import { describe, expect, it } from 'vitest';
import { goodCode, type Performed, type Site } from '../../fake/site.ts';
import { FAULTS, type Fault } from './faults.ts';
import { findBreaches, findFlaws } from './outcome.ts';
import { siteFor, SOME_WAYS, stepsOf, WAYS, type Way } from './strategies.ts';

/** At once, while the step has its effect, and late in it. */
const DELAYS = [0, 25, 350];

/** RELOADCTL_WALK=all takes every way and every step at every delay (minutes); else each step is struck at one of them, in turn. */
const isThorough = process.env.RELOADCTL_WALK === 'all';

/** What the exit code says, against what the machine looks like at that moment. */
function findUntruths(site: Site, { exitCode, run }: Performed, fault: Fault): readonly string[] {
  const { outcome, failure } = run.result ?? {};
  const says = `exit ${exitCode} (${outcome ?? '?'}, ${JSON.stringify(failure)})`;
  const flawsOf = (version: string): readonly string[] =>
    findFlaws(site, version).filter((flaw) => fault.mayLose?.test(flaw) !== true);
  const asNew = flawsOf('2');
  if (exitCode === 0 || exitCode === 11) return asNew.map((flaw) => `${says}, but ${flaw}`);
  if (exitCode === 1 || exitCode === 10) {
    return flawsOf('1').map((flaw) => `${says}, but ${flaw}`);
  }
  if (exitCode === 130) return site.serving.isServed ? [] : [`${says}, but nobody serves`];
  if (exitCode !== 12) return [says];
  // Without its supervisor nobody knows what a program does.
  if (failure?.why === 'supervisor') return [];
  if (outcome === 'down' && site.versions.length > 0) return [`${says}, but somebody serves`];
  return asNew.length > 0 || failure?.why === 'died' ? [] : [`${says}, but all is well`];
}

/** One run with one fault at one moment, and a run after it that has to put everything right. */
async function strike(
  way: Way,
  fault: Fault,
  step: string,
  delay: number,
): Promise<readonly string[]> {
  const site = await siteFor(way);
  const began = site.clock.nowMs;
  let isStruck = false;
  const performed = await site.perform(way.action, {
    options: way.options,
    onEvent: (event, run) => {
      if (isStruck || event.event !== 'step-started' || event.step.id !== step) return;
      isStruck = true;
      site.clock.after(delay, () => {
        if (run.proc.isAlive) fault.strike(site, run);
      });
    },
  });
  const failures = [...findUntruths(site, performed, fault), ...findBreaches(site, performed)];
  if (way.isGapless && fault.breaksService !== true) {
    failures.push(...site.serving.gapsSince(began).map(({ kind }) => `${kind} for a while`));
  }
  fault.mend?.(site);
  site.installation.code.set('', goodCode('3'));
  await site.clock.pass(15_000);
  const next = await site.perform('restart');
  const mayKill = fault.hangs === true ? [0, 11] : [0];
  if (next.exitCode === 'killed' || !mayKill.includes(next.exitCode)) {
    failures.push(`the next run ended with ${next.exitCode}: ${next.run.result?.outcome ?? '?'}`);
  }
  failures.push(...findFlaws(site, '3').map((flaw) => `after the next run ${flaw}`));
  return failures.map((failure) => `${step} + ${delay} ms: ${failure}`);
}

async function walk(way: Way, fault: Fault, turn: number): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const [index, step] of (await stepsOf(way)).entries()) {
    for (const [other, delay] of DELAYS.entries()) {
      if (!isThorough && other !== (index + turn) % DELAYS.length) continue;
      failures.push(...(await strike(way, fault, step, delay)));
    }
  }
  return failures;
}

/**
 * Walks through every step of some ways with every fault: nobody is left without service by a gentle way, no signal goes astray, what is
 * reported is true, and the next run puts everything right.
 */
export function walkThrough(isMeant: (way: Way) => boolean): void {
  const ways = (isThorough ? WAYS : SOME_WAYS).filter(isMeant);
  describe.each(ways)('$name', { timeout: isThorough ? 600_000 : 30_000 }, (way) => {
    it.each(FAULTS.map((fault, turn) => ({ ...fault, turn })))('when $name', async (fault) => {
      expect(await walk(way, fault, fault.turn)).toEqual([]);
    });
  });
}
