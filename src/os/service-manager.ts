import { execFile } from 'node:child_process';
import type * as UnixSockets from 'node-unix-socket';
import { err, ok, type Result } from '../base/result.ts';

/** Tells the service manager that started us how we are; sd_notify(3). Messages go out in the order in which they were given. */
export interface ServiceManager {
  /**
   * Assignments such as 'READY=1', each a line of one message. The error says why nobody was told; nothing depends on it but what the
   * service manager believes.
   */
  notify(assignments: readonly string[]): Promise<Result<true, string>>;
  /** How often it wants to hear WATCHDOG=1, in milliseconds; undefined when it does not. */
  readonly watchdogMs: number | undefined;
  close(): void;
}

type Send = (message: string) => Promise<Result<true, string>>;

/** A datagram that nobody takes within this time is given up: the service manager hangs. */
const SEND_TIMEOUT_MS = 5000;

/**
 * The service manager that `environment` names (NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID); undefined where there is none. Messages come
 * from our own process where the package node-unix-socket is installed, so that NotifyAccess=main is enough; else from systemd-notify(1),
 * which needs NotifyAccess=all unless we are root. Node itself has no datagram sockets in the file system.
 */
export async function findServiceManager(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): Promise<ServiceManager | undefined> {
  const address = environment.NOTIFY_SOCKET;
  if (address === undefined || !/^[@/]/.test(address)) return undefined;
  const own = address.startsWith('/') ? await openSocket(address) : undefined;
  const send = own?.send ?? sendByCommand(address, pid);
  let last: Promise<unknown> = Promise.resolve();
  return {
    watchdogMs: readWatchdog(environment, pid),
    notify: (assignments) => {
      const sent = last.then(() => send(assignments.join('\n')));
      last = sent;
      return sent;
    },
    close: () => {
      // What is on its way is let out.
      void last.then(() => own?.close());
    },
  };
}

function readWatchdog(
  { WATCHDOG_USEC: usec, WATCHDOG_PID: forPid }: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | undefined {
  if (usec === undefined || !/^[1-9]\d{0,15}$/.test(usec)) return undefined;
  return forPid === undefined || Number(forPid) === pid ? Number(usec) / 1000 : undefined;
}

async function openSocket(
  path: string,
): Promise<{ readonly send: Send; readonly close: () => void } | undefined> {
  let sockets: typeof UnixSockets;
  try {
    sockets = await import('node-unix-socket');
  } catch {
    return undefined; // Not installed, or not made for this system: an optional dependency.
  }
  const socket = new sockets.DgramSocket();
  return {
    send: (message) =>
      new Promise((resolve) => {
        const data = Buffer.from(message);
        try {
          socket.sendTo(data, 0, data.length, path, (error) => {
            resolve(error === undefined ? ok(true) : err(`${path}: ${error.message}`));
          });
        } catch (error) {
          resolve(err(`${path}: ${error instanceof Error ? error.message : String(error)}`));
        }
      }),
    close: () => {
      socket.close();
    },
  };
}

function sendByCommand(address: string, pid: number): Send {
  return (message) =>
    new Promise((resolve) => {
      // As root it gives our pid for its own (SCM_CREDENTIALS).
      const argv = ['--no-block', `--pid=${pid}`, ...message.split('\n')];
      const env = { ...process.env, NOTIFY_SOCKET: address };
      execFile('systemd-notify', argv, { env, timeout: SEND_TIMEOUT_MS }, (error) => {
        resolve(error === null ? ok(true) : err(`systemd-notify: ${error.message.trim()}`));
      });
    });
}
