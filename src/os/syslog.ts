import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';

/** Where syslog messages go. */
export interface Syslog {
  /**
   * One message a line, level "info", facility "user", as Python's syslog.syslog. Never rejects.
   */
  write(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** How long logger(1) is left alone after it ended by itself. */
const RESPAWN_MS = 1000;

/** Longer lines are cut; what syslog daemons take by default. */
const MESSAGE_BYTES = 8192;

/**
 * Sends to syslog through logger(1), since Node has no datagram sockets. `socket` replaces
 * /dev/log.
 */
export function openSyslog(options: {
  readonly tag: string;
  readonly onTrouble: (text: string) => void;
  readonly socket?: string | undefined;
}): Syslog {
  let running: Logger | undefined;
  let startedAt = -Infinity;
  let isTroubled = false;

  function report(text: string): void {
    if (!isTroubled) options.onTrouble(`syslog: ${text}; messages are lost`);
    isTroubled = true;
  }

  function start(): Logger | undefined {
    if (performance.now() - startedAt < RESPAWN_MS) return undefined;
    startedAt = performance.now();
    const path = ['/usr/bin/logger', '/bin/logger'].find((each) => existsSync(each));
    if (path === undefined) {
      report('logger is neither in /usr/bin nor in /bin');
      return undefined;
    }
    const where = options.socket === undefined ? [] : ['--socket', options.socket];
    const size = ['--size', String(MESSAGE_BYTES)];
    const child = spawn(
      path,
      ['--tag', options.tag, '--priority', 'user.info', ...size, ...where],
      {
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true, // A Ctrl-C at our terminal is ours alone.
      },
    );
    const logger: Logger = {
      child,
      ended: new Promise((resolve) => {
        child.once('exit', resolve).once('error', resolve);
      }),
    };
    void logger.ended.then(() => {
      if (running === logger) running = undefined;
    });
    child.stdin.on('error', () => undefined); // The callback of the write has it.
    return logger;
  }

  return {
    write: (lines) =>
      new Promise((resolve) => {
        running ??= start();
        if (running === undefined) {
          report('logger does not run');
          resolve();
          return;
        }
        running.child.stdin.write(lines.map((line) => `${line}\n`).join(''), (error) => {
          if (error) report(error.message);
          else isTroubled = false;
          resolve();
        });
      }),
    async close() {
      running?.child.stdin.end();
      await running?.ended;
    },
  };
}

interface Logger {
  readonly child: ChildProcessByStdio<Writable, null, null>;
  readonly ended: Promise<unknown>;
}
