import { err, ok, type Result } from '../../base/result.ts';
import { rememberSecret } from '../../base/secrets/known-secrets.ts';
import type { HttpHeader, StatusRange } from '../../os/os.ts';
import { signalName, type SignalName } from '../../os/signals.ts';
import { nearest, nearMiss } from '../nearest.ts';
import { parseBoolean, parseSignal, splitList, type Parse } from '../option-values.ts';
import { repr } from '../python/repr.ts';
import { splitWords, strip } from '../python/text.ts';
import { parseSocketAddress, type SocketAddress } from '../socket-address.ts';
import { splitCommand } from '../split-command.ts';

/** How a reload is done. */
export const STRATEGIES = ['auto', 'bridge', 'rolling', 'hup', 'overlap', 'restart'] as const;

/** One of {@link STRATEGIES}. */
export type Strategy = (typeof STRATEGIES)[number];

/** How many extra workers a rolling reload may run: a number, or a share of the configured ones. */
export type Surge =
  | { readonly kind: 'count'; readonly workers: number }
  | { readonly kind: 'percent'; readonly percent: number };

/** When a command of `hooks` runs. */
export const HOOK_MOMENTS = ['before_reload', 'after_reload', 'on_failure'] as const;

/** One of {@link HOOK_MOMENTS}. */
export type HookMoment = (typeof HOOK_MOMENTS)[number];

/** Shell-free commands by moment, to be split by splitCommand. */
export type Hooks = Readonly<Partial<Record<HookMoment, string>>>;

/** A server type; which ones there are is known to the registry of types, not here. */
export const parseType: Parse<string> = (text) =>
  text === '' ? err('is empty; name a type of server, such as gunicorn') : ok(text);

/** One of {@link STRATEGIES}, exactly as it is written there. */
export const parseStrategy: Parse<Strategy> = (text) => {
  const strategy = STRATEGIES.find((each) => each === text);
  if (strategy !== undefined) return ok(strategy);
  const near = nearMiss(text, STRATEGIES);
  const hint = near === undefined ? '' : `; did you mean ${repr(near)}?`;
  return err(`is ${repr(text)}; it has to be one of ${STRATEGIES.join(', ')}${hint}`);
};

/** A number of workers above 0, or 1% to 100%. */
export const parseSurge: Parse<Surge> = (text) => {
  // '50%%' is how a per cent sign is written in every other value of the file.
  const [, digits, percent] = /^(\d{1,6})\s*(%{0,2})$/.exec(text) ?? [];
  const amount = Number(digits);
  if (digits === undefined || amount === 0) {
    return err(`is ${repr(text)}; it has to be a number of workers (2) or a percentage (50%)`);
  }
  if (percent === '') return ok({ kind: 'count', workers: amount });
  return amount > 100
    ? err(`is ${repr(text)}; a percentage is at most 100%: write 100% for all workers at once`)
    : ok({ kind: 'percent', percent: amount });
};

/** Addresses between white space: http://, https://, unix:/to.sock or unix:/to.sock:/uri. */
export const parseHealthUrls: Parse<readonly string[]> = (text) => {
  const urls = splitWords(text);
  const bad = urls.find((url) => !isHealthUrl(url));
  return bad === undefined
    ? ok(urls)
    : err(`holds ${repr(bad)}; it has to be http://…, https://… or unix:/path/to.sock:/uri`);
};

function isHealthUrl(url: string): boolean {
  // The first ':/' ends the socket's path; what follows goes into a request line as it is.
  const [socket, uri = '/'] = /^unix:(\/[^\0]*?)(?::(\/.*))?$/.exec(url)?.slice(1) ?? [];
  if (socket !== undefined) return /^[\x21-\x7e]*$/.test(uri);
  return /^https?:\/\/./i.test(url) && URL.canParse(url);
}

/** What a Host header says: a name or an address, with a port where that matters. */
export const parseHealthHost: Parse<string> = (text) =>
  /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(text)
    ? ok(text)
    : err(
        `is ${repr(text)}; it has to be the name of a host, with its port where that matters, such as www.example.org or 127.0.0.1:8000`,
      );

/** The name of a header (RFC 9110, 5.1, token). */
const HEADER_NAME = "[\\w!#$%&'*+.^`|~-]+";

/** A comma is the end of a header only where another one begins. */
const BETWEEN_HEADERS = new RegExp(`,(?=\\s*(?:$|${HEADER_NAME}\\s*:))`);

const HEADER = new RegExp(`^(${HEADER_NAME})\\s*:(.*)$`, 's');

/** What belongs to the connection and the body, which are ours. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'transfer-encoding',
  'upgrade',
]);

/** Headers between commas: `X-A: b, X-C: d`. What is wrong with one is told without its value, which may be a secret. */
export const parseHealthHeaders: Parse<readonly HttpHeader[]> = (text) => {
  const headers: HttpHeader[] = [];
  for (const part of text.split(BETWEEN_HEADERS).map(strip)) {
    if (part === '') continue;
    const [, name, value = ''] = HEADER.exec(part) ?? [];
    if (name === undefined) {
      return err('holds a header without a name or a colon; it has to be like X-A: b, X-C: d');
    }
    const key = name.toLowerCase();
    if (key === 'host') return err(`holds ${repr(name)}; write it as health_host`);
    if (OWN_HEADERS.has(key)) {
      return err(`holds ${repr(name)}, which the request itself decides`);
    }
    if (!/^[\t\x20-\x7e]*$/.test(strip(value))) {
      return err(`gives ${name} a value that no header can have: only printable ASCII`);
    }
    headers.push({ name, value: strip(value) });
  }
  return ok(headers);
};

