import { redactText } from './redact-text.ts';
import { isSecretName } from './secret-name.ts';

/** An assignment to a variable or an option: --password=…, SECRET_KEY=…. */
const ASSIGNED = /^(-{0,2}[\w.-]{1,120}=).+$/su;

/** gunicorn's --env KEY=VALUE, also in one word; a variable may hold anything. */
const ENV_OPTION = /^(?:-e|--env)$/u;
const ENV_IN_ONE = /^((?:--env=|-e)[A-Za-z_]\w*=).+$/su;
const ENV_VALUE = /^([A-Za-z_]\w*=).+$/su;

/** curl's -u USER:PASS. */
const USER_OPTION = /^(?:-u|--user|--proxy-user)$/u;
const USER_VALUE = /^([^:\s]{1,100}:).+$/su;

/**
 * mysql's -pSECRET, and -p SECRET. A number, an address or a path is a port or a pid file instead.
 */
const ATTACHED = /^-p(?![\d.:]+$|[./])[^=]{3,}$/su;
const NO_PASSWORD = /^(?:[\d.:[\]]+|[./].*|.*\/.*|.*\.pid|.*:\d+|tcp|udp|-.*)$/su;

/** Commands whose -p is something else, or has no value. */
const OTHER_P = /(?:^|\/)(?:gunicorn|python[\d.]*|node|mkdir|cp|install|nginx|bash|sh|dash)$/u;

/** Commands whose -a is a password. */
const PASSWORD_BY_A = /(?:^|\/)redis-cli$/u;

/** White space, or a word with what is quoted in it. */
const COMMAND_PARTS = /\s+|(?:"[^"]*"|'[^']*'|[^\s"'])+|["']/gu;
const QUOTED = /^(["'])(.*)\1$/su;

/**
 * A command line without secrets: what {@link redactText} finds, values of --env, and values of
 * options that are named like a secret.
 */
export function redactArgv(argv: readonly string[]): string[] {
  let command = argv[0] ?? '';
  return argv.map((word, index) => {
    const before = argv[index - 1] ?? '';
    if (index > 0 && /^(?:exec|--|;|&&|\|\|?)$/u.test(before)) command = word;
    if (isValueOfSecret(before, word, command)) return '***';
    if (ENV_OPTION.test(before) && ENV_VALUE.test(word)) return word.replace(ENV_VALUE, '$1***');
    if (ENV_IN_ONE.test(word)) return word.replace(ENV_IN_ONE, '$1***');
    if (USER_OPTION.test(before)) return redactText(word.replace(USER_VALUE, '$1***'));
    if (!OTHER_P.test(command) && ATTACHED.test(word)) return '-p***';
    const assigned = ASSIGNED.exec(word)?.[1];
    if (assigned !== undefined && isSecretName(assigned.slice(0, -1))) return `${assigned}***`;
    return redactText(word);
  });
}

/** As {@link redactArgv}, for a command line that is still one string, also within quotes. */
export function redactCommand(text: string): string {
  const parts: readonly string[] = text.match(COMMAND_PARTS) ?? [];
  const isWord = (part: string): boolean => part.trim() !== '';
  const words = redactArgv(parts.filter(isWord)).map((word) =>
    word.replace(QUOTED, (_, quote: string, inner: string) => quote + redactCommand(inner) + quote),
  );
  let index = 0;
  const joined = parts.map((part) => (isWord(part) ? (words[index++] ?? '') : part)).join('');
  return redactText(joined);
}

function isValueOfSecret(option: string, word: string, command: string): boolean {
  if (word.startsWith('-')) return false;
  if (/^--?\w/u.test(option) && !option.includes('=') && isSecretName(option)) return true;
  if (option === '-a' && PASSWORD_BY_A.test(command)) return true;
  return option === '-p' && !OTHER_P.test(command) && !NO_PASSWORD.test(word);
}
