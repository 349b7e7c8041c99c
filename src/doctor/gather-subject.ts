import { isAbsolute, join } from 'node:path';
import { nameSpecOf } from '../base/name-spec.ts';
import type { ConfigDocument } from '../config/text/document.ts';
import type { Configuration, Program } from '../config/program.ts';
import { splitCommand } from '../config/split-command.ts';
import { canActAs, type Rights } from '../os/credentials.ts';
import type { Files } from '../os/files.ts';
import type { Os } from '../os/os.ts';
import { findCommand, mayRunConfigured, environmentToBoot } from '../servers/boot-context.ts';
import { readGunicornSettings } from '../servers/gunicorn/settings.ts';
import { readCommand, type CommandReading } from './command/unwrap.ts';
import { setInDocument } from './document-changes.ts';
import { lookAtDirectory, lookAtExecutable, lookAtLog } from './look-at-files.ts';
import { actorOf, type Actor, type LiveSubject, type ProgramSubject } from './subject.ts';

/** What every program of a configuration is examined with. */
export interface Surroundings {
  readonly os: Os;
  readonly document: ConfigDocument;
  readonly configuration: Configuration;
  /** The programs of each section. */
  readonly siblings: ReadonlyMap<string, readonly Program[]>;
  /** The user as whom the supervisor runs. */
  readonly supervisor: Actor;
  /** What has been read of files: their beginnings by their paths; undefined where there is no text. */
  readonly heads: Map<string, string | undefined>;
  /** Start gunicorn's own code to learn its settings. Nothing binds, but its configuration file runs. */
  readonly mayAskServers: boolean;
  readonly onAsk: (() => void) | undefined;
  readonly abort: AbortSignal;
}

const HEAD_BYTES = 64 * 1024;
/** Of so many files the beginnings are kept. */
const MAX_HEADS = 200;

/** Gathers what the rules look at. */
export async function gatherSubject(
  surroundings: Surroundings,
  program: Program,
  live: LiveSubject | undefined,
): Promise<ProgramSubject> {
  const { os, document, supervisor } = surroundings;
  const words = splitCommand(program.command);
  // What the program's user can write is looked at, and asked, with no more than that user's rights.
  const { uid, gid } = supervisor;
  const rights = await os.rightsOf(program.user ?? { uid, gid, name: `uid ${uid}` });
  const head = (path: string): Promise<string | undefined> =>
    readHead(surroundings, program, rights, path);
  const reading = await readCommand(words.ok ? words.value : [], head);
  const section = sectionOf(program);
  const label = nameSpecOf(program);
  const actor = actorOf(program.user, supervisor);
  const executable = reading.words[0];
  return {
    label,
    program,
    siblings: surroundings.siblings.get(section) ?? [program],
    reading,
    call: await readCall(reading, program, head),
    gunicorn: await askGunicorn(surroundings, program, rights, reading, live),
    directory:
      program.directory === undefined ? 'ok' : await lookAtDirectory(os, program.directory, actor),
    executable:
      executable?.startsWith('/') === true ? await lookAtExecutable(os, executable, actor) : 'ok',
    logs: await Promise.all(
      logsOf(program).map(async (path) => ({
        path,
        access: await lookAtLog(os, path, supervisor),
      })),
    ),
    shadow: await findShadow(os, program, reading),
    live,
    set: (key, value) =>
      setInDocument(document, section, key, value) ?? {
        change: 'set',
        section,
        key,
        value,
        position: program.position,
        replaces: false,
      },
    find: (severity, trouble, { key, change } = {}) => ({
      severity,
      program: label,
      position:
        (key === undefined ? undefined : document.sections.get(section, key)?.position) ??
        program.position,
      trouble,
      change,
    }),
  };
}

/** The name of the section that a program comes from. */
export function sectionOf({ kind, section }: Program): string {
  return `${kind}:${section}`;
}

function logsOf(program: Program): readonly string[] {
  const channels = program.redirectStderr ? [program.stdout] : [program.stdout, program.stderr];
  return channels.flatMap(({ target }) => (target.kind === 'file' ? [target.path] : []));
}

/** Many programs are started by the same few files. */
async function readHead(
  { os, heads }: Surroundings,
  program: Program,
  rights: Rights,
  path: string,
): Promise<string | undefined> {
  const full = isAbsolute(path) ? path : join(program.directory ?? '.', path);
  const key = `${typeof rights === 'string' ? rights : rights.uid} ${full}`;
  if (heads.has(key)) return heads.get(key);
  const text = await readText(os.files(rights), full);
  if (heads.size >= MAX_HEADS) heads.clear();
  heads.set(key, text);
  return text;
}

async function readText(files: Pick<Files, 'readFile'>, path: string): Promise<string | undefined> {
  const head = await files.readFile(path, HEAD_BYTES);
  // A binary is no script.
  return head.ok && !head.value.includes('\0') ? head.value : undefined;
}

/** The server that is started, with what its own configuration files say. */
async function readCall(
  { call }: CommandReading,
  { environment }: Program,
  head: (path: string) => Promise<string | undefined>,
): Promise<ProgramSubject['call']> {
  if (call === undefined) return undefined;
  const paths = call.type.configured?.files?.(call.args) ?? [];
  const texts = await Promise.all(
    paths.flatMap((path) => (path === undefined ? [] : [head(path)])),
  );
  return { ...call, environment, text: texts.filter((text) => text !== undefined).join('\n') };
}

async function askGunicorn(
  { os, mayAskServers, onAsk, abort }: Surroundings,
  program: Program,
  rights: Rights,
  { call, inner }: CommandReading,
  live: LiveSubject | undefined,
): Promise<ProgramSubject['gunicorn']> {
  if (live?.gunicorn?.settings !== undefined) return live.gunicorn.settings;
  if (!mayAskServers || call?.type.reloads !== 'by-strategy') return undefined;
  onAsk?.();
  const { value: env } = await environmentToBoot(
    os,
    { program, supervisorProc: undefined },
    undefined,
    rights,
  );
  // Wrappers taken off: what matters are gunicorn's own arguments.
  const command = inner.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const found = await findCommand(os, { program: { ...program, command } }, undefined, env, rights);
  if (found === undefined || !canActAs(rights, os.me)) return undefined;
  if (!(await mayRunConfigured(os, program, rights))) return undefined;
  const settings = await readGunicornSettings(
    os,
    found,
    // Never where we happen to be: gunicorn takes a file there for its configuration.
    { cwd: program.directory ?? '/', env, rights },
    abort,
  );
  return settings;
}

/** `python -m gunicorn` takes a file of that name in its working directory for the package (measured: exits 0 and serves nothing). */
async function findShadow(
  os: Os,
  program: Program,
  { inner, call }: CommandReading,
): Promise<string | undefined> {
  const at = inner.indexOf('-m');
  const module = inner[at + 1]?.split('.')[0];
  if (call === undefined || at === -1 || module === undefined || program.directory === undefined) {
    return undefined;
  }
  const path = join(program.directory, `${module}.py`);
  return (await os.files('ours').stat(path)).ok ? path : undefined;
}
