import type { HandedSocket } from '../sockets/socket-registry.ts';

/**
 * How one daemon hands over to the next, by the channel of Node's child processes, which carries sockets as well:
 *
 *     old                                        new, started by the old one
 *      │ ◀──────────────── hello ──────────────── │ has begun
 *      │ ── offer, the servers' sockets ────────▶ │ reads the configuration, opens what is new in it
 *      │ ◀──────────────── ready ──────────────── │
 *      │ finishes the calls, freezes, saves       │
 *      │ ── the programs' sockets ──────────────▶ │
 *      │ ───────────────── go ──────────────────▶ │
 *      │ ◀──────────────── taken ──────────────── │ from here on there is no way back
 *      │ ── connections, end of the channel ────▶ │ reads the state, goes on with the programs
 *
 * Whatever else the new one says or does before `taken`, its end included, lets the old one go on. The end of the channel before
 * `go` means to the new one that the old one has died: it goes on as after a kill -9.
 */
export const HANDOVER_PROTOCOL = 1;

/** Set for a daemon that is to take over from the one that has started it. */
export const HANDOVER_VARIABLE = 'RELOADCTL_DAEMON_TAKES_OVER';

/** The value of {@link HANDOVER_VARIABLE} from a daemon in the background. */
export const DETACHED = 'detached';

/** The descriptor of the channel in the new daemon: after stdin, stdout and stderr. */
export const HANDOVER_FD = 3;

/** What the old daemon says. `socket`, `program-socket` and `connection` come with a handle. */
export type OldSays =
  | {
      readonly say: 'offer';
      readonly pid: number;
      readonly isDetached: boolean;
      /** How many `socket` follow. */
      readonly sockets: number;
    }
  | { readonly say: 'socket'; readonly name: string }
  | { readonly say: 'program-socket'; readonly socket: Omit<HandedSocket, 'fd'> }
  | { readonly say: 'go' }
  /** What the old daemon was asked for while it handed over. */
  | { readonly say: 'wish'; readonly wish: 'shutdown' | 'restart' }
  | {
      readonly say: 'connection';
      readonly name: string;
      /** A request that was read from it and not carried out, in base64. */
      readonly unanswered: string;
    };

/** What the new daemon says. */
export type NewSays =
  | { readonly say: 'hello'; readonly protocol: number; readonly version: string }
  | { readonly say: 'ready' }
  | { readonly say: 'failed'; readonly message: string }
  | { readonly say: 'taken' };

/** What to run as the new daemon, with the options of the old one. */
export interface ReplacementRequest {
  readonly protocol: number;
  /** The Node that is to run it. */
  readonly execPath: string;
  readonly execArgv: readonly string[];
  /** The reloadctl that is to run. */
  readonly script: string;
}

/** What became of a request. */
export type ReplacementOutcome =
  | { readonly ok: true; readonly pid: number; readonly oldPid: number; readonly version: string }
  | { readonly ok: false; readonly reason: string };
