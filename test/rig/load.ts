import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { HttpClient, type Endpoint } from './load/client.ts';
import type { FromChild, LoadPlan, ToChild } from './load/protocol.ts';
import type { LoadSummary } from './load/tally.ts';
import { REPOSITORY } from './place.ts';

export type { Endpoint } from './load/client.ts';
export type { LoadSummary } from './load/tally.ts';

/** What load to make. */
export interface LoadOptions extends Endpoint {
  readonly ratePerSecond: number;
  /** Whether connections are kept for the next request; false when not given. */
  readonly keepAlive?: boolean;
  /** With keepAlive: how many connections take turns, so that each is idle in between; 10 when not given. */
  readonly connections?: number;
  /** '/' when not given. */
  readonly path?: string;
  /** For one request from its sending to the end of its answer; 10,000 when not given. */
  readonly timeoutMs?: number;
  /** While so many answers are missing nothing is sent: for a machine that may be too slow for the load. No limit when not given. */
  readonly mostInFlight?: number;
}

/** For tests that count failures: however slow the machine is at the moment, each request has its turn in the time that it has. */
export const PATIENT = { mostInFlight: 200, timeoutMs: 60_000 } as const;

/** Where the tests find the generator as global setup has built it: tsx takes half a second of a processor for each load. */
export const BUILT_GENERATOR = 'RELOADCTL_TEST_LOAD';

/** A load that is being made. */
export interface RunningLoad {
  /** Resolves after the first good answer. */
  waitFirst(ceilingMs?: number): Promise<void>;
  /** What has been seen until now. */
  snapshot(): Promise<LoadSummary>;
  /** Sends nothing more, waits for the answers that are missing (at most timeoutMs) and ends the generator. */
  stop(): Promise<LoadSummary>;
}

/**
 * Starts an open-loop load: `ratePerSecond` GETs a second at fixed moments, however slow the answers are, each measured from the
 * moment for which it was scheduled, so that a stall of the server shows in every request that fell into it. It runs in
 * a process of its own, which ends with this one.
 */
export async function startLoad(options: LoadOptions): Promise<RunningLoad> {
  const { url, socketPath, ratePerSecond } = options;
  const { keepAlive = false, connections = 10, path = '/', timeoutMs = 10_000 } = options;
  const { mostInFlight } = options;
  const endpoint = { url, socketPath };
  new HttpClient(endpoint, false); // Refuses what is not on loopback here, where the caller sees it.
  const plan: LoadPlan = {
    endpoint,
    ratePerSecond,
    keepAlive,
    connections,
    path,
    timeoutMs,
    mostInFlight,
  };

  const built = process.env[BUILT_GENERATOR];
  const child = fork(
    built ?? fileURLToPath(new URL('load/child.ts', import.meta.url)),
    [JSON.stringify(plan)],
    // The working directory is where tsx is looked for.
    {
      cwd: REPOSITORY,
      execArgv: built === undefined ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );

  const message = <K extends FromChild['kind']>(
    kind: K,
    ceilingMs: number,
  ): Promise<Extract<FromChild, { kind: K }>> =>
    new Promise((resolve, reject) => {
      if (!child.connected) {
        reject(new Error('the load generator has ended'));
        return;
      }
      const finish = (): void => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
      };
      const onMessage = (received: unknown): void => {
        const heard = received as FromChild;
        if (heard.kind !== kind) return;
        finish();
        resolve(heard as Extract<FromChild, { kind: K }>);
      };
      const onExit = (code: number | null, signal: string | null): void => {
        finish();
        reject(new Error(`the load generator ended early: ${signal ?? `exit ${code}`}`));
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`the load generator did not say '${kind}' within ${ceilingMs} ms`));
      }, ceilingMs);
      child.on('message', onMessage);
      child.on('exit', onExit);
    });
  const tell = (order: ToChild): void => {
    // Without a callback node throws where nobody can catch when the generator has just ended; `message` notices that itself.
    if (child.connected) child.send(order, () => undefined);
  };

  // 'first' may come at any time: listen from the beginning.
  const first = new Promise<void>((resolve) => {
    child.on('message', (heard: FromChild) => {
      if (heard.kind === 'first') resolve();
    });
  });
  await message('started', 20_000);
  return {
    waitFirst: (ceilingMs = 20_000) => withCeiling(first, ceilingMs),
    snapshot: async () => {
      const answer = message('snapshot', 5000);
      tell('snapshot');
      return (await answer).summary;
    },
    stop: async () => {
      const answer = message('final', timeoutMs + 5000);
      tell('stop');
      const { summary } = await answer;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
      return summary;
    },
  };
}

function withCeiling(first: Promise<void>, ceilingMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no good answer within ${ceilingMs} ms`));
    }, ceilingMs);
    void first.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
