import { execFile } from 'node:child_process';
import { err, ok, type Result } from '../base/result.ts';
import { helperPath } from './helper-path.ts';

/**
 * Tells the service manager that started us how we are, in the order of the calls; sd_notify(3).
 */
export interface ServiceManager {
  /**
   * Assignments such as 'READY=1', the lines of one message. The error says why nobody was told.
   */
  notify(assignments: readonly string[]): Promise<Result<true, string>>;
  /** How often it wants to hear WATCHDOG=1, in milliseconds; undefined when it does not. */
  readonly watchdogMs: number | undefined;
}

/** A message that nobody takes within this time is given up: the service manager hangs. */
const SEND_TIMEOUT_MS = 5000;

/** Sends a datagram to a socket in the file system, which Node cannot. $1 is the message. */
const SENDERS: ReadonlyArray<(message: string, pid: number) => readonly [string, ...string[]]> = [
  // As root it sends our pid as its own (SCM_CREDENTIALS), so that NotifyAccess=main is enough.
  // Without --no-block it waits for an answer.
  (message, pid) => ['systemd-notify', '--no-block', `--pid=${pid}`, ...message.split('\n')],
  (message) => [
    'python3',
    '-c',
    "import os,socket,sys\np=os.environ['NOTIFY_SOCKET']\nsocket.socket(socket.AF_UNIX,socket.SOCK_DGRAM).sendto(sys.argv[1].encode(),'\\0'+p[1:] if p[0]=='@' else p)",
    message,
  ],
  (message) => [
    'perl',
    '-MSocket',
    '-e',
    '$p=$ENV{NOTIFY_SOCKET};$p=~s/^@/\\0/;socket(S,PF_UNIX,SOCK_DGRAM,0);send(S,$ARGV[0],0,pack_sockaddr_un($p))||die $!',
    message,
  ],
];

/**
 * The service manager named by `environment` (NOTIFY_SOCKET, WATCHDOG_…), undefined where there is
 * none. A helper (systemd-notify, python3 or perl) sends, so the unit needs NotifyAccess=all.
 */
export function findServiceManager(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): ServiceManager | undefined {
  const address = environment.NOTIFY_SOCKET;
  if (address === undefined || !/^[@/]/.test(address)) return undefined;
  const env = { PATH: helperPath(environment.PATH), NOTIFY_SOCKET: address };
  let senders = SENDERS;
  const send = async (message: string): Promise<Result<true, string>> => {
    for (const sender of senders) {
      const sent = await run(sender(message, pid), env);
      if (sent.ok || sent.error.isThere) {
        senders = [sender];
        return sent.ok ? sent : err(sent.error.text);
      }
    }
    return err('no systemd-notify, python3 or perl to send it with');
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    watchdogMs: readWatchdog(environment, pid),
    notify: (assignments) => {
      const sent = last.then(() => send(assignments.join('\n')));
      last = sent;
      return sent;
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

function run(
  [file, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): Promise<Result<true, { readonly isThere: boolean; readonly text: string }>> {
  return new Promise((resolve) => {
    execFile(file, args, { env, timeout: SEND_TIMEOUT_MS }, (error, _stdout, stderr) => {
      if (error === null) resolve(ok(true));
      else {
        const text = `${file}: ${(stderr.trim().split('\n').at(-1) ?? '') || `ended with ${String(error.code ?? error.signal)}`}`;
        resolve(err({ isThere: error.code !== 'ENOENT', text }));
      }
    });
  });
}
