import type { SupervisorPlan } from './supervisors/measure-supervisor.ts';
import { SUPERVISORS } from './supervisors/supervised.ts';
import { WAYS } from './way.ts';

/** A load under which every way is measured once. */
export interface Scene {
  /** How long the app imports. */
  readonly bootSeconds: number;
  readonly ratePerSecond: number;
  readonly keepAlive: boolean;
}

/** What a run of the bench measures. */
export interface BenchPlan {
  readonly scenes: readonly Scene[];
  readonly memoryBootSeconds: number;
  /** How often each `status` is run, in turns. */
  readonly statusRounds: number;
  readonly supervisors: SupervisorPlan;
}

/** About ten minutes. */
export const FULL: BenchPlan = {
  scenes: [
    { bootSeconds: 0.2, ratePerSecond: 50, keepAlive: false },
    { bootSeconds: 0.2, ratePerSecond: 500, keepAlive: true },
    { bootSeconds: 3, ratePerSecond: 50, keepAlive: false },
    { bootSeconds: 3, ratePerSecond: 500, keepAlive: false },
    { bootSeconds: 3, ratePerSecond: 500, keepAlive: true },
    { bootSeconds: 10, ratePerSecond: 50, keepAlive: true },
    { bootSeconds: 10, ratePerSecond: 500, keepAlive: false },
  ],
  memoryBootSeconds: 3,
  statusRounds: 40,
  supervisors: {
    programs: 300,
    restarts: 30,
    statusRounds: 10,
    crashes: 20,
    idleMs: 10_000,
    logMib: 256,
  },
};

/** About two minutes. */
export const QUICK: BenchPlan = {
  scenes: [
    { bootSeconds: 0.2, ratePerSecond: 500, keepAlive: true },
    { bootSeconds: 3, ratePerSecond: 100, keepAlive: false },
  ],
  memoryBootSeconds: 1,
  statusRounds: 15,
  supervisors: {
    programs: 100,
    restarts: 5,
    statusRounds: 3,
    crashes: 5,
    idleMs: 3000,
    logMib: 64,
  },
};

/** How many workers every site has. */
export const WORKERS = 4;

/** How many measurements a plan has, for the progress that is shown. */
export function countMeasurements({ scenes }: BenchPlan): number {
  return scenes.length * WAYS.length + WAYS.length + 2 + SUPERVISORS.length;
}

/** A scene in words. */
export function describeScene({ bootSeconds, ratePerSecond, keepAlive }: Scene): string {
  const connections = keepAlive ? 'kept connections' : 'new connections';
  return `boot ${bootSeconds} s, ${ratePerSecond} requests/s, ${connections}`;
}
