// Our reading of whole configurations against supervisor's own, in every release that the tests run against.
import { hostname } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thisHost } from '../../src/config/host.ts';
import { readConfiguration } from '../../src/config/load-configuration.ts';
import type {
  Configuration,
  HttpServer,
  LogTarget,
  Program,
  ProgramGroup,
} from '../../src/config/program.ts';
import { PYTHON_NAMES, pythonForTests, type FoundPython } from '../rig/python.ts';
import { CORPUS, type CorpusEntry } from './config-corpus.ts';
import {
  askPython,
  ENVIRONMENT,
  hasReferenceMessages,
  makeTree,
  removeTree,
} from './config-python.ts';

/** Reads each file as supervisord does at its start and answers with everything that it made of it. */
const SCRIPT = `
import json, os, sys
from supervisor import datatypes, options
class Refused(Exception):
    pass
class Options(options.ServerOptions):
    def usage(self, msg):
        raise Refused(str(msg))
NAMES = {datatypes.Automatic: 'AUTO', datatypes.RestartUnconditionally: True, datatypes.RestartWhenExitUnexpected: 'unexpected'}
def plain(value):
    return NAMES[value] if isinstance(value, type) else int(value) if hasattr(value, 'numerator') and not isinstance(value, bool) else value
def process(p):
    found = {n: plain(getattr(p, n)) for n in p.req_param_names + p.optional_param_names}
    # An empty name means no log, as None does.
    return {**found, 'stdout_logfile': found['stdout_logfile'] or None, 'stderr_logfile': found['stderr_logfile'] or None}
def group(g):
    found = {'name': g.name, 'priority': g.priority, 'programs': [process(p) for p in g.process_configs]}
    if hasattr(g, 'pool_events'):
        events = [n for n, e in vars(options_events()).items() if e in g.pool_events]
        found.update(events=sorted(events), buffer_size=g.buffer_size)
    if hasattr(g, 'socket_config'):
        s = g.socket_config
        found.update(socket=s.url, backlog=s.backlog, mode=getattr(s, 'mode', None), owner=getattr(s, 'owner', None))
    return found
def options_events():
    from supervisor.events import EventTypes
    return EventTypes
def server(s):
    return {k: v for k, v in s.items() if k not in ('family', 'name')}
SETTINGS = ['logfile', 'logfile_maxbytes', 'logfile_backups', 'loglevel', 'pidfile', 'umask', 'directory', 'nodaemon',
            'silent', 'minfds', 'minprocs', 'identifier', 'nocleanup', 'childlogdir', 'strip_ansi', 'uid']
def read(path):
    o = Options()
    try:
        o.realize(['-c', path])
    except Refused as e:
        return {'error': str(e)}
    return {
        'settings': {n: plain(getattr(o, n)) for n in SETTINGS},
        'environment': o.configroot.supervisord.environment,
        'groups': [group(g) for g in o.process_group_configs],
        'servers': [server(s) for s in o.server_configs],
        'rpc': [[name, extras] for name, factory, extras in o.rpcinterface_factories],
        'warnings': o.parse_warnings,
    }
os.chdir('/')
print(json.dumps([read(path) for path in json.load(sys.stdin)]))
`;

const LEVELS = { critical: 50, error: 40, warn: 30, info: 20, debug: 10, trace: 5, blather: 3 };

/** Compares what both sides make of every entry. */
function compareAll(python: FoundPython, entries: readonly CorpusEntry[]): void {
  const trees = entries.map((entry) =>
    makeTree(typeof entry === 'string' ? { 's.conf': entry } : entry),
  );
  try {
    const files = trees.map((tree) => join(tree, 's.conf'));
    const theirs = askPython(python, SCRIPT, files) as ReadonlyArray<Record<string, unknown>>;
    const isReference = hasReferenceMessages(python);
    for (const [index, file] of files.entries()) {
      const ours = readAs(file);
      const expected = theirs[index] ?? {};
      // The one difference: into a bare %s Python puts all names with their values, which we refuse.
      if (String(ours.error).includes('needs a name in parentheses')) continue;
      // CPython's own words change from release to release.
      if (!isReference && 'error' in expected && 'error' in ours) continue;
      expect(ours, JSON.stringify(entries[index])).toEqual(expected);
    }
  } finally {
    for (const tree of trees) removeTree(tree);
  }
}

function readAs(file: string): Record<string, unknown> {
  const host = thisHost({ cwd: '/', environment: ENVIRONMENT, hostname: hostname() });
  const read = readConfiguration(file, host);
  return read.ok ? describeConfiguration(read.value) : { error: read.error.message };
}

function describeConfiguration(configuration: Configuration): Record<string, unknown> {
  const { supervisord: daemon } = configuration;
  return {
    settings: {
      logfile: daemon.logfile,
      logfile_maxbytes: daemon.logfileMaxBytes,
      logfile_backups: daemon.logfileBackups,
      loglevel: LEVELS[daemon.loglevel],
      pidfile: daemon.pidfile,
      umask: daemon.umask,
      directory: daemon.directory ?? null,
      nodaemon: daemon.nodaemon,
      silent: daemon.silent,
      minfds: daemon.minfds,
      minprocs: daemon.minprocs,
      identifier: daemon.identifier,
      nocleanup: daemon.nocleanup,
      childlogdir: daemon.childlogdir,
      strip_ansi: daemon.stripAnsi,
      uid: daemon.user?.uid ?? null,
    },
    environment: daemon.environment,
    groups: configuration.groups.map(describeGroup),
    servers: configuration.httpServers.map(describeServer),
    rpc: configuration.rpcInterfaces.map((each) => [each.name, each.options]),
    warnings: configuration.warnings.map((each) => each.message),
  };
}

