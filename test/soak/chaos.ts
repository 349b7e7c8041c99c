import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSupervisor } from '../../src/rpc/client.ts';
import type { ProcessInfo, RpcResult, Supervisor } from '../../src/rpc/supervisor.ts';
import { readProcess } from '../rig/processes.ts';

/** The same numbers each time (mulberry32). */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Calls that wait for processes take this long at most. */
const LONG = { timeoutMs: 60_000 };

/** What was done, by name, and how often that was not refused. */
export type ChaosCounts = Map<string, { readonly asked: number; readonly agreed: number }>;

/** A client of a daemon that does at random what clients, and the world, do to programs. */
export class ChaosClient {
  readonly #supervisor: Supervisor;
  readonly #random: (below: number) => number;
  readonly #done: ChaosCounts;

  constructor(socketPath: string, seed: number, done: ChaosCounts) {
    this.#done = done;
    this.#supervisor = createSupervisor({ url: `unix://${socketPath}` });
    this.#random = createRandom(seed);
  }

  /** Acts `count` times on these programs, of which `rare` are taken less often. */
  async run(count: number, names: readonly string[], rare: readonly string[]): Promise<void> {
    for (let step = 0; step < count; step += 1) {
      const from = rare.length > 0 && this.#random(25) === 0 ? rare : names;
      const name = from[this.#random(from.length)] ?? '';
      const [what, act] = this.#actions()[this.#random(this.#actions().length)] ?? ['', undefined];
      const isAgreed = (await act?.(name)) === true;
      const { asked, agreed } = this.#done.get(what) ?? { asked: 0, agreed: 0 };
      this.#done.set(what, { asked: asked + 1, agreed: agreed + (isAgreed ? 1 : 0) });
      await sleep(this.#random(8));
    }
  }

  close(): void {
    this.#supervisor.close();
  }

  #actions(): ReadonlyArray<readonly [string, (name: string) => Promise<boolean>]> {
    const of = this.#supervisor;
    const flip = (): boolean => this.#random(2) === 0;
    const call = async (method: string, ...params: readonly unknown[]): Promise<boolean> =>
      isAgreed(await of.call(method, params, LONG));
    const start = async (name: string): Promise<boolean> =>
      isAgreed(await of.startProcess(name, flip(), LONG));
    const stop = async (name: string): Promise<boolean> =>
      isAgreed(await of.stopProcess(name, flip(), LONG));
    const overlap = async (name: string): Promise<boolean> => {
      if (!(await call('reloadctl.startSuccessor', name, 1 + this.#random(4)))) return false;
      await sleep(this.#random(50));
      return call('reloadctl.promoteSuccessor', name);
    };
    const signals = ['HUP', 'TERM', 'CONT', 'KILL', 'INT'];
    return [
      ...Array.from({ length: 6 }, () => ['start', start] as const),
      ['stop', stop],
      ['stop', stop],
      ['crash', (name) => this.#crash(name, flip())],
      ['crash', (name) => this.#crash(name, flip())],
      ...Array.from({ length: 4 }, () => ['overlap', overlap] as const),
      ['startSuccessor', (name) => call('reloadctl.startSuccessor', name, 1)],
      ['stopSuccessor', (name) => call('reloadctl.stopSuccessor', name)],
      ['promoteSuccessor', (name) => call('reloadctl.promoteSuccessor', name)],
      ['holdSockets', (name) => call('reloadctl.holdSockets', name, this.#random(3))],
      [
        'reload',
        (name) => call('reloadctl.reload', name, { settle: 0.1, timeout: 5, wait: flip() }),
      ],
      [
        'signal',
        (name) => call('supervisor.signalProcess', name, signals[this.#random(signals.length)]),
      ],
      [
        'stdin',
        (name) => call('supervisor.sendProcessStdin', name, 'x'.repeat(this.#random(50_000))),
      ],
      ['log', (name) => call('supervisor.tailProcessStdoutLog', name, 0, 1000)],
      [
        'remove and add',
        async (name) => {
          const isRemoved = await call('supervisor.removeProcessGroup', name);
          return (await call('supervisor.addProcessGroup', name)) && isRemoved;
        },
      ],
      ['reread', () => call('supervisor.reloadConfig')],
      ['look', async () => isAgreed(await of.getAllProcessInfo())],
    ];
  }

  /** KILLs its process, or all of its process group. */
  async #crash(name: string, group: boolean): Promise<boolean> {
    const info = await this.#supervisor.getProcessInfo(name);
    if (!info.ok || info.value.pid === 0) return false;
    // Between asking and KILLing it may have ended; what has its number then leads no group, or not this one.
    const found = readProcess(info.value.pid);
    if (found?.pgid !== info.value.pid) return false;
    try {
      return process.kill(group ? -found.pid : found.pid, 'SIGKILL');
    } catch {
      return false; // It has ended by itself.
    }
  }
}

/** A fault is an answer like any other; anything else is not. */
function isAgreed(result: RpcResult<unknown>): boolean {
  if (!result.ok && result.error.kind !== 'fault') throw new Error(JSON.stringify(result.error));
  return result.ok;
}

/** Resident memory in MiB. */
export function residentMib(pid: number): number {
  const kib = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

/** What the daemon says of its programs, by name. */
export async function statesOf(supervisor: Supervisor): Promise<readonly ProcessInfo[]> {
  const infos = await supervisor.getAllProcessInfo();
  if (!infos.ok) throw new Error(JSON.stringify(infos.error));
  return infos.value;
}
