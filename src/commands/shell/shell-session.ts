import type { ClientSettings } from '../../config/program.ts';
import { loadClientSettings } from '../../config/load-client-settings.ts';
import type { EndpointOptions } from '../../rpc/endpoint.ts';
import { createSupervisor } from '../../rpc/client.ts';
import type { Supervisor } from '../../rpc/supervisor.ts';
import { Context, type GlobalOptions, type SharedSession } from '../context.ts';

/** Which supervisor the shell talks to, over one connection that all its commands share. */
export class ShellSession {
  readonly settings: ClientSettings | undefined;
  readonly #ask: SharedSession['ask'];
  #options: GlobalOptions;
  #endpoint: EndpointOptions;
  #supervisor: Supervisor;
  #abort: AbortSignal | undefined;

  /** `ask` puts a question to whoever types. Throws what is wrong with the configuration. */
  constructor(options: GlobalOptions, ask: SharedSession['ask']) {
    const context = new Context(options);
    const file = context.configFile;
    this.settings = file === undefined ? undefined : loadClientSettings(file);
    this.#ask = ask;
    this.#options = options;
    this.#endpoint = context.endpoint;
    this.#supervisor = this.#connect();
  }

  /** The options with which the shell was started, and what has been said since. */
  get options(): GlobalOptions {
    return this.#options;
  }

  get supervisor(): Supervisor {
    return this.#supervisor;
  }

  /** What ends the calls of the supervisor that have no end of their own. */
  set abort(signal: AbortSignal | undefined) {
    this.#abort = signal;
  }

  /** The context for a line with these options; a line that names another supervisor has a connection of its own. */
  createContext(line: GlobalOptions): Context {
    const options = {
      ...this.#options,
      ...line,
      color: this.#options.color && line.color,
    };
    const { configuration, serverurl, username, password } = line;
    const isElsewhere = [configuration, serverurl, username, password].some(
      (value) => value !== undefined,
    );
    if (isElsewhere) return new Context({ ...options, interactive: true });
    return new Context(options, {
      endpoint: this.#endpoint,
      supervisor: this.#supervisor,
      ask: this.#ask,
      abort: () => this.#abort,
    });
  }

  /** Talks to the supervisor at `url` from now on. Throws 'usage' for what is no URL. */
  open(url: string): void {
    this.#change({ serverurl: url }, { ...this.#endpoint, url });
  }

  /** Talks to the supervisor as this user from now on. */
  authenticate(username: string, password: string): void {
    this.#change({ username, password }, { ...this.#endpoint, username, password });
  }

  /** Ends the connection. */
  close(): void {
    this.#supervisor.close();
  }

  #change(options: Partial<GlobalOptions>, endpoint: EndpointOptions): void {
    const before = this.#supervisor;
    this.#supervisor = createSupervisor(endpoint, () => this.#abort);
    before.close();
    this.#endpoint = endpoint;
    this.#options = { ...this.#options, ...options };
  }

  #connect(): Supervisor {
    return createSupervisor(this.#endpoint, () => this.#abort);
  }
}
