import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { nearMiss } from '../config/nearest.ts';
import type { Configuration, Program } from '../config/program.ts';
import type { Os } from '../os/os.ts';
import { grantsOfStrangers, isWrittenOnlyBy, type PathGrant } from '../os/path-writers.ts';
import { hasEnded, type Proc } from '../os/proc.ts';
import { findSupervisor, provenProc } from '../reload/claimed-process.ts';
import type { Target } from '../reload/target.ts';
import { describeRpcFailure } from '../rpc/describe-failure.ts';
import type { ProcessInfo, ProcessState, Supervisor } from '../rpc/supervisor.ts';
import type { Context } from './context.ts';
import { nameSpecOf, splitNameSpec } from '../base/name-spec.ts';
import { orderProcesses } from './order-processes.ts';
import { refuseProcessOne } from './process-one.ts';

/** A target, and how it was named. */
export interface FoundTarget {
  readonly target: Target;
  /** The process that is supervised, or was named itself; 0 where none runs. */
  readonly pid: number;
  /** Its state when it was not named itself but is one of 'group:*' or 'all'. */
  readonly amongOthers: ProcessState | undefined;
}

/** As {@link findTargets}, the targets alone. */
export async function resolveTargets(
  context: Context,
  os: Os,
  words: readonly string[],
  hint?: string,
): Promise<readonly Target[]> {
  return (await findTargets(context, os, words, hint)).map(({ target }) => target);
}

/**
 * What the words on the command line mean: 'name', 'group:name', 'group:*', 'all', 'pid:N', 'pidfile:PATH'; by ascending priority. Without a
 * word: the only program that there is; where there are several, they are listed, with `hint` for people who expected something else.
 * Throws a ReloadctlError for what means nothing.
 */
export async function findTargets(
  context: Context,
  os: Os,
  words: readonly string[],
  hint?: string,
): Promise<readonly FoundTarget[]> {
  const targets: Target[] = [];
  const named: string[] = [];
  for (const word of words) {
    if (word.startsWith('pid:')) targets.push(await resolvePid(os, word, word.slice(4)));
    else if (word.startsWith('pidfile:')) targets.push(await resolvePidfile(os, word));
    else named.push(word);
  }
  const alone = targets.map((target): FoundTarget => ({
    target,
    pid: target.kind === 'process' ? target.pid : 0,
    amongOthers: undefined,
  }));
  if (named.length === 0 && words.length > 0) return alone;
  const { supervisor } = context;
  const configuration = await context.loadConfiguration(
    await supervisorEnvironment(os, supervisor),
  );
  const infos = await listProcesses(supervisor);
  const found =
    named.length === 0 ? onlyProgram(infos, hint) : named.flatMap((word) => matchName(infos, word));
  const bySelf = new Set(
    named.filter((word) => !namesSeveral(word)).flatMap((word) => matchName(infos, word)),
  );
  const ordered = await orderProcesses([...new Set(found)], configuration, supervisor);
  const supervised = ordered.map((info): FoundTarget => ({
    target: {
      kind: 'supervised',
      label: nameSpecOf(info),
      name: `${info.group}:${info.name}`,
      supervisor,
      program: findProgram(configuration, info),
    },
    pid: info.pid,
    amongOthers: named.length === 0 || bySelf.has(info) ? undefined : info.state,
  }));
  return [...supervised, ...alone];
}

/** 'all', 'group:*' and 'group:'. */
function namesSeveral(word: string): boolean {
  return word === 'all' || splitNameSpec(word).name === undefined;
}

/**
 * What %(ENV_X)s stands for: the supervisor's own environment, which may not be ours (a service manager started it). Ours alone where that
 * one may not be looked at, or is another user's.
 */
export async function supervisorEnvironment(
  os: Os,
  supervisor: Supervisor,
): Promise<Readonly<Record<string, string | undefined>>> {
  const known = await findSupervisor(os, supervisor);
  const proc = provenProc(known);
  // What stands for a variable may end up in what is executed as ourselves.
  const isTrusted = proc !== undefined && (proc.uid === 0 || proc.uid === os.me.uid);
  const environment = isTrusted ? await os.environment(proc) : undefined;
  return environment?.ok === true ? { ...process.env, ...environment.value } : process.env;
}

async function listProcesses(supervisor: Supervisor): Promise<readonly ProcessInfo[]> {
  const infos = await supervisor.getAllProcessInfo();
  if (!infos.ok) throw describeRpcFailure(infos.error);
  return infos.value;
}

function findProgram(
  configuration: Configuration | undefined,
  info: ProcessInfo,
): Program | undefined {
  return configuration?.groups
    .find((group) => group.name === info.group)
    ?.programs.find((program) => program.name === info.name);
}

function onlyProgram(
  infos: readonly ProcessInfo[],
  hint: string | undefined,
): readonly ProcessInfo[] {
  const [only, second] = infos;
  if (only === undefined) {
    throw new ReloadctlError('the supervisor has no programs', {
      code: 'program-unknown',
      exitCode: EXIT.failed,
      hint: 'Add a [program:NAME] to the configuration, then reloadctl update.',
    });
  }
  if (second === undefined) return [only];
  throw new ReloadctlError(`which program? there are ${infos.length}`, {
    code: 'program-ambiguous',
    exitCode: EXIT.usage,
    hint: [`Name one: ${infos.map(nameSpecOf).join(', ')}.`, hint ?? ''].join(' ').trimEnd(),
  });
}

