import { readFileSync } from 'node:fs';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import { reasonOf } from '../base/reason-of.ts';
import { err, ok, type Result } from '../base/result.ts';
import { VERSION } from '../base/version.ts';
import { thisHost } from '../config/host.ts';
import {
  loadConfigurationInTurns,
  readConfigurationInTurns,
} from '../config/load-configuration.ts';
import type { Configuration, DaemonSettings } from '../config/program.ts';
import { createOs } from '../os/create-os.ts';
import { readingError } from '../os/errno.ts';
import { keepHeapLean } from '../os/lean-heap.ts';
import type { Os } from '../os/os.ts';
import { openSyslog, type Syslog } from '../os/syslog.ts';
import { findLegacy, type Legacy } from './adopt/find-survivors.ts';
import { openRuntimeDirectory, type RuntimeDirectory } from './adopt/runtime-directory.ts';
import { takeBackSockets } from './adopt/take-back-sockets.ts';
import { closeInheritedFiles } from './close-inherited-files.ts';
import { createDaemon } from './create-daemon.ts';
import type { DaemonEnd } from './daemon.ts';
import { DaemonLock } from './daemon-lock.ts';
import { dropPrivileges } from './drop-privileges.ts';
import { startTicks } from './events/ticks.ts';
import { obeySignals } from './obey-signals.ts';
import { removeAutoLogs } from './logs/auto-log.ts';
import { openMainLog, type MainLog } from './logs/open-main-log.ts';
import { NODE_IS_PROCESS_ONE } from './node-as-process-one.ts';
import { removePidFile, writePidFile } from './pid-file.ts';
import { raiseLimits } from './raise-limits.ts';
import { arrive, takeConnections, type Arrival } from './replace/arrive.ts';
import { HANDOVER_FD } from './replace/handover.ts';
import { offerReplacement } from './replace/offer-replacement.ts';
import type { Predecessor } from './replace/predecessor.ts';
import type { Origin, Successor } from './replace/replace-by.ts';
import { passSignalsOn } from './replace/pass-signals-on.ts';
import type { OpenEngine } from './server/engine.ts';
import { openServers } from './server/open-servers.ts';
import { fetchSockets } from './spawn/fetch-sockets.ts';
import { makeFifos } from './spawn/make-fifos.ts';
import { softFilesOf } from './spawn/started-with.ts';

const ENDING = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

/** For the kernel to be done with a daemon that was killed. */
const DIED_PATIENCE_MS = 2000;

/** How a daemon is to be run. */
export interface RunDaemonOptions {
  /** The configuration file, as given. */
  readonly file: string;
  /** What the command line says in the place of [supervisord]. */
  readonly overrides: Partial<DaemonSettings>;
  /** Whether we are the process in the background: then umask and directory of [supervisord] apply. */
  readonly isDetached: boolean;
  /** With what another daemon can take our place. Its environment is the one that the programs inherit. */
  readonly origin: Origin;
  /** The daemon whose place we take. */
  readonly predecessor: Predecessor | undefined;
  /** Makes what is behind reloadctl.reload and its like. */
  readonly openEngine: (os: Os) => OpenEngine;
  /** Called when another daemon has taken over: nothing that is still open may be closed by then. */
  readonly onReplaced: () => void;
  /** Called when the daemon listens and its pid file is written. */
  readonly onReady: () => void;
}

/**
 * Is the supervisor until it is told to end or another daemon takes its place. A restart reads the configuration anew in the same process. Resolves with the
 * exit status. Throws a ReloadctlError, before anything was started, for what supervisord exits with 2 for.
 */
export async function runDaemon(given: RunDaemonOptions): Promise<number> {
  keepHeapLean();
  closeInheritedFiles(given.predecessor === undefined ? undefined : HANDOVER_FD);
  let configuration = withOverrides(await loadFirst(given.file), given);
  const arrival = await meet(given.predecessor);
  const isDetached = arrival?.offer.isDetached ?? given.predecessor?.isDetached ?? given.isDetached;
  const options = { ...given, isDetached };
  const { user, umask, directory, pidfile } = configuration.supervisord;
  if (user !== undefined) dropPrivileges(user);
  let news = raiseLimits(configuration.supervisord);
  if (options.isDetached) {
    process.umask(umask);
    if (directory !== undefined) process.chdir(directory);
  }
  const os = await createOs();
  const lock = new DaemonLock(os, pidfile);
  // Of one that has just died the lock may be there for a moment.
  if (arrival === undefined)
    await lock.take(given.predecessor === undefined ? 0 : DIED_PATIENCE_MS);
  // Without servers and programs nothing else would keep Node from ending.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  try {
    let end = await liveOnce({ os, lock, options, configuration, news, arrival });
    while (end === 'restart') {
      configuration = withOverrides(await loadFirst(options.file), options);
      news = [];
      end = await liveOnce({ os, lock, options, configuration, news, arrival: undefined });
    }
    if (end === 'shutdown') return EXIT.ok;
    await lock.release();
    await noticeSignals();
    end.newcomer.release();
    options.onReplaced();
    // In the foreground somebody waits for us (a terminal, systemd, a container): we stay in front of it and end as it does.
    return options.isDetached ? EXIT.ok : await end.newcomer.exited;
  } finally {
    clearInterval(keepAlive);
    await lock.release();
  }
}