/** Statuses between commas, each one or a span: `200, 204, 300-399`. */
export const parseHealthExpect: Parse<readonly StatusRange[]> = (text) => {
  const ranges: StatusRange[] = [];
  const words = splitList(text);
  for (const word of words.length === 0 ? [''] : words) {
    const [, first, last = first] = /^([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?$/.exec(word) ?? [];
    const from = Number(first);
    const to = Number(last);
    if (first === undefined || from > to) {
      return err(
        `holds ${repr(word)}; it has to be statuses from 100 to 599 between commas, such as 200, 204, 300-399`,
      );
    }
    ranges.push({ from, to });
  }
  return ok(ranges);
};

/** Webhooks between commas. Their addresses are secrets: whoever knows one may post there. */
export const parseNotifyUrls: Parse<readonly string[]> = (text) => {
  const urls = text.split(',').map(strip);
  for (const url of urls) {
    if (!/^https?:\/\/./i.test(url) || !URL.canParse(url)) {
      return err(
        'holds an address that is not http://… or https://…; it has to be URLs between commas',
      );
    }
    rememberSecret(url);
    const { pathname, search } = new URL(url);
    if (pathname.length > 1 || search !== '') rememberSecret(`${pathname}${search}`);
  }
  return ok(urls);
};

/** A day: nobody means more, and timers take no more than 24 days. */
const MAX_SECONDS = 86_400;

/** Milliseconds of a number of seconds, whole or with a fraction, from `leastMs` to a day. */
export function parseMs(leastMs: number): Parse<number> {
  const least = leastMs / 1000;
  return (text) => {
    const seconds = Number(text);
    return /^\d+(\.\d+)?$/.test(text) && seconds >= least && seconds <= MAX_SECONDS
      ? ok(seconds * 1000)
      : err(
          `is ${repr(text)}; it has to be a number of seconds from ${least} to ${MAX_SECONDS}, such as 30 or 2.5`,
        );
  };
}

/** Seconds above 0, whole or with a fraction. */
export const parsePositiveSeconds: Parse<number> = (text) => {
  if (!/^\d{1,7}(\.\d+)?$/.test(text)) {
    return err(`is ${repr(text)}; it has to be a number of seconds`);
  }
  const seconds = Number(text);
  return seconds === 0 ? err(`is ${repr(text)}; it has to be more than 0 seconds`) : ok(seconds);
};

/** A signal that has a name. */
export const parseSignalName: Parse<SignalName> = (text) => {
  const number = parseSignal(text);
  const name = number.ok ? signalName(number.value) : undefined;
  return name === undefined
    ? err(`is ${repr(text)}; it has to be the name of a signal, such as HUP`)
    : ok(name);
};

/**
 * Whether reloadctl as the supervisor binds the listening sockets: a switch, or the addresses for a
 * program whose settings it cannot read and that takes LISTEN_FDS (sd_listen_fds(3)).
 */
export const parseSocket: Parse<boolean | readonly SocketAddress[]> = (text) => {
  const flag = parseBoolean(text);
  if (flag.ok) return flag;
  const addresses: SocketAddress[] = [];
  const words = splitList(text);
  for (const word of words.length === 0 ? [''] : words) {
    const address = parseSocketAddress(word);
    if (!address.ok) {
      return err(
        `holds ${repr(word)}; it has to be on, off, or addresses: HOST:PORT or unix:/path`,
      );
    }
    addresses.push(address.value);
  }
  return ok(addresses);
};

/** Lines `moment = command`. An empty command takes away that of [reloadctl]. */
export const parseHooks: Parse<Hooks> = (text) => {
  const hooks: Partial<Record<HookMoment, string>> = {};
  for (const line of text.split('\n').map(strip)) {
    if (line === '') continue;
    const hook = parseHook(line);
    if (!hook.ok) return hook;
    hooks[hook.value.moment] = hook.value.command;
  }
  return ok(hooks);
};

function parseHook(
  line: string,
): Result<{ readonly moment: HookMoment; readonly command: string }, string> {
  const equals = line.indexOf('=');
  const name = strip(line.slice(0, Math.max(equals, 0)));
  if (equals === -1) return err(`has the line ${repr(line)}; it has to be 'moment = command'`);
  const moment = HOOK_MOMENTS.find((each) => each === name);
  if (moment === undefined) {
    return err(`has no moment ${repr(name)}; did you mean ${repr(nearest(name, HOOK_MOMENTS))}?`);
  }
  const command = strip(line.slice(equals + 1));
  const words = splitCommand(command);
  return words.ok
    ? ok({ moment, command })
    : err(`has a command for ${moment} that cannot be split: ${words.error}`);
}
