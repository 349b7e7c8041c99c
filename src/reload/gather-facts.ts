import { basename, isAbsolute } from 'node:path';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { Result } from '../base/result.ts';
import { SUPERVISOR_DEFAULTS } from '../config/supervisor-defaults.ts';
import type { Rights } from '../os/credentials.ts';
import type { Os } from '../os/os.ts';
import type { Proc } from '../os/proc.ts';
import {
  gunicornOf,
  type ReloadFacts,
  type ServerFacts,
  type SupervisionFacts,
} from '../policy/facts.ts';
import { knownSettings } from '../policy/steps.ts';
import { describeRpcFailure } from '../rpc/describe-failure.ts';
import { askOverlap } from '../rpc/overlap.ts';
import type { OverlapState, ProcessInfo, Supervisor } from '../rpc/supervisor.ts';
import type { GunicornContext, GunicornSettings } from '../servers/gunicorn/settings.ts';
import { findServer } from '../servers/recognise.ts';
import { serverTypesFor } from '../servers/types-for.ts';
import { rightsOfProcess } from '../servers/boot-context.ts';
import {
  findClaimed,
  findSupervisor,
  provenProc,
  type KnownSupervisor,
  type SupervisorDoubt,
} from './claimed-process.ts';
import { describeDoubt } from './describe-doubt.ts';
import { gatherKnown } from '../servers/gather-known.ts';
import { gatherGunicorn } from '../servers/gunicorn/gather-gunicorn.ts';
import type { Journal } from './journal.ts';
import { rightsOfLog } from './log-rights.ts';
import type { LogSources } from './program-log.ts';
import { describeTarget, type Target } from './target.ts';

/** What is known before anything is decided, and what the executor needs beside it. */
export interface Gathered {
  readonly facts: ReloadFacts;
  readonly preflightContext: GunicornContext | undefined;
  readonly logSources: LogSources;
  readonly settings: GunicornSettings | undefined;
  /** Undefined for a bare process. */
  readonly known?: Result<KnownSupervisor, SupervisorDoubt>;
  /** Those of the server's process; 'nobody' where nothing runs or they cannot be told. */
  readonly rights: Rights;
}

/** Asks the supervisor and the kernel about the target. Throws a ReloadctlError when either cannot be asked. */
export async function gatherFacts(
  os: Os,
  target: Target,
  journal: Journal,
  user: string,
  abort: AbortSignal,
): Promise<Gathered> {
  const base = { target: describeTarget(target), user };
  if (target.kind === 'process') {
    const proc = await os.process(target.pid);
    const server = await gatherServer(
      os,
      { root: proc, target, supervisorProc: undefined, startsAnew: false },
      journal,
      abort,
    );
    const rights = server.extras.preflightContext?.rights ?? (await rightsOfProcess(os, proc));
    return {
      ...server.extras,
      rights,
      logSources: await sourcesOfProcess(os, proc, server.extras.settings, rights),
      facts: {
        ...base,
        ...(await findWatcher(os, proc)),
        server: server.facts,
        supervision: undefined,
        unfinished: unfinishedOf(journal, server.facts),
      },
    };
  }
  const { info, proc, known, overlap } = await askSupervisor(os, target.supervisor, target.name);
  const supervisorProc = provenProc(known);
  const startsAnew = (overlap?.sockets.length ?? 0) > 0;
  const server = await gatherServer(
    os,
    { root: proc, target, supervisorProc, startsAnew },
    journal,
    abort,
  );
  const rights = server.extras.preflightContext?.rights ?? (await rightsOfProcess(os, proc));
  const named = [info.stdoutLogfile, info.stderrLogfile].filter((path) => isAbsolute(path));
  const errorLog = server.extras.settings?.errorLog;
  return {
    ...server.extras,
    rights,
    known,
    logSources: {
      files: [
        ...(await Promise.all(
          named.map(async (path) => ({ path, rights: await rightsOfLog(os, known, path, rights) })),
        )),
        ...(errorLog === undefined ? [] : [{ path: errorLog, rights }]),
      ],
      supervisor: target.supervisor,
      supervisorName: target.name,
    },
    facts: {
      ...base,
      server: server.facts,
      supervision: describeSupervision(
        target.program ?? (await askConfigured(target.supervisor, info)),
        info,
        proc,
        overlap,
      ),
      unfinished: unfinishedOf(journal, server.facts),
    },
  };
}

