import type { Interruption } from '../rig/interruption.ts';
import type { FoundPython } from '../rig/python.ts';
import { describeMachine } from './machine.ts';
import { addBallast, measureMemory, type MemoryRun } from './measure-memory.ts';
import { measureReload, type ReloadRun } from './measure-reload.ts';
import { measureStatus, type StatusRun } from './measure-status.ts';
import { describeScene, WORKERS, type BenchPlan, type Scene } from './plan.ts';
import type { Results } from './results.ts';
import { measureSupervisor, type SupervisorRun } from './supervisors/measure-supervisor.ts';
import { SUPERVISORS } from './supervisors/supervised.ts';
import { WAYS } from './way.ts';
import { withSite } from './with-site.ts';

/** Told before each measurement what it is. */
type OnMeasurement = (description: string) => void;

/** Runs every measurement of `plan`, one after the other. */
export async function measureAll(
  plan: BenchPlan,
  python: FoundPython,
  onMeasurement: OnMeasurement,
  interruption: Interruption,
): Promise<Results> {
  const machine = await describeMachine(python);
  const status: StatusRun[] = [];
  for (const name of ['oldest', 'newest'] as const) {
    onMeasurement(`status beside the ${name} supervisor`);
    status.push(
      await withSite({ python: name }, interruption, (site) =>
        measureStatus(site, plan.statusRounds, interruption.signal),
      ),
    );
  }
  const supervisors: SupervisorRun[] = [];
  for (const name of SUPERVISORS) {
    onMeasurement(`${plan.supervisors.programs} programs: ${name}`);
    const measured = measureSupervisor(name, plan.supervisors, python, interruption.signal);
    // It ends what it has started before it settles.
    supervisors.push(await measured);
  }
  const reloads: ReloadRun[] = [];
  for (const scene of plan.scenes) {
    reloads.push(...(await measureScene(scene, onMeasurement, interruption)));
  }
  const memory = await measureMemories(plan.memoryBootSeconds, onMeasurement, interruption);
  return { machine, reloads, memory, status, supervisors };
}

function measureScene(
  scene: Scene,
  onMeasurement: OnMeasurement,
  interruption: Interruption,
): Promise<readonly ReloadRun[]> {
  const options = {
    workers: WORKERS,
    bootSeconds: scene.bootSeconds,
    // Sync workers keep no connections.
    workerClass: scene.keepAlive ? 'gthread' : 'sync',
    mailer: false,
  } as const;
  return withSite(options, interruption, async (site) => {
    // So that supervisord repeats, with a precise time, what gunicorn says about signals.
    site.editConfiguration((text) => text.replace('loglevel=info', 'loglevel=debug'));
    await site.start();
    const runs: ReloadRun[] = [];
    for (const [index, way] of WAYS.entries()) {
      interruption.signal.throwIfAborted();
      onMeasurement(`${describeScene(scene)}: ${way}`);
      const change = { from: `v${index + 1}`, to: `v${index + 2}` };
      runs.push(await measureReload(site, scene, way, change, interruption.signal));
    }
    return runs;
  });
}

function measureMemories(
  bootSeconds: number,
  onMeasurement: OnMeasurement,
  interruption: Interruption,
): Promise<readonly MemoryRun[]> {
  const options = { workers: WORKERS, bootSeconds, mailer: false };
  return withSite(options, interruption, async (site) => {
    addBallast(site);
    await site.start();
    const runs: MemoryRun[] = [];
    for (const [index, way] of WAYS.entries()) {
      interruption.signal.throwIfAborted();
      onMeasurement(`memory: ${way}`);
      runs.push(await measureMemory(site, way, bootSeconds, `v${index + 2}`, interruption.signal));
    }
    return runs;
  });
}