/** Nothing runs and nothing listens yet: a signal ends us. By itself it does not where we are the first process of a container (pid_namespaces(7)). */
async function loadFirst(file: string): Promise<Configuration> {
  if (process.pid !== 1) return loadConfigurationInTurns(file);
  const controller = new AbortController();
  const end = (signal: NodeJS.Signals): void => {
    controller.abort(
      new ReloadctlError(`${signal} came before anything was begun`, {
        code: 'interrupted',
        exitCode: signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted,
      }),
    );
  };
  for (const signal of ENDING) process.on(signal, end);
  try {
    return await loadConfigurationInTurns(file, {}, controller.signal);
  } finally {
    for (const signal of ENDING) process.off(signal, end);
  }
}

/** What has come until now is noticed when the event loop polls: the second of these follows a poll. */
async function noticeSignals(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Undefined, too, when the one that we were to replace has died: we go on as after a kill -9. */
async function meet(predecessor: Predecessor | undefined): Promise<Arrival | undefined> {
  if (predecessor === undefined) return undefined;
  const offer = await predecessor.offer();
  return offer === undefined ? undefined : { predecessor, offer };
}

function withOverrides(
  configuration: Configuration,
  { overrides }: Pick<RunDaemonOptions, 'overrides'>,
): Configuration {
  return { ...configuration, supervisord: { ...configuration.supervisord, ...overrides } };
}

/** One life, from a configuration to its end. */
interface Life {
  readonly os: Os;
  readonly lock: DaemonLock;
  readonly options: RunDaemonOptions;
  readonly configuration: Configuration;
  /** What has been done before, for the log. */
  readonly news: readonly string[];
  readonly arrival: Arrival | undefined;
}

async function liveOnce(life: Life): Promise<DaemonEnd | Successor> {
  const { os, lock, options, configuration, news, arrival } = life;
  const { supervisord: settings } = configuration;
  const { startedWith } = options.origin;
  const opened = openRuntimeDirectory(settings.pidfile, { uid: os.me.uid, env: process.env });
  if (!opened.ok) {
    throw new ReloadctlError(opened.error, { code: 'refused', exitCode: EXIT.usage });
  }
  const runtime = opened.value;
  const logs = await openLogs(os, settings, options);
  const { mainLog } = logs;
  const closers: Array<() => unknown> = [logs.close];
  const ended = new AbortController();
  /** What is another's when another daemon has taken over. */
  const removers: Array<() => unknown> = [];
  try {
    logStart(mainLog, configuration, os);
    for (const each of news) mainLog.log('info', each);
    if (os.me.pid === 1) mainLog.log('warn', NODE_IS_PROCESS_ONE);
    if (runtime.news !== undefined) mainLog.log('warn', runtime.news);
    const bootId = readBootId();
    const daemon = createDaemon({
      os,
      version: VERSION,
      configuration,
      runtime,
      bootId,
      mainLog,
      syslog: logs.syslog,
      environment: options.origin.environment,
      startedWith: { ...startedWith, softFiles: softFilesOf(startedWith, settings.minfds) },
      readConfiguration: rereader(options.file, ended.signal),
    });
    const servers = await openServers(
      daemon,
      configuration,
      mainLog,
      () => os.wallClock() / 1000,
      options.openEngine(os),
      arrival?.offer.sockets,
    );
    removers.push(servers.close);
    await preparePipes(runtime, configuration);
    const inheritance =
      arrival === undefined ? undefined : await arrive(os, arrival, lock, mainLog);
    const isHandedOver = inheritance?.isHandedOver === true;
    const legacy = await findLegacy(os, runtime, configuration, bootId, { isHandedOver });
    await cleanAutoLogs(mainLog, settings, legacy);
    const stopListening = obeySignals(daemon, mainLog);
    closers.push(stopListening);
    const inheritedWish = inheritance?.takeWish();
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const replacement = await offerReplacement(runtime.path, {
      daemon,
      servers,
      logger: mainLog,
      isDetached: options.isDetached,
      origin: options.origin,
      begun,
      flushLog: () => mainLog.flush(),
    });
    closers.push(replacement.close);
    const written = writePidFile(settings.pidfile, os.me.pid, os.me.uid);
    if (!written.ok) mainLog.log('critical', written.error);
    else for (const each of written.value) mainLog.log('warn', each);
    removers.push(() => {
      removePidFile(settings.pidfile, os.me.pid);
    });
    mainLog.log('info', `supervisord started with pid ${os.me.pid}`);
    const handed = inheritance?.programSockets ?? [];
    const takenBack = isHandedOver
      ? []
      : await takeBackSockets({ os, logger: mainLog, fetch: fetchSockets }, legacy, handed);
    daemon.sockets.takeOver([...handed, ...takenBack]);
    await daemon.begin(legacy);
    servers.begin();
    takeConnections(servers, inheritance?.connections ?? []);
    begin();
    closers.push(
      startTicks(os, (event) => {
        daemon.events.emit(event);
      }),
    );
    options.onReady();
    if (inheritedWish === 'shutdown') daemon.shutdown();
    if (inheritedWish === 'restart') daemon.restart();
    const end = await Promise.race([daemon.ended, replacement.replaced]);
    if (typeof end === 'string') {
      runtime.remove();
      return end;
    }
    removers.length = 0;
    // In one turn, so that every signal reaches somebody.
    const wish = daemon.abandon();
    passSignalsOn(end.newcomer);
    stopListening();
    if (wish !== undefined) await end.newcomer.tell({ say: 'wish', wish });
    return end;
  } finally {
    ended.abort();
    for (const close of [...closers, ...removers].reverse()) await close();
  }
}

interface OpenLogs {
  readonly mainLog: MainLog;
  readonly syslog: Syslog;
  readonly close: () => Promise<void>;
}

async function openLogs(
  os: Os,
  settings: DaemonSettings,
  { isDetached }: Pick<RunDaemonOptions, 'isDetached'>,
): Promise<OpenLogs> {
  let mainLog: MainLog | undefined;
  const syslog = openSyslog({
    tag: 'supervisord',
    onTrouble: (text) => mainLog?.log('warn', text),
  });
  try {
    mainLog = await openMainLog({
      settings,
      toStdout: !isDetached && !settings.silent,
      os,
      syslog,
    });
  } catch (error) {
    readingError(error); // Throws what is no system error.
    throw new ReloadctlError(`could not open the log ${settings.logfile}: ${reasonOf(error)}`, {
      code: 'refused',
      exitCode: EXIT.usage,
      hint: 'Set logfile of [supervisord] to a file that can be written.',
    });
  }
  const opened = mainLog;
  return {
    mainLog: opened,
    syslog,
    close: async () => {
      await opened.close();
      await syslog.close();
    },
  };
}

function logStart(mainLog: MainLog, configuration: Configuration, os: Os): void {
  if (os.me.uid === 0 && configuration.supervisord.user === undefined) {
    mainLog.log(
      'critical',
      'Supervisor is running as root.  Privileges were not dropped because no user is specified in the config file.  If you intend to run as root, you can set user=root in the config file to avoid this message.',
    );
  }
  for (const file of configuration.files.slice(1)) {
    mainLog.log('info', `Included extra file "${file}" during parsing`);
  }
  for (const { message } of configuration.warnings) mainLog.log('warn', message);
}

async function cleanAutoLogs(
  mainLog: MainLog,
  settings: DaemonSettings,
  { survivors, ended, resting }: Legacy,
): Promise<void> {
  if (settings.nocleanup) return;
  const keep = [...survivors, ...ended, ...resting].flatMap(({ logs }) =>
    [logs.stdout, logs.stderr].filter((path): path is string => path !== undefined),
  );
  const complaints = await removeAutoLogs({
    directory: settings.childlogdir,
    identifier: settings.identifier,
    keep,
  });
  for (const complaint of complaints) mainLog.log('info', complaint);
}

/** All at once is much faster than one after the other. */
async function preparePipes(
  runtime: RuntimeDirectory,
  configuration: Configuration,
): Promise<void> {
  const paths = configuration.groups.flatMap(({ programs }) =>
    programs.flatMap(({ group, name }) => Object.values(runtime.fifosOf(group, name))),
  );
  const made = await makeFifos(paths);
  if (made.ok) return;
  throw new ReloadctlError(made.error, { code: 'refused', exitCode: EXIT.usage });
}

/** Who asks while the file is being read waits for the next reading: it may have changed since that began, and one at a time is enough. */
function rereader(file: string, abort: AbortSignal): () => Promise<Result<Configuration, string>> {
  let current: Promise<unknown> = Promise.resolve();
  let next: Promise<Result<Configuration, string>> | undefined;
  return () => {
    next ??= current.then(async () => {
      next = undefined;
      const reading = reread(file, abort);
      current = reading.catch(() => undefined);
      return reading;
    });
    return next;
  };
}

/** Never rejects but for a bug. */
async function reread(file: string, abort: AbortSignal): Promise<Result<Configuration, string>> {
  try {
    const read = await readConfigurationInTurns(file, thisHost(), abort);
    return read.ok ? ok(read.value) : err(read.error.message);
  } catch (error) {
    if (!abort.aborted) throw error;
    return err('the supervisor ends');
  }
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch (error) {
    readingError(error); // Throws what is no system error. Without /proc the start times have to do.
    return '';
  }
}