/** The program as the supervisor reports it, with its process as the kernel does. */
async function askSupervisor(
  os: Os,
  supervisor: Supervisor,
  name: string,
): Promise<{
  readonly info: ProcessInfo;
  readonly proc: Proc | undefined;
  readonly known: Result<KnownSupervisor, SupervisorDoubt>;
  readonly overlap: OverlapState | undefined;
}> {
  const [info, known, asked] = await Promise.all([
    supervisor.getProcessInfo(name),
    findSupervisor(os, supervisor),
    askOverlap(supervisor, name),
  ]);
  if (!info.ok) {
    if (info.error.kind === 'fault' && info.error.name === 'BAD_NAME') {
      throw new ReloadctlError(`${name}: no such process in the supervisor at ${supervisor.url}`, {
        code: 'program-unknown',
        exitCode: EXIT.failed,
        hint: 'reloadctl status lists what there is; reloadctl update takes over a changed configuration.',
      });
    }
    throw describeRpcFailure(info.error);
  }
  if (!asked.ok) throw describeRpcFailure(asked.error);
  const overlap = asked.value;
  const { pid } = info.value;
  if (pid === 0) return { info: info.value, proc: undefined, known, overlap };
  // What an earlier daemon started is nobody's child.
  const isAdopted = overlap?.adopted === true;
  const claimed = await findClaimed(os, known, { pid, isAdopted });
  if (!claimed.ok) throw describeDoubt(name, supervisor.url, pid, claimed.error);
  return { info: info.value, proc: claimed.value, known, overlap };
}

type Configured = Partial<
  Pick<
    SupervisionFacts,
    'startsecs' | 'startretries' | 'stopwaitsecs' | 'autorestart' | 'stopsignal' | 'stopasgroup'
  >
>;

/** What the supervisor says of a program that is not in the configuration at hand. */
async function askConfigured(supervisor: Supervisor, info: ProcessInfo): Promise<Configured> {
  const all = await supervisor.getAllConfigInfo();
  const found = all.ok
    ? all.value.find(({ name, group }) => name === info.name && group === info.group)
    : undefined;
  const number = (key: string): Partial<Record<string, number>> => {
    const value = found?.[key];
    return typeof value === 'number' ? { [key]: value } : {};
  };
  return { ...number('startsecs'), ...number('startretries'), ...number('stopwaitsecs') };
}

function describeSupervision(
  program: Configured,
  info: ProcessInfo,
  proc: Proc | undefined,
  overlap: OverlapState | undefined,
): SupervisionFacts {
  const none = <T>(value: T): T | undefined => (value === 0 ? undefined : value);
  return {
    overlap:
      overlap === undefined
        ? undefined
        : {
            sockets: overlap.sockets,
            reason: overlap.socketReason,
            successor: none(overlap.successor),
            gracefulTimeout: none(overlap.gracefulTimeout),
          },
    state: info.state,
    proc: proc === undefined ? undefined : { pid: proc.pid, startTicks: proc.startTicks },
    startsecs: program.startsecs ?? SUPERVISOR_DEFAULTS.startsecs,
    startretries: program.startretries ?? SUPERVISOR_DEFAULTS.startretries,
    stopsignal: program.stopsignal,
    stopwaitsecs: program.stopwaitsecs ?? SUPERVISOR_DEFAULTS.stopwaitsecs,
    autorestart: program.autorestart ?? SUPERVISOR_DEFAULTS.autorestart,
    stopasgroup: program.stopasgroup ?? false,
  };
}

interface GatheredServer {
  readonly facts: ServerFacts;
  readonly extras: Pick<Gathered, 'preflightContext' | 'settings'>;
}

const NO_EXTRAS: GatheredServer['extras'] = { preflightContext: undefined, settings: undefined };

