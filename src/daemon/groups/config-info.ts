import type { LogTarget, LogSettings, Program, ProgramGroup } from '../../config/program.ts';
import { compareCodePoints } from '../../config/python/text.ts';

/** The structs of getAllConfigInfo, sorted by process name (supervisor/rpcinterface.py). `isActive` by group name. */
export function configInfo(
  groups: readonly ProgramGroup[],
  isActive: (group: string) => boolean,
): ReadonlyArray<Readonly<Record<string, unknown>>> {
  return groups
    .flatMap((group) => group.programs.map((program) => describe(group, program, isActive)))
    .sort((a, b) => compareCodePoints(a.name, b.name));
}

function describe(
  group: ProgramGroup,
  program: Program,
  isActive: (group: string) => boolean,
): Readonly<Record<string, unknown>> & { readonly name: string } {
  return {
    autostart: program.autostart,
    autorestart: program.autorestart,
    directory: program.directory ?? 'none',
    uid: program.user?.uid ?? 'none',
    command: program.command,
    exitcodes: program.exitcodes,
    group: group.name,
    group_prio: group.priority,
    inuse: isActive(group.name),
    killasgroup: program.killasgroup,
    name: program.name,
    process_prio: program.priority,
    redirect_stderr: program.redirectStderr,
    startretries: program.startretries,
    startsecs: program.startsecs,
    stopsignal: program.stopsignalNumber,
    stopwaitsecs: program.stopwaitsecs,
    ...channel('stdout', program.stdout),
    ...channel('stderr', program.stderr),
    serverurl: program.serverurl ?? 'none',
  };
}

function channel(
  name: 'stdout' | 'stderr',
  settings: LogSettings,
): Readonly<Record<string, unknown>> {
  return {
    [`${name}_capture_maxbytes`]: settings.captureMaxBytes,
    [`${name}_events_enabled`]: settings.eventsEnabled,
    [`${name}_logfile`]: logfile(settings.target),
    [`${name}_logfile_backups`]: settings.backups,
    [`${name}_logfile_maxbytes`]: settings.maxBytes,
    [`${name}_syslog`]: settings.syslog,
  };
}

function logfile(target: LogTarget): string {
  return target.kind === 'file' ? target.path : target.kind;
}
