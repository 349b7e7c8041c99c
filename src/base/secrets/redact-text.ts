import { hideKnownSecrets } from './known-secrets.ts';
import { redactUrls } from './redact-urls.ts';
import { isSecretName } from './secret-name.ts';

/** 'NAME=', 'NAME: ', '"NAME": '. */
const ASSIGNED =
  /(?<![\w.-])(-{0,2}[A-Za-z_][\w.-]{0,80})["']?[ \t]{0,4}(?:=|:(?!\/\/))[ \t]{0,4}/gu;
const ASSIGNED_VALUE =
  /"(?:[^"\\\n]|\\.){0,4000}"?|'(?:[^'\\\n]|\\.){0,4000}'?|[^\s,;&"')\]}]{1,4000}/uy;

/** '--password '. */
const OPTION = /(?<![\w-])(--?[A-Za-z][\w.-]{0,80})[ \t]{1,4}(?!-)/gu;
const OPTION_VALUE = /"[^"\n]{0,4000}"?|'[^'\n]{0,4000}'?|[^\s,;)\]"']{1,4000}/uy;

/** 'password VALUE' on a line of its own, as in a file whose = was forgotten. */
const LINE =
  /(^|["'\n]\s{0,8})([A-Za-z_][\w.-]{0,80})([ \t]{1,8})([^\s=:\\"']{1,4000})(?=\\n|\s*$|["'])/gu;

/** mysql's -pSECRET; not -p8000, -p/run/x.pid, -p127.0.0.1. */
const ATTACHED = /(^|[\s"'])-p(?![\d.:]+(?:[\s"']|$)|[./])([^\s"'=]{3,4000})/gu;
/** The same with its value in a word of its own, after a user name. */
const USER_AND_PASSWORD =
  /((?:^|\s)(?:-u\s{0,2}|--user(?:name)?[= ])[^\s-]\S{0,200}\s+-p\s+)(?![A-Z]+\b)(\S{1,4000})/gu;

/** supervisord's own form of a hashed password (supervisor/http.py). */
const HASH = /\{SHA\}[0-9A-Za-z+/=]{8,}/gu;

/** An Authorization header, wherever it stands. */
const BEARER = /\b(Bearer|Basic)(\s{1,4})[A-Za-z0-9+/=_.~-]{6,4000}/gu;

/** What follows the name in a sentence: 'the password: it has to be …', 'with --password or …'. */
const PROSE =
  /^(?:a|and|are|both|can|cannot|give|has|have|in|is|it|must|needs|no|none|not|of|on|one|or|set|that|the|they|this|to|use|with|without|\.{3}|…)$/u;

/**
 * A text without secrets: values read as secrets, passwords in URLs, hashes, and what follows a
 * name that says it is one (password=…, "token": "…", --secret …, -p…).
 */
export function redactText(text: string): string {
  const plain = redactUrls(hideKnownSecrets(text))
    .replace(HASH, '{SHA}***')
    .replace(BEARER, '$1$2***');
  return hideValues(hideValues(plain, ASSIGNED, ASSIGNED_VALUE), OPTION, OPTION_VALUE)
    .replace(LINE, (all: string, start: string, name: string, between: string) =>
      isSecretName(name) ? `${start}${name}${between}***` : all,
    )
    .replace(USER_AND_PASSWORD, '$1***')
    .replace(ATTACHED, '$1-p***');
}

/** Hides what `value` matches behind each `name` that is a secret's. */
function hideValues(text: string, name: RegExp, value: RegExp): string {
  let shown = '';
  let copied = 0;
  for (const match of text.matchAll(name)) {
    const from = match.index + match[0].length;
    if (match.index < copied || !isSecretName(match[1] ?? '')) continue;
    value.lastIndex = from;
    const found = value.exec(text)?.[0];
    if (found === undefined || PROSE.test(found)) continue;
    shown += `${text.slice(copied, from)}${hide(found)}`;
    copied = from + found.length;
  }
  return shown + text.slice(copied);
}

function hide(value: string): string {
  const quote = /^["']/u.exec(value)?.[0] ?? '';
  return `${quote}***${quote !== '' && value.length > 1 && value.endsWith(quote) ? quote : ''}`;
}
