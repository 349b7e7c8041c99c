import type { HttpHeader, StatusRange } from '../os/os.ts';

/** What was asked for, or configured, beyond the URLs. */
export interface HealthOptions {
  /** The Host header; undefined: that of the URL. */
  readonly healthHost?: string | undefined;
  readonly healthHeaders?: readonly HttpHeader[] | undefined;
  /** undefined: 2xx. */
  readonly healthExpect?: readonly StatusRange[] | undefined;
}

/** How health is asked for, beyond the URL. Values of headers never stand in a plan: they may be secrets. */
export interface HealthTerms {
  readonly host?: string;
  /** Their names. */
  readonly headers?: readonly string[];
  /** The statuses that are healthy; 2xx where it is left out. */
  readonly expect?: readonly StatusRange[];
}

/** What the settings say of it. */
export function healthTerms({
  healthHost,
  healthHeaders = [],
  healthExpect,
}: HealthOptions): HealthTerms {
  return {
    ...(healthHost === undefined ? {} : { host: healthHost }),
    ...(healthHeaders.length === 0 ? {} : { headers: healthHeaders.map(({ name }) => name) }),
    ...(healthExpect === undefined ? {} : { expect: healthExpect }),
  };
}
