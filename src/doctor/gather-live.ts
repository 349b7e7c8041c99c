import type { Program } from '../config/program.ts';
import type { Listener, Os } from '../os/os.ts';
import type { Proc } from '../os/proc.ts';
import { gunicornOf, type ReloadOptions } from '../policy/facts.ts';
import { planAction } from '../policy/plan-action.ts';
import { gatherFacts } from '../reload/gather-facts.ts';
import { Journal } from '../reload/journal.ts';
import { keyOf, type Target } from '../reload/target.ts';
import type { ProcessInfo, Supervisor } from '../rpc/supervisor.ts';
import type { StateDirectory } from '../os/state-files.ts';
import type { LiveSubject } from './subject.ts';

/** Where live programs are looked at from. */
export interface LivePlace {
  readonly os: Os;
  readonly supervisor: Supervisor;
  readonly state: StateDirectory | undefined;
  readonly user: string;
  readonly options: (program: Program) => ReloadOptions;
  readonly abort: AbortSignal;
}

/** Looks at one program as it runs. Throws a ReloadctlError where the supervisor or the kernel cannot be asked. */
export async function gatherLive(
  place: LivePlace,
  program: Program,
  info: ProcessInfo,
): Promise<LiveSubject> {
  const { os, supervisor, state, user, abort } = place;
  const name = `${program.group}:${program.name}`;
  const target: Target = { kind: 'supervised', label: name, name, supervisor, program };
  const journal = await Journal.open(state, keyOf(target));
  const { facts } = await gatherFacts(os, target, journal, user, abort);
  const gunicorn = gunicornOf(facts);
  const isKnown = facts.server.type === 'running';
  const plan = isKnown ? planAction('reload', facts, place.options(program)) : undefined;
  return {
    state: info.state,
    description: info.spawnerr === '' ? info.description : info.spawnerr,
    gunicorn,
    refusal: plan?.ok === false ? plan.error : undefined,
    holders: [],
    isArmed: journal.record.last?.armed === true,
    bootMs: journal.record.last?.bootMs,
  };
}

/** Who listens on TCP addresses that a program which does not run would bind. */
export async function findHolders(
  os: Os,
  addresses: readonly string[],
): Promise<LiveSubject['holders']> {
  const listeners = await os.listeners();
  const held = addresses.flatMap((address) => {
    const listener = listeners.find((each) => clashes(each, address));
    return listener === undefined ? [] : [{ address, inode: listener.inode }];
  });
  if (held.length === 0) return [];
  const procs = await os.processes();
  return Promise.all(
    held.map(async ({ address, inode }) => {
      const owner = await findOwner(os, procs, inode);
      const argv = owner === undefined ? undefined : await os.argv(owner);
      return {
        address,
        pid: owner?.pid,
        command: argv?.ok === true ? argv.value.slice(0, 3).join(' ') : owner?.comm,
      };
    }),
  );
}

function clashes({ address }: Listener, wanted: string): boolean {
  const match = /^(.*):(\d+)$/.exec(wanted);
  if (match === null) return false;
  const [, host = '', port = ''] = match;
  const any = host === '' || host === '0.0.0.0';
  return (
    address === wanted ||
    address === `0.0.0.0:${port}` ||
    (any && address.startsWith('127.') && address.endsWith(`:${port}`))
  );
}

async function findOwner(os: Os, procs: readonly Proc[], inode: number): Promise<Proc | undefined> {
  for (const proc of procs) {
    const files = await os.openFiles(proc);
    if (files.ok && files.value.some(({ target }) => target === `socket:[${inode}]`)) return proc;
  }
  return undefined;
}
