import { EXIT, ReloadctlError } from '../base/errors.ts';
import { nameSpecOf, splitNameSpec } from '../base/name-spec.ts';
import { toReloadctlError } from '../config/config-error.ts';
import { readDocument, type ConfigDocument } from '../config/text/document.ts';
import { thisHost } from '../config/host.ts';
import { understandDocument } from '../config/load-configuration.ts';
import { nearMiss } from '../config/nearest.ts';
import type { Configuration, Program } from '../config/program.ts';
import type { Os } from '../os/os.ts';
import type { ProcessInfo } from '../rpc/supervisor.ts';
import { findOpenProgramPaths, findOpenSupervisorPaths } from './rights/find-open-paths.ts';
import { setInDocument } from './document-changes.ts';
import { examineLines } from './examine-lines.ts';
import { examineProgram } from './examine-program.ts';
import type { Finding, Severity } from './finding.ts';
import { findHolders, gatherLive, type LivePlace } from './gather-live.ts';
import { gatherSubject, sectionOf, type Surroundings } from './gather-subject.ts';
import { modeOf } from './look-at-files.ts';
import { findSupervisorTroubles } from './rules/supervisor.ts';
import type { Actor, LiveSubject, ProgramSubject } from './subject.ts';

/** What a configuration is examined with. */
export interface DoctorRequest {
  readonly os: Os;
  readonly file: string;
  /** What %(ENV_X)s stands for: the supervisor's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** 'name', 'group:name' or 'group:*'; none: all of them, and the supervisor itself. */
  readonly names: readonly string[];
  /** The programs as the supervisor reports them; undefined where it could not be asked. */
  readonly live: { readonly place: LivePlace; readonly infos: readonly ProcessInfo[] } | undefined;
  /** The user as whom the supervisor runs, where it is known. */
  readonly supervisor: Actor | undefined;
  readonly mayAskServers: boolean;
  /** Called before a server is asked. */
  readonly onAsk?: () => void;
  /** Nothing more is looked at once it fires. */
  readonly abort: AbortSignal;
}

