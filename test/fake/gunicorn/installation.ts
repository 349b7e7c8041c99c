/** What importing the application does, and what becomes of it. */
export interface Code {
  /** Names it, so that a test sees which one serves. */
  readonly version: string;
  readonly bootMs: number;
  readonly fate:
    | { readonly is: 'serves' }
    /** 3: an exception while importing; 4: no such application. */
    | { readonly is: 'fails'; readonly status: 3 | 4; readonly says: string }
    | { readonly is: 'hangs' }
    /** Serves, and ends by itself so long after that. */
    | { readonly is: 'crashes'; readonly afterMs: number };
}

/** What the configuration file says. */
export interface GunicornConfig {
  readonly workers: number;
  /** Seconds. */
  readonly timeout: number;
  /** Seconds. */
  readonly gracefulTimeout: number;
  readonly preloadApp: boolean;
  readonly bind: string;
  readonly pidfile: string | undefined;
  /** undefined: where gunicorn was started. */
  readonly chdir: string | undefined;
  /** Only of the newer flavour. */
  readonly controlSocket: string | undefined;
  readonly maxRequests: number;
  readonly hooks: readonly string[];
}

/**
 * The two gunicorns that differ: 20.x beats by the file's mode and acts on SIGCHLD at once; 26 and later beat by the file's times, queue
 * SIGCHLD, and hold their main loop during a reload until the old workers have ended.
 */
export type Flavour = '20.1.0' | '26.1.0';

/** What is on the disk, and how the machine behaves: everything that a process of gunicorn looks at when it starts or reloads. */
export interface Installation {
  readonly flavour: Flavour;
  config: GunicornConfig;
  /** What python prints when the configuration file cannot be read. */
  configError: string | undefined;
  /** The application by the directory that it is imported from; '' is every other one. */
  readonly code: Map<string, Code>;
  /** From exec to the main loop's signal handlers. */
  interpreterMs: number;
  /** How long requests in flight take that a worker has when it is asked to go. */
  requestMs: number;
  /** A worker notices within this time that its master is gone. */
  parentCheckMs: number;
  /** Whether the package setproctitle is there. */
  readonly setproctitle: boolean;
}

/** The application as it is on the disk now. */
export function codeIn(installation: Installation, directory: string): Code {
  const code = installation.code.get(directory) ?? installation.code.get('');
  if (code === undefined) throw new Error(`no code in ${directory}`);
  return code;
}
