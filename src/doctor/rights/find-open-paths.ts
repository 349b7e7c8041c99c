import { dirname } from 'node:path';
import {
  pathFilesBelow,
  findPathWriters,
  grantsOfStrangers,
  type PathFiles,
  type PathGrant,
} from '../../os/path-writers.ts';
import type { Finding, OpenPath, Trouble } from '../finding.ts';
import type { Surroundings } from '../gather-subject.ts';
import { actorOf, type ProgramSubject } from '../subject.ts';
import { findCode } from './find-code.ts';

/**
 * What others than root and the supervisor's user can change of the configuration and its files.
 */
export async function findOpenSupervisorPaths(
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const { os, configuration, supervisor } = surroundings;
  if (!surroundings.mayAskServers || os.kind !== 'linux') return [];
  const files = pathFilesBelow('');
  const found: Finding[] = [];
  // Who starts it as root to become somebody else reads the file as root.
  const drops = configuration.supervisord.user !== undefined && os.me.uid === 0;
  const readers = drops ? [] : [supervisor.uid];
  for (const path of configuration.files) {
    const open = await findOpen(surroundings, files, path, readers);
    if (open !== undefined)
      found.push(aboutSupervisor('error', { code: 'config-writable', path, open }));
  }
  const { supervisord, httpServers } = configuration;
  const sockets = httpServers.flatMap((server) => (server.kind === 'unix' ? [server.file] : []));
  for (const [what, path] of [
    ['pid file', supervisord.pidfile] as const,
    ...sockets.map((socket) => ['socket', socket] as const),
  ]) {
    const name = await findOpenName(surroundings, files, path, [supervisor.uid]);
    if (name === undefined) continue;
    const { open, severity } = name;
    found.push(aboutSupervisor(severity, { code: 'name-open', what, path, open }));
  }
  return found;
}

/**
 * What a third user can change of a program: code, directory, and the files that gunicorn makes.
 */
export async function findOpenProgramPaths(
  surroundings: Surroundings,
  subject: ProgramSubject,
): Promise<readonly Finding[]> {
  const { os, supervisor } = surroundings;
  if (!surroundings.mayAskServers || os.kind !== 'linux') return [];
  const pathFiles = pathFilesBelow('');
  const actor = actorOf(subject.program.user, supervisor);
  const trusted = [actor.uid, supervisor.uid];
  const found: Finding[] = [];
  const told = new Set<string>();
  // What a script says is read with no more rights than its program has.
  const files = os.files(
    await os.rightsOf(subject.program.user ?? { ...actor, name: `uid ${actor.uid}` }),
  );
  for (const { part, path } of await findCode(files, subject)) {
    const open = await findOpen(surroundings, pathFiles, path, trusted);
    // One directory that is open has many files below it.
    if (open === undefined || told.has(open.by)) continue;
    told.add(open.by);
    const severity = open.who === undefined || actor.uid === 0 ? 'error' : 'warning';
    const key = part === 'directory' ? 'directory' : 'command';
    found.push(subject.find(severity, { code: 'command-writable', part, path, open }, { key }));
  }
  const settings = subject.gunicorn?.ok === true ? subject.gunicorn.value : undefined;
  const names = [
    ...(settings?.pidfile === undefined ? [] : [['pid file', settings.pidfile] as const]),
    ...(settings?.bind ?? []).flatMap((address) =>
      address.startsWith('unix:/') ? [['socket', address.slice('unix:'.length)] as const] : [],
    ),
  ];
  for (const [what, path] of names) {
    const name = await findOpenName(surroundings, pathFiles, path, trusted);
    if (name === undefined) continue;
    const { open, severity } = name;
    found.push(subject.find(severity, { code: 'name-open', what, path, open }, { key: 'command' }));
  }
  return found;
}

/** Treats a file that comes and goes as missing: whoever may write the directory can make it. */
async function findOpenName(
  surroundings: Surroundings,
  files: PathFiles,
  path: string,
  trusted: readonly number[],
): Promise<{ readonly open: OpenPath; readonly severity: 'error' | 'warning' } | undefined> {
  const open = await findOpen(surroundings, files, dirname(path), trusted);
  if (open === undefined) return undefined;
  const now = await findPathWriters(path, files);
  const isSafeNow = now.exists && grantsOfStrangers(now, trusted).length === 0;
  return { open, severity: isSafeNow ? 'warning' : 'error' };
}

/** The worst that others than `trusted` and root may do to a path; everybody before somebody. */
async function findOpen(
  { os }: Surroundings,
  files: PathFiles,
  path: string,
  trusted: readonly number[],
): Promise<OpenPath | undefined> {
  const strangers = grantsOfStrangers(await findPathWriters(path, files), trusted);
  const worst = strangers.find(({ writer }) => writer === 'anybody') ?? strangers[0];
  if (worst === undefined) return undefined;
  const { writer, path: by, mode, may } = worst;
  const who =
    writer === 'anybody'
      ? undefined
      : ((await os.userById(writer))?.name ?? `the user with uid ${writer}`);
  return { who, by, mode, may, right: rightOf(worst) };
}

function rightOf({ writer, uid, mode }: PathGrant): OpenPath['right'] {
  if (writer === uid) return 'owner';
  return (mode & 0o002) === 0 ? 'group' : 'others';
}

function aboutSupervisor(severity: Finding['severity'], trouble: Trouble): Finding {
  return { severity, program: undefined, position: undefined, trouble, change: undefined };
}