function matchName(infos: readonly ProcessInfo[], word: string): readonly ProcessInfo[] {
  const matches = matchingName(infos, word);
  if (matches.length > 0 || word === 'all') return matches;
  throw unknownName(infos, word);
}

/** The processes that 'name', 'group:name', 'group:*' or 'all' means; none where it means nothing. */
export function matchingName(infos: readonly ProcessInfo[], word: string): readonly ProcessInfo[] {
  if (word === 'all') return infos;
  const { group, name } = splitNameSpec(word);
  return infos.filter((info) => info.group === group && (name === undefined || info.name === name));
}

/** Says that `word` means nothing, and what there is. */
export function unknownName(
  infos: readonly ProcessInfo[],
  word: string,
  exitCode: ExitCode = EXIT.failed,
): ReloadctlError {
  const isGroup = infos.some((info) => info.group === word);
  const names = infos.map(nameSpecOf);
  const nearest = isGroup ? `${word}:*` : nearMiss(word, names);
  const list =
    names.length === 0 ? 'The supervisor has no programs.' : `There is: ${names.join(', ')}.`;
  return new ReloadctlError(`${word}: no such program`, {
    code: 'program-unknown',
    exitCode,
    hint: nearest === undefined ? list : `Did you mean ${nearest}? ${list}`,
  });
}

function parsePid(text: string): number | undefined {
  const pid = Number(text);
  return /^\d{1,10}$/.test(text) && pid > 1 ? pid : undefined;
}

async function resolvePid(os: Os, label: string, text: string): Promise<Target> {
  const pid = parsePid(text);
  if (text === '1') throw await refuseProcessOne(os, label);
  if (pid === undefined) {
    throw new ReloadctlError(`${label}: not a process id`, {
      code: 'usage',
      exitCode: EXIT.usage,
      hint: 'Write pid:1234, the pid of the server that is to be reloaded.',
    });
  }
  const proc = await requireProcess(os, label, pid);
  return { kind: 'process', label, pid: proc.pid };
}

async function requireProcess(os: Os, label: string, pid: number): Promise<Proc> {
  const proc = await os.process(pid);
  if (proc === undefined || hasEnded(proc)) {
    throw new ReloadctlError(`${label}: there is no process ${pid}`, {
      code: 'process-gone',
      exitCode: EXIT.notRunningOnAction,
      hint: 'Is the server running?',
    });
  }
  if (!(await os.maySignal(proc))) {
    const owner = await os.userById(proc.uid);
    throw new ReloadctlError(
      `${label}: process ${pid} belongs to ${owner?.name ?? `uid ${proc.uid}`} and may not be signalled by us`,
      {
        code: 'process-not-permitted',
        exitCode: EXIT.failed,
        hint: 'Run this as that user or as root.',
      },
    );
  }
  return proc;
}

function describeGrant(grant: PathGrant | undefined, name: string): string {
  if (grant === undefined) return 'who can write it cannot be seen';
  return `${name} can ${grant.may === 'write' ? 'write' : 'put something else into'} ${grant.path}`;
}

async function nameOfWriter(os: Os, grant: PathGrant | undefined): Promise<string> {
  if (grant === undefined || grant.writer === 'anybody') return 'anybody';
  return (await os.userById(grant.writer))?.name ?? `uid ${grant.writer}`;
}

/** A process is started before it writes its pid file; clocks and file systems get this much. */
const PIDFILE_SLACK_MS = 3000;

async function resolvePidfile(os: Os, label: string): Promise<Target> {
  const path = label.slice('pidfile:'.length);
  const invalid = (why: string, hint: string): ReloadctlError =>
    new ReloadctlError(`${label}: ${why}`, {
      code: 'pidfile-invalid',
      exitCode: EXIT.failed,
      hint,
    });
  const text = path === '' ? undefined : await os.files('ours').readFile(path, 64);
  if (!text?.ok) {
    const denied = text?.error === 'denied';
    throw invalid(
      denied ? 'may not be read' : 'no such file',
      denied
        ? 'Run this as its owner or as root.'
        : 'Name the file that the server writes its pid to.',
    );
  }
  const pid = parsePid(text.value.trim());
  if (pid === undefined) {
    throw invalid('holds no process id', 'A pid file holds one number and nothing else.');
  }
  const proc = await requireProcess(os, label, pid);
  const writers = await os.pathWriters(path);
  if (!isWrittenOnlyBy(writers, [proc.uid])) {
    const owner = await os.userById(proc.uid);
    const [grant] = grantsOfStrangers(writers, [proc.uid]);
    const others = describeGrant(grant, await nameOfWriter(os, grant));
    throw invalid(
      `names process ${pid} of ${owner?.name ?? `uid ${proc.uid}`}, but ${others}`,
      'A pid file counts when only root and the user of the process can write it and its directories: name the process by pid:N, or let the server write its pid file where only they can.',
    );
  }
  const stat = await os.files('ours').stat(path);
  if (stat.ok && (await os.startedAt(proc)) > stat.value.mtimeMs + PIDFILE_SLACK_MS) {
    throw invalid(
      `process ${pid} is younger than the file, so it is not the one that wrote it`,
      'The server is gone and its pid was given to another process: start the server again.',
    );
  }
  return { kind: 'process', label, pid: proc.pid };
}
