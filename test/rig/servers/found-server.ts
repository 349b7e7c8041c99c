/** A server of some type that can be run on this machine. */
export interface FoundServer {
  readonly ok: true;
  /** Absolute path of its binary, or of its script. */
  readonly binary: string;
  /** Where everything of it was unpacked, with usr/, lib/ and so on below; '' where it is installed. */
  readonly root: string;
  /** Added to the environment of whatever runs it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Why there is none. `isFault`: it could have been had, so that with CI=true its absence is an error. */
interface NoServer {
  readonly ok: false;
  readonly reason: string;
  readonly isFault: boolean;
}

/** A server, or the one line that says what is missing. */
export type ServerSearch = FoundServer | NoServer;

/**
 * The server for a test file: `describe.skipIf(server === undefined)`. A missing one is said on stderr with its reason; with CI=true it
 * is an error where it could have been had.
 */
export function serverForTests(name: string, search: ServerSearch): FoundServer | undefined {
  if (search.ok) return search;
  const message = `no ${name}: ${search.reason}`;
  if (process.env.CI === 'true' && search.isFault) throw new Error(message);
  console.error(`skipped: ${message}`);
  return undefined;
}
