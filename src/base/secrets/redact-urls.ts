/**
 * The beginning of a URL. Its parts are bounded, so that hostile text cannot slow the search down.
 */
const SCHEME = /(?<![a-z/:@+.-])(?:[a-z][a-z0-9+.-]{0,30}:){1,3}\/\//giu;

/** What ends a URL in a text: white space, or a quote that ends a word. */
const END = /\s|["'`](?=[\s,;:.)\]}]|$)/u;

/** A user name without a password that is longer than this is a token: https://TOKEN@github.com. */
const LONGEST_USER = 19;

/** `text` with passwords in URLs replaced by ***, also those with an unencoded / or @. */
export function redactUrls(text: string): string {
  const schemes = [...text.matchAll(SCHEME)];
  let shown = '';
  let copied = 0;
  for (const [index, scheme] of schemes.entries()) {
    const from = scheme.index + scheme[0].length;
    const rest = text.slice(from, schemes[index + 1]?.index ?? text.length);
    const end = rest.search(END);
    const secret = findSecret(end === -1 ? rest : rest.slice(0, end));
    if (secret === undefined) continue;
    shown += `${text.slice(copied, from + secret.from)}***`;
    copied = from + secret.to;
  }
  return shown + text.slice(copied);
}

/** Where in what follows the scheme the password is. */
function findSecret(rest: string): { readonly from: number; readonly to: number } | undefined {
  const to = rest.lastIndexOf('@');
  if (to === -1) return undefined;
  const before = rest.slice(0, to);
  const colon = before.indexOf(':', before.startsWith('[') ? before.indexOf(']') : 0);
  const slash = before.search(/[/?#]/u);
  if (colon === -1 || (slash !== -1 && slash < colon)) {
    return slash === -1 && to > LONGEST_USER ? { from: 0, to } : undefined;
  }
  const isHost = /^(?:localhost|\[.*|.*[.*].*|)$/iu.test(before.slice(0, colon));
  // An @ in the path of an address with a port.
  if (isHost && /^\d{1,5}[/?#]/u.test(before.slice(colon + 1))) return undefined;
  if (before.length === colon + 1) return undefined;
  return { from: colon + 1, to };
}
