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
  /** Everything logged so far is written, or lost, when this resolves. */
  flush(): Promise<void>;
  reopen(): Promise<void>;
  /** Removes the file and begins a new one. Rejects with the system error. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** How long closing waits for what is not written yet. */
const FLUSH_MS = 1000;

/** Opens the log of the daemon. Rejects with the system error when its file cannot be opened. */
export async function openMainLog(options: MainLogOptions): Promise<MainLog> {
  const { logfile, logfileMaxBytes, logfileBackups, loglevel } = options.settings;
  const outlets: LogOutlet[] = [];
  const log = (level: LogLevel, message: string): void => {
    if (!isLogged(level, loglevel)) return;
    const line = formatLogLine(options.os.wallClock(), level, message);
    for (const outlet of outlets) outlet.put(`${line}\n`);
  };
  const describeLoss = (lines: number): string =>
    `${formatLogLine(options.os.wallClock(), 'warn', `${lines} messages were lost: the log was too slow`)}\n`;
  const open = async (path: string, maxBytes: number): Promise<LogFile> => {
    const onTrouble = (text: string): void => {
      log('warn', text);
    };
    const file = await openLogFile({
      path,
      mode: 0o666,
      maxBytes,
      backups: logfileBackups,
      onTrouble,
    });
    outlets.push(createLogOutlet((line) => file.write(Buffer.from(line)), describeLoss));
    return file;
  };
  const { syslog } = options;
  const file = logfile === 'syslog' ? undefined : await open(logfile, logfileMaxBytes);
  const stdout = options.toStdout ? await open('/dev/stdout', 0) : undefined;
  if (logfile === 'syslog' && syslog !== undefined) {
    outlets.push(createLogOutlet((line) => syslog.write(line.trimEnd().split('\n')), describeLoss));
  }
  const flush = async (): Promise<void> => {
    await Promise.all(outlets.map((outlet) => outlet.flush()));
  };
  return {
    path: file?.path,
    isLogged: (level) => isLogged(level, loglevel),
    log,
    flush,
    async reopen() {
      await flush();
      await file?.reopen();
    },
    async clear() {
      await flush();
      await file?.clear();
    },
    async close() {
      // A terminal that takes nothing more must not hold us.
      await settleWithin(flush(), FLUSH_MS, undefined);
      await Promise.all([file?.close(), stdout?.close()]);
    },
  };
}
