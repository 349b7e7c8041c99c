import { join } from 'node:path';
import { createOs } from '../../../../src/os/create-os.ts';
import { createSupervisor } from '../../../../src/rpc/client.ts';
import {
  askOverlap,
  holdSockets,
  promoteSuccessor,
  startSuccessor,
  stopSuccessor,
} from '../../../../src/rpc/overlap.ts';
import type { OverlapState, RpcResult } from '../../../../src/rpc/supervisor.ts';
import { describeServer } from '../../../../src/servers/describe-server.ts';
import { openFilesOf } from '../../../rig/processes.ts';
import type { Site } from '../../../rig/site.ts';
import { waitFor } from '../../../rig/wait-for.ts';

/** The daemon of a site over its protocol, for the program usercenter. */
export interface SocketSite {
  state(): Promise<OverlapState>;
  startSuccessor(leaseSecs?: number): Promise<number>;
  /** The text of the fault. */
  refusedSuccessor(): Promise<string>;
  promote(): Promise<void>;
  refusedPromotion(): Promise<string>;
  abandon(): Promise<void>;
  hold(seconds: number): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Waits until the workers of this master serve. */
  waitForWorkers(pid: number, count?: number): Promise<void>;
  waitForState(what: string, accept: (state: OverlapState) => boolean): Promise<OverlapState>;
  /** A whole overlap; returns the pid of the new master when the old one has gone. */
  overlap(): Promise<number>;
  pidFile(): number;
  /** What the daemon has open, by kind: 'socket', 'pipe', … and how often. */
  openFiles(): Readonly<Record<string, number>>;
}

const NAME = 'usercenter';

/** Talks to the daemon of `site`; `daemonPid` where that is not the one that the site has started. */
export function socketSite(
  site: Site,
  daemonPid = (): number => site.supervisor()?.pid ?? 0,
): SocketSite {
  const supervisor = createSupervisor({ url: `unix://${join(site.directory, 'supervisor.sock')}` });
  const valueOf = <T>(result: RpcResult<T>): T => {
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return result.value;
  };
  const faultOf = (result: RpcResult<unknown>): string => {
    if (result.ok || result.error.kind !== 'fault') throw new Error(JSON.stringify(result));
    return result.error.text;
  };
  const call = async (method: string): Promise<void> => {
    valueOf(await supervisor.call(method, [NAME], { timeoutMs: 60_000 }));
  };
  const state = async (): Promise<OverlapState> => {
    const found = valueOf(await askOverlap(supervisor, NAME));
    if (found === undefined) throw new Error('the daemon knows nothing of overlap');
    return found;
  };
  const self: SocketSite = {
    state,
    async startSuccessor(leaseSecs = 60) {
      return Number(valueOf(await startSuccessor(supervisor, NAME, leaseSecs)));
    },
    refusedSuccessor: async () => faultOf(await startSuccessor(supervisor, NAME, 60)),
    async promote() {
      valueOf(await promoteSuccessor(supervisor, NAME));
    },
    refusedPromotion: async () => faultOf(await promoteSuccessor(supervisor, NAME)),
    async abandon() {
      valueOf(await stopSuccessor(supervisor, NAME));
    },
    async hold(seconds) {
      valueOf(await holdSockets(supervisor, NAME, seconds));
    },
    stop: () => call('supervisor.stopProcess'),
    start: () => call('supervisor.startProcess'),
    async waitForWorkers(pid, count = 2) {
      const os = await createOs();
      await waitFor(
        `${count} workers of ${pid}`,
        async () => {
          const proc = await os.process(pid);
          const view = proc === undefined ? undefined : (await describeServer(os, proc)).view;
          return view?.workers.filter(({ ready }) => ready === true).length === count || undefined;
        },
        { ceilingMs: 30_000, everyMs: 20 },
      );
    },
    async waitForState(what, accept) {
      return waitFor(
        what,
        async () => {
          const now = await state();
          return accept(now) ? now : undefined;
        },
        { ceilingMs: 60_000, everyMs: 20, observe: state },
      );
    },
    async overlap() {
      const pid = await self.startSuccessor();
      await self.waitForWorkers(pid);
      await self.promote();
      await self.waitForState('the old one to be gone', ({ retiring }) => retiring.length === 0);
      return pid;
    },
    pidFile: () => Number(site.readFile('usercenter.pid')),
    openFiles() {
      const counts: Record<string, number> = {};
      for (const target of openFilesOf(daemonPid())) {
        const kind = target.replace(/:\[.*/, '');
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
      return counts;
    },
  };
  return self;
}
