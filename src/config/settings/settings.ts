import type { SignalName } from '../../os/signals.ts';
import type { CustomType } from '../custom-type.ts';
import type { SocketAddress } from '../socket-address.ts';

/** How a reload is done. */
export const STRATEGIES = ['auto', 'bridge', 'rolling', 'hup', 'overlap', 'restart'] as const;

/** One of {@link STRATEGIES}. */
export type Strategy = (typeof STRATEGIES)[number];

/** How many workers above the configured number a rolling reload may run: a number of workers or a share of them. */
export type Surge =
  | { readonly kind: 'count'; readonly workers: number }
  | { readonly kind: 'percent'; readonly percent: number };

/** When a command of `hooks` runs. */
export const HOOK_MOMENTS = ['before_reload', 'after_reload', 'on_failure'] as const;

/** One of {@link HOOK_MOMENTS}. */
export type HookMoment = (typeof HOOK_MOMENTS)[number];

/** The keys of [reloadctl] and [reloadctl:NAME]; undefined means not set anywhere. */
export interface ProgramSettings {
  /** A server type by name ('gunicorn', 'custom'); undefined: recognised from the live process. */
  readonly type: string | undefined;
  readonly strategy: Strategy | undefined;
  readonly surge: Surge | undefined;
  /** http://, https:// or unix:/path:/uri; white space between several. */
  readonly healthUrls: readonly string[];
  /** Seconds for which a new version has to stay as it is before it counts. */
  readonly settleSecs: number | undefined;
  /** Seconds for one boot of the new version. */
  readonly timeoutSecs: number | undefined;
  readonly reloadSignal: SignalName | undefined;
  readonly stopSignal: SignalName | undefined;
  /** Absolute. */
  readonly pidfile: string | undefined;
  /** Shell-free commands by moment, to be split by splitCommand. */
  readonly hooks: Readonly<Partial<Record<HookMoment, string>>>;
  /**
   * Whether reloadctl, where it is the supervisor, binds the program's listening sockets itself and hands them on; the addresses for a program
   * whose own settings it cannot read, which then has to take LISTEN_FDS (sd_listen_fds(3)).
   */
  readonly socket: boolean | readonly SocketAddress[] | undefined;
  /** The types of servers that the file describes besides those that are known: the same for every program of it. */
  readonly customTypes?: readonly CustomType[];
}