/** What was found, the worst first, and what was looked at. */
export interface DoctorReport {
  readonly findings: readonly Finding[];
  /** The programs that were looked at, by their sections. */
  readonly programs: readonly string[];
  /** Programs that could not be looked at as they run, each with the reason. */
  readonly unseen: ReadonlyArray<{ readonly program: string; readonly why: string }>;
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/**
 * Examines a configuration and its programs. Throws a ReloadctlError for an unreadable file or
 * unknown name.
 */
export async function runDoctor(request: DoctorRequest): Promise<DoctorReport> {
  const host = thisHost({ environment: request.environment });
  const document = readDocument(request.file, host, { include: true });
  if (!document.ok) {
    const { code, message, position } = document.error;
    if (code !== 'config-invalid') throw toReloadctlError(document.error);
    return report([invalid(message, position)], [], []);
  }
  const understood = understandDocument(document.value, host);
  if (!understood.ok) {
    const { message, position } = understood.error;
    const lines = examineLines(document.value, undefined);
    return report([invalid(message, position), ...lines], [], []);
  }
  return examineConfiguration(request, document.value, understood.value);
}

async function examineConfiguration(
  request: DoctorRequest,
  document: ConfigDocument,
  configuration: Configuration,
): Promise<DoctorReport> {
  const { os, names, mayAskServers, abort, onAsk } = request;
  const own = { uid: os.me.uid, gid: os.me.gid };
  const surroundings: Surroundings = {
    os,
    document,
    configuration,
    siblings: groupBySection(configuration),
    heads: new Map(),
    supervisor: request.supervisor ?? configuration.supervisord.user ?? own,
    mayAskServers,
    onAsk,
    abort,
  };
  const all = configuration.groups.flatMap((group) => group.programs);
  const chosen = names.length === 0 ? all : names.flatMap((name) => select(all, name));
  const findings: Finding[] = [];
  const unseen: Array<{ program: string; why: string }> = [];
  if (names.length === 0) {
    // One by one: a call takes some ten thousand arguments and no more.
    for (const finding of examineLines(document, configuration)) findings.push(finding);
    findings.push(...(await examineSupervisor(surroundings)));
    findings.push(...(await findOpenSupervisorPaths(surroundings)));
  }
  // One process stands for all of its section, unless they are looked at as they run.
  const infos = new Map(request.live?.infos.map((info) => [`${info.group}:${info.name}`, info]));
  const firsts = new Map(all.toReversed().map((program) => [program.section, program]));
  for (const program of chosen) {
    if (abort.aborted) break;
    const info = infos.get(`${program.group}:${program.name}`);
    const isFirst = firsts.get(program.section) === program;
    if (info === undefined && !isFirst && names.length === 0) continue;
    const live = await lookLive(request, program, info, unseen);
    findings.push(...(await examineOne(surroundings, program, live)));
  }
  const sections = [...new Set(chosen.map(({ section }) => section))];
  return report(withoutRepetitions(findings), sections, unseen);
}

/** The programs of each section; see {@link sectionOf}. */
function groupBySection({ groups }: Configuration): ReadonlyMap<string, readonly Program[]> {
  const sections = new Map<string, Program[]>();
  for (const program of groups.flatMap((group) => group.programs)) {
    const known = sections.get(sectionOf(program));
    if (known === undefined) sections.set(sectionOf(program), [program]);
    else known.push(program);
  }
  return sections;
}

async function examineOne(
  surroundings: Surroundings,
  program: Program,
  live: LiveSubject | undefined,
): Promise<readonly Finding[]> {
  const subject = await gatherSubject(surroundings, program, live);
  const open = await findOpenProgramPaths(surroundings, subject);
  return [...(await examineSubject(surroundings, subject, live)), ...open];
}

async function examineSubject(
  surroundings: Surroundings,
  subject: ProgramSubject,
  live: LiveSubject | undefined,
): Promise<readonly Finding[]> {
  if (live === undefined || live.gunicorn !== undefined || subject.gunicorn?.ok !== true) {
    return examineProgram(subject);
  }
  const addresses = subject.gunicorn.value.reusePort ? [] : subject.gunicorn.value.bind;
  const isDown = live.state !== 'RUNNING' && live.state !== 'STARTING' && live.state !== 'STOPPING';
  const holders = isDown ? await findHolders(surroundings.os, addresses) : [];
  return examineProgram({ ...subject, live: { ...live, holders } });
}

async function lookLive(
  { live, onAsk }: DoctorRequest,
  program: Program,
  info: ProcessInfo | undefined,
  unseen: Array<{ program: string; why: string }>,
): Promise<LiveSubject | undefined> {
  if (live === undefined || info === undefined) return undefined;
  onAsk?.();
  try {
    return await gatherLive(live.place, program, info);
  } catch (error) {
    if (!(error instanceof ReloadctlError)) throw error;
    unseen.push({ program: `${program.group}:${program.name}`, why: error.message });
    return undefined;
  }
}

async function examineSupervisor({
  os,
  document,
  configuration,
}: Surroundings): Promise<readonly Finding[]> {
  const modes = new Map<string, number>();
  for (const path of configuration.files) {
    const mode = await modeOf(os, path);
    if (mode !== undefined) modes.set(path, mode);
  }
  const [main = configuration.file] = configuration.files;
  const passwords = document.statements.flatMap((statement) =>
    statement.kind === 'option' && statement.key === 'password' && statement.value !== ''
      ? [
          {
            value: statement.value,
            position: statement.position,
            // The main file is named as it was given.
            path: statement.position.file === document.file ? main : statement.position.file,
          },
        ]
      : [],
  );
  return findSupervisorTroubles(configuration, {
    modes,
    passwords,
    positionOf: (section) => document.sections.positionOf(section),
    set: (section, key, value) => setInDocument(document, section, key, value),
  });
}

function select(all: readonly Program[], word: string): readonly Program[] {
  if (word === 'all') return all;
  const { group, name } = splitNameSpec(word);
  const found = all.filter(
    (program) => program.group === group && (name === undefined || program.name === name),
  );
  if (found.length > 0) return found;
  const names = all.map(nameSpecOf);
  const meant = nearMiss(word, names);
  throw new ReloadctlError(`${word}: no such program in the configuration`, {
    code: 'program-unknown',
    exitCode: EXIT.usage,
    hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}There is: ${names.join(', ')}.`,
  });
}

function invalid(message: string, position: Finding['position']): Finding {
  return {
    severity: 'error',
    program: undefined,
    position,
    trouble: { code: 'config-invalid', message },
    change: undefined,
  };
}

/** The processes of one section share its faults. */
function withoutRepetitions(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ trouble, position }) => {
    const identity = JSON.stringify([trouble, position]);
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}

function report(
  findings: readonly Finding[],
  programs: readonly string[],
  unseen: DoctorReport['unseen'],
): DoctorReport {
  const sorted = findings.toSorted((left, right) => RANK[left.severity] - RANK[right.severity]);
  return { findings: sorted, programs, unseen };
}
