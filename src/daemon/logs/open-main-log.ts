import type { DaemonSettings } from '../../config/program.ts';
import { settleWithin } from '../../os/clock.ts';
import type { Os } from '../../os/os.ts';
import type { Syslog } from '../../os/syslog.ts';
import { openLogFile, type LogFile } from './log-file.ts';
import { formatLogLine, isLogged } from './log-line.ts';
import { createLogOutlet, type LogOutlet } from './log-outlet.ts';
import type { LogLevel, Logger } from './logger.ts';

/** What {@link openMainLog} needs to know. */
export interface MainLogOptions {
  readonly settings: Pick<
    DaemonSettings,
    'logfile' | 'logfileMaxBytes' | 'logfileBackups' | 'loglevel'
  >;
  /** Also write to stdout: in the foreground, unless silent. */
  readonly toStdout: boolean;
  readonly os: Pick<Os, 'wallClock'>;
  /** For logfile=syslog. */
  readonly syslog?: Syslog | undefined;
}

/** The daemon's own log. */
export interface MainLog extends Logger {
  /** undefined: it goes to syslog. */
  readonly path: string | undefined;
  /** Whether messages of this level are logged at all. */
  isLogged(level: LogLevel): boolean;
  /** Everything logged so far is in the file, or lost, when this resolves. */
  flush(): Promise<void>;
  reopen(): Promise<void>;
  /** Removes the file and begins a new one. Rejects with the system error. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** How long closing waits for what is not written yet: a terminal that takes nothing more must not hold us. */
const CLOSING_MS = { file: 10_000, stdout: 1000 };

/** Lines that are written at once when many wait. */
const BATCH_BYTES = 64 * 1024;

/** One of the places to which the log goes. */
interface Target {
  readonly outlet: LogOutlet;
  readonly file: LogFile | undefined;
  readonly closingMs: number;
}

/** Opens the log of the daemon. Rejects with the system error when its file cannot be opened. */
export async function openMainLog(options: MainLogOptions): Promise<MainLog> {
  const { logfile, logfileMaxBytes, logfileBackups, loglevel } = options.settings;
  const targets: Target[] = [];
  /** Of the opening itself. */
  const early: string[] = [];
  const lineOf = (level: LogLevel, message: string): string =>
    `${formatLogLine(options.os.wallClock(), level, message)}\n`;
  const log = (level: LogLevel, message: string): void => {
    if (!isLogged(level, loglevel)) return;
    const line = lineOf(level, message);
    for (const { outlet } of targets) outlet.put(line);
  };
  const describeLoss = (lines: number): string =>
    lineOf('warn', `${lines} messages were lost: the log was too slow`);
  const openFile = async (path: string, maxBytes: number, closingMs: number): Promise<Target> => {
    const file = await openLogFile({
      path,
      mode: 0o666,
      maxBytes,
      backups: logfileBackups,
      onTrouble: (text) => {
        if (targets.length === 0) early.push(text);
        else log('warn', text);
      },
    });
    const write = (lines: string): Promise<void> => file.write(Buffer.from(lines));
    // Whether to rotate is looked at after each line.
    const outlet = createLogOutlet(write, describeLoss, maxBytes > 0 ? 1 : BATCH_BYTES);
    return { outlet, file, closingMs };
  };
  const main =
    logfile === 'syslog'
      ? syslogTarget(options.syslog, describeLoss)
      : await openFile(logfile, logfileMaxBytes, CLOSING_MS.file);
  targets.push(main);
  for (const text of early) log('warn', text);
  if (options.toStdout) targets.push(await openFile('/dev/stdout', 0, CLOSING_MS.stdout));
  return {
    path: main.file?.path,
    isLogged: (level) => isLogged(level, loglevel),
    log,
    flush: () => main.outlet.flush(),
    async reopen() {
      await main.outlet.flush();
      await main.file?.reopen();
    },
    async clear() {
      await main.outlet.flush();
      await main.file?.clear();
    },
    async close() {
      await Promise.all(targets.map(closeTarget));
    },
  };
}

function syslogTarget(syslog: Syslog | undefined, describeLoss: (lines: number) => string): Target {
  const write = async (lines: string): Promise<void> => syslog?.write(lines.trimEnd().split('\n'));
  const outlet = createLogOutlet(write, describeLoss, BATCH_BYTES);
  return { outlet, file: undefined, closingMs: CLOSING_MS.file };
}

async function closeTarget({ outlet, file, closingMs }: Target): Promise<void> {
  await settleWithin(outlet.flush(), closingMs, undefined);
  await file?.close();
}
