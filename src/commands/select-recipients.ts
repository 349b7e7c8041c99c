import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { Os } from '../os/os.ts';
import { findClaimed, findSupervisor } from '../reload/claimed-process.ts';
import type { Proc } from '../os/proc.ts';
import type { ProcessInfo, ProcessState } from '../rpc/supervisor.ts';
import type { Context } from './context.ts';
import { nameSpecOf, splitNameSpec } from '../base/name-spec.ts';
import { resolveTargets } from './resolve-targets.ts';
import { refuse } from './supervisorctl/check-up.ts';

/** Who a word of `signal` means. `spec` is its name for the supervisor; undefined for pid:N, which has no supervisor. */
export type Recipient =
  | {
      readonly kind: 'process';
      readonly label: string;
      readonly spec: string | undefined;
      readonly pid: number;
      readonly proc: Proc;
    }
  /** It runs, but is not a child of that supervisor on this machine, so only the supervisor can reach it. */
  | {
      readonly kind: 'elsewhere';
      readonly label: string;
      readonly spec: string;
      readonly pid: number;
    }
  /** The supervisor has it, and it does not run. */
  | { readonly kind: 'idle'; readonly label: string }
  /** The supervisor has nothing of this name. */
  | { readonly kind: 'none'; readonly label: string; readonly message: string };

/** States in which supervisord passes a signal on (supervisor/states.py, SIGNALLABLE_STATES). */
const SIGNALLABLE: ReadonlySet<ProcessState> = new Set<ProcessState>([
  'RUNNING',
  'STARTING',
  'STOPPING',
]);

/**
 * Who the words mean, in their order: 'name', 'group:name', 'group:*' and 'all' (of which only what runs counts), 'pid:N',
 * 'pidfile:PATH'. Throws a ReloadctlError for a pid that is wrong, and when the supervisor cannot be asked.
 */
export async function selectRecipients(
  context: Context,
  os: Os,
  words: readonly string[],
): Promise<readonly Recipient[]> {
  const isOwn = (word: string): boolean => /^(?:pid|pidfile):/.test(word);
  const recipients: Recipient[] = [];
  const asked = words.every(isOwn) ? undefined : await askSupervisor(context, os);
  const named = words.includes('all') ? ['all', ...words.filter(isOwn)] : words;
  for (const word of named) {
    if (isOwn(word) || asked === undefined) {
      recipients.push(...(await selectProcesses(context, os, word)));
    } else recipients.push(...(await selectNamed(os, asked, word)));
  }
  return recipients;
}

/** What the supervisor has, and what is known of it itself. */
interface Asked {
  readonly infos: readonly ProcessInfo[];
  readonly known: Awaited<ReturnType<typeof findSupervisor>>;
}

async function askSupervisor(context: Context, os: Os): Promise<Asked> {
  const { supervisor } = context;
  const [infos, known] = await Promise.all([
    supervisor.getAllProcessInfo(),
    findSupervisor(os, supervisor),
  ]);
  if (!infos.ok) throw refuse(context, infos.error);
  return { infos: infos.value, known };
}

async function selectNamed(os: Os, asked: Asked, word: string): Promise<readonly Recipient[]> {
  const { infos } = asked;
  const { group, name } = splitNameSpec(word);
  const isRunning = (info: ProcessInfo): boolean => SIGNALLABLE.has(info.state) && info.pid !== 0;
  if (word === 'all' || name === undefined) {
    const members = word === 'all' ? infos : infos.filter((info) => info.group === group);
    if (word !== 'all' && members.length === 0) {
      return [{ kind: 'none', label: group, message: `${group}: ERROR (no such group)` }];
    }
    return Promise.all(
      members.filter(isRunning).map((info) => findRecipient(os, info, asked.known)),
    );
  }
  const label = nameSpecOf({ group, name });
  const info = infos.find((each) => each.group === group && each.name === name);
  if (info === undefined) {
    return [{ kind: 'none', label, message: `${label}: ERROR (no such process)` }];
  }
  return [isRunning(info) ? await findRecipient(os, info, asked.known) : { kind: 'idle', label }];
}

/** What is not believed to be a process of that supervisor here is signalled by the supervisor alone. */
async function findRecipient(os: Os, info: ProcessInfo, known: Asked['known']): Promise<Recipient> {
  const { pid } = info;
  const label = nameSpecOf(info);
  const spec = `${info.group}:${info.name}`;
  const claimed = await findClaimed(os, known, { pid, isAdopted: false });
  return claimed.ok && claimed.value !== undefined
    ? { kind: 'process', label, spec, pid, proc: claimed.value }
    : { kind: 'elsewhere', label, spec, pid };
}

async function selectProcesses(
  context: Context,
  os: Os,
  word: string,
): Promise<readonly Recipient[]> {
  const recipients: Recipient[] = [];
  for (const target of await resolveTargets(context, os, [word])) {
    const proc = target.kind === 'process' ? await os.process(target.pid) : undefined;
    if (proc === undefined) {
      throw new ReloadctlError(`${word}: is gone`, {
        code: 'process-gone',
        exitCode: EXIT.notRunningOnAction,
      });
    }
    recipients.push({ kind: 'process', label: word, spec: undefined, pid: proc.pid, proc });
  }
  return recipients;
}
