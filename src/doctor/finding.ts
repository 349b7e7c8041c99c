import type { StopEffect } from '../servers/configured.ts';
import type { Position } from '../config/program.ts';
import type { SignalName } from '../os/signals.ts';
import { ACTIONS, traitsOf, type Action } from '../policy/actions.ts';
import type { Refusal } from '../policy/refusal.ts';

/** 'error': hurts, or will. 'warning': hurts in some situations. 'info': good to know. */
export type Severity = 'error' | 'warning' | 'info';

/** Somebody who decides what a path leads to, and should not. */
export interface OpenPath {
  /** A user by name; undefined: every user of the machine. */
  readonly who: string | undefined;
  /** The file, directory or link whose owner and mode allow it. */
  readonly by: string;
  readonly mode: number;
  readonly may: 'replace' | 'write';
  /** Whether it is owned by `who`, or a group's or everybody's right. */
  readonly right: 'owner' | 'group' | 'others';
}

/** What was found, with what was observed. One code for each kind of trouble. */
export type Trouble =
  /** supervisord refuses the file. */
  | { readonly code: 'config-invalid'; readonly message: string }
  /** A line that is not read as it was meant; the message says how. */
  | { readonly code: 'line-misread'; readonly message: string }
  | { readonly code: 'option-misspelt'; readonly message: string }
  | { readonly code: 'option-unknown'; readonly message: string }
  | { readonly code: 'section-misspelt'; readonly message: string }
  | { readonly code: 'set-twice'; readonly message: string }
  | { readonly code: 'never-exists'; readonly message: string }
  | { readonly code: 'config-remark'; readonly message: string }
  | { readonly code: 'config-writable'; readonly path: string; readonly open: OpenPath }
  | {
      readonly code: 'command-writable';
      readonly part: 'command' | 'script' | 'interpreter' | 'directory';
      readonly path: string;
      readonly open: OpenPath;
    }
  | {
      readonly code: 'name-open';
      readonly what: 'pid file' | 'socket';
      readonly path: string;
      readonly open: OpenPath;
    }
  /** `mode`: the permission bits. */
  | { readonly code: 'password-readable'; readonly path: string; readonly mode: number }
  | { readonly code: 'socket-writable'; readonly path: string; readonly mode: number }
  | { readonly code: 'inet-open'; readonly address: string }
  | { readonly code: 'inet-without-password'; readonly address: string }
  | { readonly code: 'no-control'; readonly missing: 'server' | 'rpc-interface' }
  | {
      readonly code: 'client-elsewhere';
      readonly serverurl: string;
      readonly servers: readonly string[];
    }
  | { readonly code: 'log-directory'; readonly path: string; readonly why: 'missing' | 'denied' }
  | { readonly code: 'directory'; readonly path: string; readonly why: 'missing' | 'denied' }
  | { readonly code: 'command'; readonly path: string; readonly why: 'missing' | 'not-executable' }
  /** `needs`: seconds, of `setting`. */
  | {
      readonly code: 'stopwaitsecs-too-short';
      readonly stopwaitsecs: number;
      readonly setting: string;
      readonly needs: number;
    }
  | {
      readonly code: 'stopwaitsecs-for-jobs';
      readonly stopwaitsecs: number;
      readonly server: string;
      /** Seconds; undefined: nobody says how long a job may take. */
      readonly longest: number | undefined;
    }
  | {
      readonly code: 'stopsignal';
      readonly server: string;
      readonly signal: string;
      readonly effect: StopEffect;
      readonly graceful: SignalName | undefined;
      /** The option of the server that changes what the signal does. */
      readonly option: string | undefined;
    }
  | { readonly code: 'stopasgroup-jobs'; readonly server: string }
  | { readonly code: 'daemonizes'; readonly server: string; readonly by: string }
  /** `canExec`: with `exec` before `last` nothing else changes. */
  | {
      readonly code: 'shell-without-exec';
      readonly shell: string;
      readonly last: string;
      readonly canExec: boolean;
    }
  | { readonly code: 'switches-user'; readonly by: string; readonly user: string | undefined }
  | { readonly code: 'shared-port'; readonly numprocs: number; readonly address: string }
  | { readonly code: 'startsecs-below-boot'; readonly startsecs: number; readonly bootMs: number }
  | { readonly code: 'autorestart-unexpected'; readonly server: string }
  | { readonly code: 'settings-broken'; readonly output: string }
  | { readonly code: 'module-shadowed'; readonly path: string }
  | { readonly code: 'preload' }
  | { readonly code: 'max-requests-in-step'; readonly maxRequests: number }
  | { readonly code: 'reload-on' }
  | { readonly code: 'hooks-run-twice'; readonly hooks: readonly string[] }
  | {
      readonly code: 'workers-drop-connections';
      readonly version: string;
      readonly why: 'gthread' | 'reuse-port';
    }
  | {
      readonly code: 'stale-release';
      readonly directory: string;
      readonly pointsTo: string;
      readonly masterCwd: string;
    }
  | {
      readonly code: 'port-held';
      readonly address: string;
      readonly pid: number | undefined;
      readonly command: string | undefined;
    }
  /** The code that lies there was refused, and has not been proved since. */
  | { readonly code: 'armed' }
  /** What lies there now is not what a reload would bring into service. */
  | { readonly code: 'reload-refused'; readonly refusal: Refusal }
  | { readonly code: 'leftover-bridge'; readonly pid: number }
  | { readonly code: 'not-serving'; readonly state: string; readonly description: string };

/** The name of a kind of trouble. */
export type FindingCode = Trouble['code'];

/** A change of one line of a configuration file that would end the trouble. */
export type Change =
  /** Gives a key a value: in place of the line at `position` when `replaces`, else below it. */
  | {
      readonly change: 'set';
      readonly section: string;
      readonly key: string;
      readonly value: string;
      readonly position: Position;
      readonly replaces: boolean;
    }
  /** The line at `position` with one word changed. */
  | {
      readonly change: 'reword';
      readonly from: string;
      readonly to: string;
      readonly position: Position;
    };

/** Something that will hurt. */
export interface Finding {
  readonly severity: Severity;
  /** 'group:name' or 'name'; undefined for what concerns the supervisor. */
  readonly program: string | undefined;
  /** Where in the configuration it is to be seen. */
  readonly position: Position | undefined;
  readonly trouble: Trouble;
  /** undefined where no line of the configuration can end it. */
  readonly change: Change | undefined;
}

const ALL = Object.keys(ACTIONS) as readonly Action[];
const EVERY_CHANGE = ALL.filter((action) => traitsOf(action).isOverWire === true);
const STOPS = ALL.filter((action) => traitsOf(action).stops === true);
const STARTS = ALL.filter((action) => traitsOf(action).starts === true);

const CONCERNS: Partial<Record<FindingCode, readonly Action[]>> = {
  'stopwaitsecs-too-short': STOPS,
  'stopwaitsecs-for-jobs': STOPS,
  stopsignal: STOPS,
  'stopasgroup-jobs': STOPS,
  daemonizes: EVERY_CHANGE,
  'shell-without-exec': STOPS,
  'shared-port': EVERY_CHANGE,
  'settings-broken': EVERY_CHANGE,
  'module-shadowed': EVERY_CHANGE,
  'stale-release': ['reload', 'restart'],
  'reload-refused': ['reload', 'restart'],
  'port-held': STARTS,
  'log-directory': STARTS,
  directory: STARTS,
  command: STARTS,
};

/** Whether somebody who is about to do `action` should know of it. */
export function concerns({ trouble }: Finding, action: Action): boolean {
  return CONCERNS[trouble.code]?.includes(action) === true;
}
