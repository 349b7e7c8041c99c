/** scheme://user:password@: the parts are bounded, so that hostile text cannot make the match slow. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/]{0,100}):[^\s/]{1,200}@/giu;

/** Options whose value is a secret by its name: --password=…, SECRET_KEY=…, api-token=…. */
const SECRET_ASSIGNMENT =
  /^(-{0,2}[\w.-]{0,80}(?:password|passwd|secret|token|api[_-]?key|credential)[\w.-]{0,80}=).+$/isu;

/** The same with the value in the next word: --password …. Not --token-file. */
const SECRET_OPTION =
  /^--?[\w.-]{0,80}(?:password|passwd|secret|token|api[_-]?key|credentials?)$/iu;

/** gunicorn's --env KEY=VALUE, also in one word. */
const ENV_OPTION = /^(?:-e|--env)$/u;
const ENV_IN_ONE = /^((?:--env=|-e)[A-Za-z_]\w*=).+$/su;
const ENV_VALUE = /^([A-Za-z_]\w*=).+$/su;

/** `text` with the passwords of URLs replaced by ***. */
export function redactUrls(text: string): string {
  return text.replace(URL_PASSWORD, '$1:***@');
}

/** White space, or a word with what is quoted in it. */
const COMMAND_PARTS = /\s+|(?:"[^"]*"|'[^']*'|[^\s"'])+|["']/gu;
const QUOTED = /^(["'])(.*)\1$/su;

/** As {@link redactArgv}, of a command line that has not been split into words, also within quotes: sh -c "…". */
export function redactCommand(text: string): string {
  const parts: readonly string[] = text.match(COMMAND_PARTS) ?? [];
  const isWord = (part: string): boolean => part.trim() !== '';
  const words = redactArgv(parts.filter(isWord)).map((word) =>
    word.replace(QUOTED, (_, quote: string, inner: string) => quote + redactCommand(inner) + quote),
  );
  let index = 0;
  return parts.map((part) => (isWord(part) ? (words[index++] ?? '') : part)).join('');
}

/** A command line without what is secret by its looks: passwords in URLs, values of --env and of options named like a secret. */
export function redactArgv(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    const isValue = SECRET_OPTION.test(argv[index - 1] ?? '') && !word.startsWith('-');
    if (isValue) return '***';
    const afterEnv = ENV_OPTION.test(argv[index - 1] ?? '');
    const shown = afterEnv ? word.replace(ENV_VALUE, '$1***') : word;
    return redactUrls(shown.replace(ENV_IN_ONE, '$1***').replace(SECRET_ASSIGNMENT, '$1***'));
  });
}
