import type { Machine } from './machine.ts';
import type { MemoryRun } from './measure-memory.ts';
import type { ReloadRun } from './measure-reload.ts';
import type { StatusRun } from './measure-status.ts';
import type { SupervisorRun } from './supervisors/measure-supervisor.ts';

/** Everything that a run of the bench measured. */
export interface Results {
  readonly machine: Machine;
  readonly reloads: readonly ReloadRun[];
  readonly memory: readonly MemoryRun[];
  readonly status: readonly StatusRun[];
  readonly supervisors: readonly SupervisorRun[];
}
