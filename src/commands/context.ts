import { rememberSecret } from '../base/secrets/known-secrets.ts';
import { findConfigFile } from '../config/find-config-file.ts';
import { loadClientSettings } from '../config/load-client-settings.ts';
import type { Configuration } from '../config/program.ts';
import type { EndpointOptions } from '../rpc/endpoint.ts';
import { createSupervisor } from '../rpc/client.ts';
import type { Supervisor } from '../rpc/supervisor.ts';
import type { TerminalOptions } from '../terminal/create-renderer.ts';
import { toJsonDocument } from '../base/json.ts';
import type { Outputs, Renderer } from '../terminal/renderer.ts';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly configuration?: string;
  readonly serverurl?: string;
  readonly username?: string;
  readonly password?: string;
  readonly json?: true;
  readonly quiet?: true;
  readonly interactive?: true;
  readonly history_file?: string;
  /** commander's form of --no-color. */
  readonly color: boolean;
}

/** supervisorctl's own default, where no configuration is found. */
const DEFAULT_SERVER_URL = 'http://localhost:9001';

/** What the commands of a shell share: a connection that is kept, and the person who typed them. */
export interface SharedSession {
  readonly endpoint: EndpointOptions;
  readonly supervisor: Supervisor;
  /** What ends a computation early. */
  readonly abort: () => AbortSignal | undefined;
  /** The answer to a question; '' when there is none. */
  readonly ask: (question: string) => Promise<string>;
}

/** What a command works with. Everything is made when it is first asked for: most commands need little of it. */
export class Context {
  readonly options: GlobalOptions;
  #endpoint: EndpointOptions | undefined;
  #supervisor: Supervisor | undefined;
  readonly #others: Supervisor[] = [];
  readonly #session: SharedSession | undefined;

  constructor(options: GlobalOptions, session?: SharedSession) {
    this.options = options;
    this.#session = session;
    this.#endpoint = session?.endpoint;
  }

  /** The configuration file, or undefined when none was named and none is found. Throws config-not-found. */
  get configFile(): string | undefined {
    const found = findConfigFile({
      explicit: this.options.configuration,
      cwd: process.cwd(),
      binPath: process.argv[1] ?? '',
    });
    if (!found.ok) throw found.error;
    return found.value;
  }

  /** Where the supervisor is: the command line first, then the configuration. */
  get endpoint(): EndpointOptions {
    this.#endpoint ??= this.#readEndpoint();
    return this.#endpoint;
  }

  #readEndpoint(): EndpointOptions {
    const { serverurl, username, password } = this.options;
    if (password !== undefined) rememberSecret(password);
    const file = this.configFile;
    const client = file === undefined ? undefined : loadClientSettings(file);
    return {
      url: serverurl ?? client?.serverurl ?? DEFAULT_SERVER_URL,
      username: username ?? client?.username,
      password: password ?? client?.password,
    };
  }

  get supervisor(): Supervisor {
    if (this.#session !== undefined) return this.#session.supervisor;
    this.#supervisor ??= createSupervisor(this.endpoint);
    return this.#supervisor;
  }

  /** The supervisor at another address, without a password; it is closed with this one. */
  openSupervisor(url: string): Supervisor {
    const supervisor = createSupervisor({ url });
    this.#others.push(supervisor);
    return supervisor;
  }

  /** Whether to go on. Without -i and outside the shell nobody is asked, and the answer is yes. */
  async confirm(question: string): Promise<boolean> {
    if (this.#session !== undefined) return isYes(await this.#session.ask(question));
    if (this.options.interactive !== true) return true;
    const { askOnStdin } = await import('./shell/ask-on-stdin.ts');
    return isYes(await askOnStdin(question));
  }

  /**
   * The programs of the configuration; undefined where there is no file. `environment` is what %(ENV_X)s stands for. Throws
   * config-invalid.
   */
  async loadConfiguration(
    environment: Readonly<Record<string, string | undefined>> = process.env,
  ): Promise<Configuration | undefined> {
    const file = this.configFile;
    if (file === undefined) return undefined;
    const { loadConfigurationInTurns } = await import('../config/load-configuration.ts');
    return loadConfigurationInTurns(file, { environment }, this.#session?.abort());
  }

  get #terminal(): TerminalOptions {
    return {
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
      noColor: !this.options.color,
    };
  }

  async openOutputs(): Promise<Outputs> {
    const { createOutputs } = await import('../terminal/create-renderer.ts');
    return createOutputs(this.#terminal);
  }

  /**
   * `among`: the renderer is for one of several targets, of which `atOnce` are acted on at a time. With `aside` the command has another result
   * for stdout, and the action is a part of its progress.
   */
  async openRenderer(among?: {
    readonly target: string;
    readonly atOnce: number;
    readonly aside?: boolean;
  }): Promise<Renderer> {
    const { createRenderer } = await import('../terminal/create-renderer.ts');
    const isAside = among?.aside === true && this.options.json !== true;
    return createRenderer({
      ...this.#terminal,
      ...(isAside ? { stdout: process.stderr } : {}),
      json: this.options.json === true,
      quiet: this.options.quiet === true,
      among,
    });
  }

  /** For what goes on while a program shares our stderr. */
  async openLogRenderer(): Promise<Renderer> {
    const { createLogRenderer } = await import('../terminal/create-renderer.ts');
    return createLogRenderer({
      ...this.#terminal,
      json: this.options.json === true,
      quiet: this.options.quiet === true,
    });
  }

  /** Writes data, a line each. */
  print(...lines: readonly string[]): void {
    for (const line of lines) process.stdout.write(`${line}\n`);
  }

  /** As {@link print}, for any number of lines: a call takes some ten thousand arguments and no more. */
  printAll(lines: readonly string[]): void {
    const PART = 1000;
    for (let at = 0; at < lines.length; at += PART) {
      process.stdout.write(`${lines.slice(at, at + PART).join('\n')}\n`);
    }
  }

  /** Writes one JSON document. */
  printJson(value: unknown): void {
    process.stdout.write(toJsonDocument(value));
  }

  /** Ends kept connections of its own, so that the process can end. */
  close(): void {
    this.#supervisor?.close();
    for (const supervisor of this.#others) supervisor.close();
  }
}

/** As supervisorctl takes it: everything else is no. */
function isYes(answer: string): boolean {
  return /^y/i.test(answer);
}