function describeGroup(group: ProgramGroup): Record<string, unknown> {
  return {
    name: group.name,
    priority: group.priority,
    programs: group.programs.map(describeProgram),
    ...(group.eventlistener && {
      events: [...group.eventlistener.events].sort(),
      buffer_size: group.eventlistener.bufferSize,
    }),
    ...(group.fcgi && {
      socket: group.fcgi.socket,
      backlog: group.fcgi.backlog ?? null,
      mode: group.fcgi.mode ?? null,
      owner: describeOwner(group.fcgi.owner) ?? null,
    }),
  };
}

function describeProgram(program: Program): Record<string, unknown> {
  const channel = (name: 'stdout' | 'stderr'): Record<string, unknown> => ({
    [`${name}_logfile`]: describeTarget(program[name].target),
    [`${name}_capture_maxbytes`]: program[name].captureMaxBytes,
    [`${name}_events_enabled`]: program[name].eventsEnabled,
    [`${name}_syslog`]: program[name].syslog,
    [`${name}_logfile_backups`]: program[name].backups,
    [`${name}_logfile_maxbytes`]: program[name].maxBytes,
  });
  return {
    name: program.name,
    uid: program.user?.uid ?? null,
    command: program.command,
    directory: program.directory ?? null,
    umask: program.umask ?? null,
    priority: program.priority,
    autostart: program.autostart,
    autorestart: program.autorestart,
    startsecs: program.startsecs,
    startretries: program.startretries,
    ...channel('stdout'),
    ...channel('stderr'),
    stopsignal: program.stopsignalNumber,
    stopwaitsecs: program.stopwaitsecs,
    stopasgroup: program.stopasgroup,
    killasgroup: program.killasgroup,
    exitcodes: program.exitcodes,
    redirect_stderr: program.redirectStderr,
    environment: program.environment,
    serverurl: program.serverurl ?? null,
  };
}

function describeTarget(target: LogTarget): string | null {
  if (target.kind === 'file') return target.path;
  return target.kind === 'auto' ? 'AUTO' : null;
}

function describeServer(server: HttpServer): Record<string, unknown> {
  const { section, username = null, password = null } = server;
  const common = { section, username, password };
  return server.kind === 'inet'
    ? { ...common, host: server.host, port: server.port }
    : {
        ...common,
        file: server.file,
        chmod: server.chmod,
        chown: describeOwner(server.owner) ?? [-1, -1],
      };
}

function describeOwner(
  owner: { readonly uid: number; readonly gid: number | undefined } | undefined,
): readonly number[] | undefined {
  return owner && [owner.uid, owner.gid ?? -1];
}

/** Programs put together from lines that are right, wrong or odd. */
const RANDOM_PROGRAMS = fc.sample(
  fc
    .array(
      fc.tuple(
        fc.constantFrom(
          ...[
            'command',
            'priority',
            'autostart',
            'autorestart',
            'startsecs',
            'stopsignal',
            'umask',
          ],
          ...['exitcodes', 'environment', 'directory', 'process_name', 'numprocs', 'serverurl'],
          ...['stdout_logfile', 'stderr_logfile', 'stdout_logfile_maxbytes', 'redirect_stderr'],
        ),
        fc.constantFrom('=', ':', ' = ', '\t=\n  '),
        fc.oneof(
          fc.constantFrom(
            '1',
            '0',
            'true',
            'no',
            'TERM',
            'unexpected',
            '/tmp/x',
            'auto',
            '1KB',
            '022',
          ),
          fc.constantFrom(
            'A="1",B=2',
            '%(process_num)d',
            '%(program_name)s_%(process_num)02d',
            '2',
          ),
          fc
            .array(
              fc.constantFrom(
                ...[
                  'a',
                  '1',
                  ' ',
                  '"',
                  "'",
                  ';',
                  ' ;',
                  '#',
                  '%%',
                  '%',
                  '%(here)s',
                  '\n ',
                  '\n',
                  '\\',
                ],
                ...[
                  '%(ENV_FOO)s',
                  '%(nope)s',
                  '%(process_num)03d',
                  ',',
                  '=',
                  '/',
                  '~',
                  '_',
                  '-',
                  'é',
                ],
              ),
              { maxLength: 6 },
            )
            .map((parts) => parts.join('')),
        ),
      ),
      { maxLength: 4 },
    )
    .map(
      (lines) =>
        `[supervisord]\n[program:a]\ncommand=/bin/cat\n${lines.map((line) => line.join('')).join('\n')}`,
    ),
  { seed: 20240229, numRuns: 1500 },
);

describe.each(PYTHON_NAMES)('as supervisor reads it (%s)', async (name) => {
  const python = await pythonForTests(name);

  describe.skipIf(python === undefined)('found', () => {
    if (python === undefined) return;

    test('every configuration of the corpus', () => {
      compareAll(python, CORPUS);
    });

    test('programs of random lines', () => {
      compareAll(python, RANDOM_PROGRAMS);
    });
  });
});
