import type { SignalName } from '../os/signals.ts';
import type { LogTarget, SystemUser } from './option-values.ts';
import type { ConfigWarning, Position } from './position.ts';
import type { ProgramSettings } from './settings/settings.ts';

export type { LogTarget, SystemUser } from './option-values.ts';
export type { ConfigWarning, Position } from './position.ts';

/** The settings of one output channel of a program. */
export interface LogSettings {
  readonly target: LogTarget;
  /** Bytes; 0 turns rotation off. */
  readonly maxBytes: number;
  readonly backups: number;
  /** Bytes; above 0 turns on the capture of PROCESS_COMMUNICATION events. */
  readonly captureMaxBytes: number;
  readonly eventsEnabled: boolean;
  readonly syslog: boolean;
}

/** One process that the configuration asks for: the keys of a [program:x]-like section after every expansion. */
export interface Program {
  readonly kind: 'program' | 'eventlistener' | 'fcgi-program';
  /** process_name, expanded. */
  readonly name: string;
  /** The [group:x] that holds it, else the section's own name. */
  readonly group: string;
  /** The name in the section header: [program:section]. */
  readonly section: string;
  /** Where the section first appears. */
  readonly position: Position;
  readonly command: string;
  readonly directory: string | undefined;
  /** environment= merged over that of [supervisord], without what the supervisor itself inherits. May hold secrets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly user: SystemUser | undefined;
  readonly umask: number | undefined;
  readonly priority: number;
  readonly processNum: number;
  readonly numprocs: number;
  readonly autostart: boolean;
  readonly autorestart: boolean | 'unexpected';
  readonly startsecs: number;
  readonly startretries: number;
  readonly exitcodes: readonly number[];
  /** A number, since supervisord accepts 0 and numbers without a name. */
  readonly stopsignalNumber: number;
  /** The name of {@link stopsignalNumber}, when it has one here. */
  readonly stopsignal: SignalName | undefined;
  readonly stopwaitsecs: number;
  /** Whether the file says stopwaitsecs. */
  readonly isStopwaitSet: boolean;
  readonly stopasgroup: boolean;
  readonly killasgroup: boolean;
  readonly redirectStderr: boolean;
  readonly stdout: LogSettings;
  readonly stderr: LogSettings;
  /** SUPERVISOR_SERVER_URL override; undefined is AUTO. */
  readonly serverurl: string | undefined;
  /** [reloadctl:NAME] merged over [reloadctl]. */
  readonly settings: ProgramSettings;
}

/** A group of programs: a [group:x], a program's own, an event listener pool or a FastCGI group. */
export interface ProgramGroup {
  readonly name: string;
  readonly priority: number;
  readonly programs: readonly Program[];
  readonly eventlistener: EventListenerSettings | undefined;
  readonly fcgi: FcgiSettings | undefined;
}

/** The keys that only [eventlistener:x] has. */
export interface EventListenerSettings {
  readonly events: readonly string[];
  readonly bufferSize: number;
  readonly resultHandler: string;
}

/** The keys that only [fcgi-program:x] has. */
export interface FcgiSettings {
  readonly socket: string;
  readonly owner: { readonly uid: number; readonly gid: number | undefined } | undefined;
  readonly mode: number | undefined;
  readonly backlog: number | undefined;
}

/** A [unix_http_server] or [inet_http_server] section. The password is as written: clear or {SHA}…. */
export type HttpServer =
  | {
      readonly kind: 'unix';
      readonly section: string;
      readonly file: string;
      readonly chmod: number;
      readonly owner: { readonly uid: number; readonly gid: number | undefined } | undefined;
      readonly username: string | undefined;
      readonly password: string | undefined;
    }
  | {
      readonly kind: 'inet';
      readonly section: string;
      /** '' is every interface. */
      readonly host: string;
      readonly port: number;
      readonly username: string | undefined;
      readonly password: string | undefined;
    };

/** [supervisord]. */
export interface DaemonSettings {
  readonly logfile: string;
  readonly logfileMaxBytes: number;
  readonly logfileBackups: number;
  readonly loglevel: 'critical' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'blather';
  readonly pidfile: string;
  readonly umask: number;
  readonly directory: string | undefined;
  readonly nodaemon: boolean;
  readonly silent: boolean;
  readonly minfds: number;
  readonly minprocs: number;
  readonly user: SystemUser | undefined;
  readonly identifier: string;
  readonly nocleanup: boolean;
  readonly childlogdir: string;
  readonly stripAnsi: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

/** [supervisorctl]; undefined where the file has no such section. */
export interface ClientSettings {
  readonly serverurl: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly prompt: string;
  readonly historyFile: string | undefined;
}

/** A [rpcinterface:x]. */
export interface RpcInterfaceSettings {
  readonly name: string;
  readonly factory: string;
  /** Every other key, those of [DEFAULT] included: supervisord hands them to the factory. */
  readonly options: Readonly<Record<string, string>>;
}

/** A whole configuration: one main file and what it includes. */
export interface Configuration {
  /** The main file, absolute. */
  readonly file: string;
  /** Every file that was read, the main one first. */
  readonly files: readonly string[];
  readonly supervisord: DaemonSettings;
  readonly groups: readonly ProgramGroup[];
  readonly httpServers: readonly HttpServer[];
  readonly rpcInterfaces: readonly RpcInterfaceSettings[];
  readonly supervisorctl: ClientSettings | undefined;
  readonly warnings: readonly ConfigWarning[];
}
