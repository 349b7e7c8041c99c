import type { GunicornConfig } from './installation.ts';

/** gunicorn's own arguments, as far as the fake understands them. */
export interface GunicornArguments {
  readonly overrides: Partial<GunicornConfig>;
  readonly checkConfig: boolean;
}

/** Reads what follows the gunicorn script in argv. Unknown options are passed over, as their values are. */
export function parseArguments(argv: readonly string[]): GunicornArguments {
  const start = argv.findIndex((word) => word.endsWith('gunicorn')) + 1;
  const overrides: { -readonly [K in keyof GunicornConfig]?: GunicornConfig[K] } = {};
  let checkConfig = false;
  for (let index = start; index < argv.length; index += 1) {
    const value = argv[index + 1] ?? '';
    switch (argv[index] ?? '') {
      case '--check-config':
        checkConfig = true;
        break;
      case '-w':
      case '--workers':
        overrides.workers = Number(value);
        break;
      case '-p':
      case '--pid':
        overrides.pidfile = value;
        break;
      case '--chdir':
        overrides.chdir = value;
        break;
      case '--preload':
        overrides.preloadApp = true;
        break;
      case '--control-socket':
        overrides.controlSocket = value;
        break;
      case '--no-control-socket':
        overrides.controlSocket = undefined;
        break;
      default:
        break;
    }
  }
  return { overrides, checkConfig };
}