async function gatherServer(
  os: Os,
  {
    root,
    target,
    supervisorProc,
    startsAnew,
  }: {
    readonly root: Proc | undefined;
    readonly target: Target;
    readonly supervisorProc: Proc | undefined;
    /** The next boot is not by the master that runs, but a start of its own. */
    readonly startsAnew: boolean;
  },
  journal: Journal,
  abort: AbortSignal,
): Promise<GatheredServer> {
  const program = target.kind === 'supervised' ? target.program : undefined;
  const nothing: GatheredServer = { facts: { type: 'none' }, extras: NO_EXTRAS };
  if (root === undefined) return nothing;
  const types = serverTypesFor(program?.settings);
  const search = await findServer(os, root, types);
  const asked = { program, root, supervisorProc, startsAnew };
  switch (search.found) {
    case 'booting': {
      const { pid, startTicks } = search.proc;
      return { facts: { type: 'booting', proc: { pid, startTicks } }, extras: NO_EXTRAS };
    }
    case 'server': {
      if (search.server.type.reloads !== 'by-strategy') {
        const { facts, context } = await gatherKnown(os, asked, search, abort);
        return { facts, extras: { preflightContext: context, settings: undefined } };
      }
      const gathered = await gatherGunicorn(os, asked, search, journal, abort);
      if (gathered === undefined) return nothing;
      const { facts, context } = gathered;
      return {
        facts,
        extras: { preflightContext: context, settings: knownSettings(facts) },
      };
    }
    case 'none': {
      const { pid, startTicks } = root;
      const signals = await os.signals(root);
      const type = program?.settings.type;
      const reloads = types[0]?.reloads ?? 'by-itself';
      return {
        facts: {
          type: 'other',
          proc: { pid, startTicks },
          caught: signals.ok ? signals.value.caught : undefined,
          maySignal: await os.maySignal(root),
          ...(type === undefined ? {} : { expected: { type, reloads } }),
        },
        extras: NO_EXTRAS,
      };
    }
  }
}

function unfinishedOf(journal: Journal, server: ServerFacts): ReloadFacts['unfinished'] {
  const gunicorn = gunicornOf({ server });
  if (gunicorn === undefined) return undefined;
  const unfinished = journal.unfinishedOf(gunicorn.master);
  return unfinished === undefined
    ? undefined
    : { strategy: unfinished.strategy, workersAfter: unfinished.workersAfter };
}

/** Without a supervisor: gunicorn's own log, and whatever files its output goes to. */
async function sourcesOfProcess(
  os: Os,
  proc: Proc | undefined,
  settings: GunicornSettings | undefined,
  rights: Rights,
): Promise<LogSources> {
  const open = proc === undefined ? undefined : await os.openFiles(proc);
  const outputs = (open?.ok === true ? open.value : [])
    .filter(({ fd, target }) => (fd === 1 || fd === 2) && isAbsolute(target))
    .map(({ target }) => target)
    .filter((path) => !path.startsWith('/dev/'));
  const errorLog = settings?.errorLog;
  const paths = [...new Set([...outputs, ...(errorLog === undefined ? [] : [errorLog])])];
  return {
    files: paths.map((path) => ({ path, rights })),
    supervisor: undefined,
    supervisorName: undefined,
  };
}

/** Programs that start another one again, or end altogether, when it ends. */
const WATCHERS =
  /^(supervisord|circusd|reloadctl|runsv|s6-supervise|pm2|PM2|god|monit|tini|dumb-init|docker-init)$/u;

/** Who watches a bare process, told by the name of its parent. A container ends with its first process. */
async function findWatcher(
  os: Os,
  proc: Proc | undefined,
): Promise<Pick<ReloadFacts, 'watchedBy'>> {
  if (proc?.pid === 1) return { watchedBy: 'the container' };
  const parent = proc === undefined ? undefined : await os.process(proc.ppid);
  const argv = parent === undefined ? undefined : await os.argv(parent);
  const words = argv?.ok === true ? argv.value.slice(0, 3).flatMap((word) => word.split(' ')) : [];
  const name = words.map((word) => basename(word)).find((word) => WATCHERS.test(word));
  return name === undefined ? {} : { watchedBy: name };
}
