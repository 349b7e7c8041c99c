import type { Program } from '../config/program.ts';
import type { Rights } from '../os/credentials.ts';
import type { Files } from '../os/files.ts';
import type { HttpHeader, Os } from '../os/os.ts';
import type { StepId } from '../policy/plan.ts';
import type { Supervisor } from '../rpc/supervisor.ts';
import type { ResolvedType } from '../servers/resolve-type.ts';
import type { ServerView } from '../servers/server-view.ts';
import type { GunicornContext } from '../servers/gunicorn/settings.ts';
import type { EventBody, EventSink, Unhealthy } from './events.ts';
import type { Ended, HookReport } from './hook-report.ts';
import type { Interruption } from './interruption.ts';
import type { ProgramLog } from './program-log.ts';
import { Roles } from './roles.ts';
import { Serving } from './serving.ts';
import { Sight } from './sight.ts';
import { Traces } from './traces.ts';

/** What an action runs with. */
export interface SessionParts {
  readonly os: Os;
  /** undefined for a bare process. */
  readonly supervisor: Supervisor | undefined;
  /** 'group:name' for the supervisor. */
  readonly supervisorName: string | undefined;
  readonly program: Program | undefined;
  readonly sink: EventSink;
  readonly interruption: Interruption;
  /** Environment, directory and user for booting code aside; undefined where they cannot be had. */
  readonly preflightContext: GunicornContext | undefined;
  readonly log: ProgramLog | undefined;
  /** With which the server runs: whatever it names is touched with them. */
  readonly rights: Rights;
  /** How gunicorn is started, to find out why a boot failed; undefined where it is not known. */
  readonly bootCommand?:
    { readonly argv: readonly string[]; readonly cwd: string | undefined } | undefined;
  /** Whether gunicorn's control socket exists in this version (25.1 and later), so that a canary must not take it over. */
  readonly hasControlSocket: boolean;
  /** When the supervisor KILLs what it stops, where that is not stopwaitsecs of the program. */
  readonly stopwaitMs?: number | undefined;
  /** The type of the server; undefined: nothing runs, or nobody knows. */
  readonly serverType?: ResolvedType | undefined;
  /** gunicorn's graceful_timeout; undefined where it is not known. */
  readonly gracefulMs?: number | undefined;
  /** gunicorn's pid file, absolute; undefined where there is none or it is not known. */
  readonly pidfile?: string | undefined;
  /** What a hook is told of the action; `end` as soon as it is known. */
  readonly report?: ((end: Ended | undefined) => Promise<HookReport>) | undefined;
  /** What the health check sends; a plan has only their names. */
  readonly healthHeaders?: readonly HttpHeader[] | undefined;
}

/** What this action has done to processes so far. */
export interface Toll {
  /** How many had to be KILLed. */
  killed: number;
  /** Whether the supervisor had to KILL the old instance: then its master has not ended its workers. */
  wasOldInstanceKilled: boolean;
  /** Whether anything was sent or asked for since the steps began that change the running version. */
  hasChanged: boolean;
}

/** Watches processes that were asked to go, for those whose requests are cut off. */
export interface LeavingWatch {
  look(): Promise<void>;
  tell(who: { readonly leftToGunicorn: boolean }): Promise<void>;
}

/** What was answered last to those who ask again and again. */
export interface Answers {
  /** Why the supervisor did not answer; undefined: it did. */
  supervisorSilence: string | undefined;
  /** What the health check saw, when it was not well. */
  unhealthy: Unhealthy | undefined;
}

/** One action under way, owned by the executor; what is known of it has an owner each. */
export class Session {
  readonly parts: SessionParts;
  readonly roles = new Roles();
  readonly seen: Sight;
  readonly serving: Serving;
  readonly traces = new Traces();
  readonly toll: Toll = { killed: 0, wasOldInstanceKilled: false, hasChanged: false };
  readonly answers: Answers = { supervisorSilence: undefined, unhealthy: undefined };
  /** How it ended, as soon as nothing that follows can change it. */
  ended: Ended | undefined;
  /** Second names of files that were made by this action. */
  readonly keptFiles = new Set<string>();
  /** Workers that were told to go by a HUP, from that moment on. */
  leaving: LeavingWatch | undefined;
  readonly #startedAt: number;
  readonly #stepStarts = new Map<StepId, number>();

  constructor(parts: SessionParts, readyAfterMs: number, startedAt = parts.os.now()) {
    this.parts = parts;
    this.seen = new Sight(parts, this.roles);
    this.serving = new Serving(parts.os, this.roles, this.seen, readyAfterMs);
    this.#startedAt = startedAt;
  }

  get os(): Os {
    return this.parts.os;
  }

  /** What the program itself names. */
  get files(): Files {
    return this.os.files(this.parts.rights);
  }

  /** Milliseconds since the action began. */
  get elapsedMs(): number {
    return this.os.now() - this.#startedAt;
  }

  emit(body: EventBody): void {
    this.parts.sink({ ...body, atMs: Math.round(this.elapsedMs) });
  }

  /** Counts a process that did not go by itself, and tells of it. */
  tellKilled(killed: Omit<Extract<EventBody, { event: 'killed' }>, 'event'>): void {
    this.toll.killed += 1;
    this.emit({ event: 'killed', ...killed, afterMs: Math.round(killed.afterMs) });
  }

  markStep(id: StepId): void {
    this.#stepStarts.set(id, this.os.now());
  }

  /** When the step began; now, if it never did. */
  stepStart(id: StepId): number {
    return this.#stepStarts.get(id) ?? this.os.now();
  }

  /** Binds before it tells: nobody should see the old workers called new for a moment. */
  async bindOldWorkersNow(): Promise<void> {
    this.roles.bindOldWorkers(await this.seen.lookAtMaster());
    await this.look();
  }

  /** Looks at the master again and tells the renderers when something changed. */
  async look(): Promise<ServerView | undefined> {
    if (this.roles.master === undefined && this.roles.successor === undefined) return undefined;
    const view = await this.seen.look();
    await this.tellServing();
    return view;
  }

  /** Tells the renderers what serves, as last seen, when that is not what they know. */
  async tellServing(): Promise<void> {
    const now = await this.serving.findChange();
    if (now !== undefined)
      this.emit({ event: 'workers', now, expected: this.serving.expectedWorkers });
  }
}
