import { constants } from 'node:os';

/** A signal by its name, the way the documentation of servers writes it: 'SIGHUP'. */
export type SignalName = NodeJS.Signals;

/** Signals that end a process which does not catch them (signal(7), Term or Core). */
const ENDS_BY_DEFAULT: ReadonlySet<SignalName> = new Set<SignalName>([
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
]);

/** Whether `signal` ends a process that neither catches nor ignores it. */
export function isFatalByDefault(signal: SignalName): boolean {
  return ENDS_BY_DEFAULT.has(signal);
}

/** Of two names of one number the usual one. */
const BY_NUMBER: ReadonlyMap<number, SignalName> = new Map(
  (Object.keys(constants.signals) as SignalName[])
    .filter((name) => name !== 'SIGIOT' && name !== 'SIGPOLL')
    .toReversed()
    .map((name) => [constants.signals[name], name]),
);

/** The name of signal `number` on this machine, or undefined (0, real-time signals, nonsense). */
export function signalName(number: number): SignalName | undefined {
  return BY_NUMBER.get(number);
}

/** Whether this machine has a signal of this name. */
export function isSignalName(name: string): name is SignalName {
  return Object.hasOwn(constants.signals, name);
}

/** The signals in a hexadecimal mask as in /proc/PID/status (bit 0 is signal 1; proc(5)). */
export function parseSignalMask(mask: string): ReadonlySet<SignalName> {
  const bits = BigInt(`0x${mask}`);
  const names = new Set<SignalName>();
  for (let number = 1; number <= 31; number += 1) {
    if ((bits >> BigInt(number - 1)) & 1n) {
      const name = signalName(number);
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/**
 * Milliseconds between two signals that a server needs one after the other. What the first one does cannot be seen: its handler only has to be past
 * the lock that the handler of the second one takes as well (hypercorn/run.py: both set one multiprocessing.Event).
 */
export const SIGNAL_GAP_MS = 50;
