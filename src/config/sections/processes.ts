import { err, ok, type Result } from '../../base/result.ts';
import type { Turns } from '../../base/turns.ts';
import { signalName } from '../../os/signals.ts';
import { readChannel, type ChannelContext } from './channel.ts';
import { invalid, type ConfigError } from '../config-error.ts';
import { readerOf, type ReadContext } from '../section-reader.ts';
import { parseEnvironment } from '../environment.ts';
import { environmentNames, expand } from '../expansion.ts';
import { MAX_PROCESSES, type LayeredNames } from '../expansion.ts';
import { keyError, readKey, readKeys, sectionError, type KeyValues } from '../section-reader.ts';
import { nameInSection, parseName } from '../section-names.ts';
import { PROCESS_OPTIONS, SECTION_OPTIONS } from '../supervisord-options.ts';
import type { LogSettings, Program } from '../program.ts';
import { repr } from '../python/repr.ts';
import { compareCodePoints, strip } from '../python/text.ts';
import { SUPERVISOR_DEFAULTS } from '../supervisor-defaults.ts';

/** A program of which the [reloadctl] settings are not known yet. */
export type BareProgram = Omit<Program, 'settings'>;

/** What every process of a section has in common. */
interface Section {
  readonly context: ReadContext;
  readonly section: string;
  readonly programName: string;
  readonly group: string;
  readonly kind: Program['kind'];
  readonly keys: KeyValues<typeof SECTION_OPTIONS>;
  readonly processName: string;
}

/**
 * The processes of a section in `group`, by priority and name. Errors end in the section and the
 * file in which it first stands, as supervisord's do.
 */
export function* readProcesses(
  context: ReadContext,
  section: string,
  group: string,
  kind: Program['kind'],
): Turns<Result<readonly BareProgram[], ConfigError>> {
  const read = readSection(context, section, group, kind);
  const processes = read.ok ? yield* readEach(read.value) : read;
  if (processes.ok) return processes;
  const { message } = processes.error;
  const file = context.document.sections.positionOf(section)?.file ?? context.document.file;
  return err({
    ...processes.error,
    message: `${message} in section ${repr(section)} (file: ${repr(file)})`,
  });
}

function readSection(
  context: ReadContext,
  section: string,
  group: string,
  kind: Program['kind'],
): Result<Section, ConfigError> {
  const { sections } = context.document;
  const programName = parseName(nameInSection(section));
  if (!programName.ok) return sectionError({ sections, section }, programName.error);
  const names = commonNames(context, programName.value, group);
  const keys = readKeys(readerOf(context, section, names), SECTION_OPTIONS);
  if (!keys.ok) return keys;
  const entry = sections.get(section, 'process_name');
  const at = entry?.position ?? sections.positionOf(section);
  const processName = parseName(entry?.value ?? '%(program_name)s');
  if (!processName.ok) return err(invalid(processName.error, at));
  if (keys.value.numprocs > 1 && !processName.value.includes('%(process_num)')) {
    const message = '%(process_num) must be present within process_name when numprocs > 1';
    return err(invalid(message, at));
  }
  if (keys.value.stopasgroup && keys.value.killasgroup === false) {
    const position = sections.get(section, 'killasgroup')?.position;
    return err(invalid('Cannot set stopasgroup=true and killasgroup=false', position));
  }
  return ok({
    ...{ context, section, group, kind },
    programName: programName.value,
    keys: keys.value,
    processName: processName.value,
  });
}

function commonNames(
  context: ReadContext,
  programName: string,
  group: string,
): Map<string, string | number> {
  return new Map<string, string | number>([
    ['here', context.document.here],
    ['program_name', programName],
    ['host_node_name', context.host.hostname],
    ['group_name', group],
  ]);
}

function* readEach(section: Section): Turns<Result<readonly BareProgram[], ConfigError>> {
  const { numprocs, numprocs_start: start } = section.keys;
  const { context } = section;
  const common = commonNames(context, section.programName, section.group).set('numprocs', numprocs);
  // A process also sees the ENV_ names that were set for the ones before it.
  const before = new Map<string, string>();
  const names = context.environment.over(common).under(before);
  if (!context.environment.count(numprocs)) {
    const { sections } = context.document;
    return keyError(
      { sections, section: section.section },
      'numprocs',
      `numprocs=${numprocs} is too much: no more than ${MAX_PROCESSES} processes are read`,
    );
  }
  const programs: BareProgram[] = [];
  for (let index = 0; index < numprocs; index += 1) {
    yield;
    common.set('process_num', start + index);
    const program = readOne(section, start + index, names, before);
    if (!program.ok) return program;
    programs.push(program.value);
  }
  programs.sort((left, right) => compareCodePoints(left.name, right.name));
  return ok(programs);
}

