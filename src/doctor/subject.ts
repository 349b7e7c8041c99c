import type { Result } from '../base/result.ts';
import type { Program, SystemUser } from '../config/program.ts';
import type { GunicornFacts } from '../policy/facts.ts';
import type { Refusal } from '../policy/refusal.ts';
import type { ProcessState } from '../rpc/supervisor.ts';
import type { GunicornSettings, SettingsFailure } from '../servers/gunicorn/settings.ts';
import type { ConfiguredCall } from '../servers/configured.ts';
import type { ServerCall } from '../servers/server-call.ts';
import type { CommandReading } from './command/unwrap.ts';
import type { Change, Finding, Severity, Trouble } from './finding.ts';

/** What is to be seen of a path for the user who will use it. */
export type Access = 'ok' | 'missing' | 'denied';

/** What the supervisor and the kernel say of the program at this moment. */
export interface LiveSubject {
  readonly state: ProcessState;
  readonly description: string;
  readonly gunicorn: GunicornFacts | undefined;
  /** Why a reload would be refused. */
  readonly refusal: Refusal | undefined;
  /** Who listens, while the program does not run, where it wants to. */
  readonly holders: ReadonlyArray<{
    readonly address: string;
    readonly pid: number | undefined;
    readonly command: string | undefined;
  }>;
  /** The code that lies there was refused, and has not been proved since. */
  readonly isArmed: boolean;
  /** How long the last boot that reloadctl watched took. */
  readonly bootMs: number | undefined;
}

/** Everything that is known of one program, gathered before any rule looks at it. */
export interface ProgramSubject {
  readonly label: string;
  readonly program: Program;
  /** The programs of the same section: numprocs of them. */
  readonly siblings: readonly Program[];
  readonly reading: CommandReading;
  /** The server that its command starts, with the beginnings of the server's own files. */
  readonly call: (ServerCall & ConfiguredCall) | undefined;
  /** gunicorn's settings at its next boot; undefined where it is none or cannot be asked. */
  readonly gunicorn: Result<GunicornSettings, SettingsFailure> | undefined;
  readonly directory: Access;
  readonly executable: Access;
  readonly logs: ReadonlyArray<{ readonly path: string; readonly access: Access }>;
  /** A file that `python -m` would take for the server. */
  readonly shadow: string | undefined;
  /** undefined where no supervisor was asked or it does not know the program. */
  readonly live: LiveSubject | undefined;
  /** The change that gives a key of the program's section this value. */
  readonly set: (key: string, value: string) => Change;
  /** Makes a finding about this program, placed at `key`, or at the section without one. */
  readonly find: (
    severity: Severity,
    trouble: Trouble,
    details?: { readonly key?: string; readonly change?: Change | undefined },
  ) => Finding;
}

/** Looks at a program for one kind of trouble. Pure. */
export type ProgramRule = (subject: ProgramSubject) => readonly Finding[];

/** Who opens a program's logs and makes its directory its own. */
export interface Actor {
  readonly uid: number;
  readonly gid: number;
}

/** The user as whom a program runs, when the supervisor runs as `supervisor`. */
export function actorOf(user: SystemUser | undefined, supervisor: Actor): Actor {
  return user === undefined ? supervisor : { uid: user.uid, gid: user.gid };
}
