import type { Rights } from '../os/credentials.ts';
import type { HttpProbe, StatusRange } from '../os/os.ts';
import type { HealthTerms } from '../policy/health.ts';
import type { Unhealthy } from './events.ts';
import type { Session } from './session.ts';

/** For one answer, unless less is left. */
const CALL_MS = 5000;

const SUCCESS: readonly StatusRange[] = [{ from: 200, to: 299 }];

/** An answer to one question about health. */
export interface HealthAnswer {
  readonly probe: HttpProbe;
  /** undefined: it is as it should be. */
  readonly unhealthy: Unhealthy | undefined;
}

/** Whom and how to ask. */
export interface HealthQuestion {
  readonly url: string;
  readonly terms: HealthTerms;
  readonly rights: Rights;
  readonly abort: AbortSignal;
  /** A unix socket in the place of the URL's address. */
  readonly through?: string;
  /** What is left for it. */
  readonly leftMs?: number;
}

/** Asks one address once, as the settings say. */
export async function askHealth(
  { os, parts }: Session,
  { url, terms, rights, abort, through, leftMs = CALL_MS }: HealthQuestion,
): Promise<HealthAnswer> {
  const probe = await os.httpGet(url, Math.min(CALL_MS, leftMs), rights, abort, {
    through,
    host: terms.host,
    headers: parts.healthHeaders,
  });
  const { expect = SUCCESS } = terms;
  const isHealthy =
    probe.ok && expect.some(({ from, to }) => from <= probe.status && probe.status <= to);
  const observed = probe.ok ? `status ${probe.status}` : probe.error;
  return { probe, unhealthy: isHealthy ? undefined : { url, observed } };
}