function readOne(
  section: Section,
  processNum: number,
  common: LayeredNames,
  before: Map<string, string>,
): Result<BareProgram, ConfigError> {
  const { context, keys } = section;
  const environment = environmentOf(section, common);
  if (!environment.ok) return environment;
  const own = environmentNames(Object.fromEntries(environment.value));
  const names = own.size === 0 ? common : common.over(own);
  const { sections } = context.document;
  const reader = { sections, section: section.section, names, host: context.host };
  const directory = readKey(reader, 'directory', PROCESS_OPTIONS.directory);
  if (!directory.ok) return directory;
  const channels: ChannelContext = {
    reader,
    // supervisord repeats its warnings for each process.
    warnings: processNum === keys.numprocs_start ? context.warnings : [],
    isRedirected: keys.redirect_stderr,
  };
  const stdout = readChannel(channels, 'stdout', {
    captureMaxBytes: keys.stdout_capture_maxbytes,
    eventsEnabled: keys.stdout_events_enabled,
  });
  if (!stdout.ok) return stdout;
  const stderr = readChannel(channels, 'stderr', {
    captureMaxBytes: keys.stderr_capture_maxbytes,
    eventsEnabled: keys.stderr_events_enabled,
  });
  if (!stderr.ok) return stderr;
  const command = readKey(reader, 'command', PROCESS_OPTIONS.command);
  if (!command.ok) return command;
  if (command.value === undefined) {
    return sectionError(reader, `program section ${section.section} does not specify a command`);
  }
  const name = expand(section.processName, names, 'process_name');
  if (!name.ok) {
    const entry = reader.sections.get(section.section, 'process_name');
    return err(invalid(name.error, entry?.position));
  }
  for (const [key, value] of own) before.set(key, value);
  return ok(
    toProgram(section, {
      name: name.value,
      processNum,
      command: command.value,
      directory: directory.value,
      environment:
        own.size === 0
          ? context.daemonEnvironment
          : { ...context.daemonEnvironment, ...Object.fromEntries(environment.value) },
      stdout: stdout.value,
      stderr: stderr.value,
    }),
  );
}

/** environment= of one process. */
function environmentOf(
  { context, section }: Section,
  names: LayeredNames,
): Result<ReadonlyMap<string, string>, ConfigError> {
  const entry = context.document.sections.get(section, 'environment');
  const expanded = expand(entry?.value ?? '', names, 'environment');
  const pairs = expanded.ok ? parseEnvironment(expanded.value, context.host.dialect) : expanded;
  return pairs.ok ? pairs : err(invalid(pairs.error, entry?.position));
}

/** The values that differ between the processes of a section. */
interface OwnValues {
  readonly name: string;
  readonly processNum: number;
  readonly command: string;
  readonly directory: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdout: LogSettings;
  readonly stderr: LogSettings;
}

/** Without spreading, which is slow where there are a hundred thousand of them. */
function toProgram(section: Section, own: OwnValues): BareProgram {
  const { context, keys } = section;
  const isAuto = keys.serverurl !== undefined && strip(keys.serverurl).toUpperCase() === 'AUTO';
  return {
    name: own.name,
    processNum: own.processNum,
    command: own.command,
    directory: own.directory,
    environment: own.environment,
    stdout: own.stdout,
    stderr: own.stderr,
    kind: section.kind,
    group: section.group,
    section: section.programName,
    position: context.document.sections.positionOf(section.section) ?? {
      file: context.document.file,
      line: 1,
    },
    user: keys.user,
    umask: keys.umask,
    priority: keys.priority,
    numprocs: keys.numprocs,
    autostart: keys.autostart,
    autorestart: keys.autorestart,
    startsecs: keys.startsecs,
    startretries: keys.startretries,
    exitcodes: keys.exitcodes,
    stopsignalNumber: keys.stopsignal,
    stopsignal: signalName(keys.stopsignal),
    stopwaitsecs: keys.stopwaitsecs ?? SUPERVISOR_DEFAULTS.stopwaitsecs,
    isStopwaitSet: keys.stopwaitsecs !== undefined,
    stopasgroup: keys.stopasgroup,
    killasgroup: keys.killasgroup ?? keys.stopasgroup,
    redirectStderr: keys.redirect_stderr,
    serverurl: isAuto ? undefined : keys.serverurl,
  };
}
