import type { MainLog } from '../../daemon/logs/open-main-log.ts';
import { isLogged } from '../../daemon/logs/log-line.ts';
import type { LogLevel } from '../../daemon/logs/logger.ts';
import { shown } from '../../terminal/text/shown.ts';

const THRESHOLD: LogLevel = 'warn';

/** What `run` itself has to say goes to our stderr, which the program shares: only what somebody should look at. */
export function stderrLog(name: string): MainLog {
  const nothing = (): Promise<void> => Promise.resolve();
  const isTold = (level: LogLevel): boolean => isLogged(level, THRESHOLD);
  return {
    path: undefined,
    isLogged: isTold,
    log: (level, message) => {
      if (isTold(level)) process.stderr.write(`reloadctl: ${name}: ${shown(message, 2000)}\n`);
    },
    flush: nothing,
    reopen: nothing,
    clear: nothing,
    close: nothing,
  };
}
