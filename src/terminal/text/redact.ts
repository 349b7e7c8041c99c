/** scheme://user:password@: the parts are bounded, so that hostile text cannot make the match slow. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/]{0,100}):[^\s/]{1,200}@/giu;

/** Options whose value is a secret by its name: --password=…, SECRET_KEY=…, api-token=…. */
const SECRET_ASSIGNMENT =
  /^(-{0,2}[\w.-]{0,80}(?:password|passwd|secret|token|api[_-]?key|credential)[\w.-]{0,80}=).+$/isu;

/** gunicorn's --env KEY=VALUE, also in one word. */
const ENV_OPTION = /^(?:-e|--env)$/u;
const ENV_IN_ONE = /^((?:--env=|-e)[A-Za-z_]\w*=).+$/su;
const ENV_VALUE = /^([A-Za-z_]\w*=).+$/su;

/** `text` with the passwords of URLs replaced by ***. */
export function redactUrls(text: string): string {
  return text.replace(URL_PASSWORD, '$1:***@');
}

/** As {@link redactArgv}, of a command line that has not been split into words. */
export function redactCommand(text: string): string {
  return redactArgv(text.split(' ')).join(' ');
}

/** A command line without what is secret by its looks: passwords in URLs, values of --env and of options named like a secret. */
export function redactArgv(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    const afterEnv = ENV_OPTION.test(argv[index - 1] ?? '');
    const shown = afterEnv ? word.replace(ENV_VALUE, '$1***') : word;
    return redactUrls(shown.replace(ENV_IN_ONE, '$1***').replace(SECRET_ASSIGNMENT, '$1***'));
  });
}
