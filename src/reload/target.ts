import type { Program } from '../config/program.ts';
import type { Pid } from '../os/proc.ts';
import type { ServerFacts } from '../policy/facts.ts';
import type { PlanTarget } from '../policy/plan.ts';
import type { Supervisor } from '../rpc/supervisor.ts';

/** What an action acts on, as the command line and the configuration resolve it. */
export type Target =
  | {
      readonly kind: 'supervised';
      readonly label: string;
      /** 'group:name'. */
      readonly name: string;
      readonly supervisor: Supervisor;
      /** undefined: the supervisor knows the program, the configuration at hand does not. */
      readonly program: Program | undefined;
    }
  | {
      readonly kind: 'process';
      readonly label: string;
      readonly pid: Pid;
    };

/** The target as plans show it. */
export function describeTarget(target: Target): PlanTarget {
  return {
    label: target.label,
    supervisorName: target.kind === 'supervised' ? target.name : undefined,
  };
}

/** What lock and journal know the target by: the same for everybody who means the same program. */
export function keyOf(target: Target): string {
  return target.kind === 'supervised'
    ? `${target.supervisor.url} ${target.name}`
    : `pid:${target.pid}`;
}

/** What a lock knows a running server by, however it was named; undefined where nothing runs. */
export function serverKeyOf(server: ServerFacts): string | undefined {
  if (server.type === 'none') return undefined;
  const { pid, startTicks } = server.type === 'running' ? server.master : server.proc;
  return `process ${pid} ${startTicks}`;
}
