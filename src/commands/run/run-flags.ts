import { basename } from 'node:path';
import { EXIT, ReloadctlError } from '../../base/errors.ts';
import { SERVER_TYPES } from '../../servers/registry.ts';

/** The options of `run` as commander gives them. */
export interface RunFlags {
  readonly name?: string;
  readonly directory?: string;
  readonly type?: string;
  readonly reloadSignal?: string;
  readonly healthUrl?: readonly string[];
  readonly healthHost?: string;
  readonly healthHeaders?: readonly string[];
  readonly healthExpect?: string;
  readonly settle?: string;
  readonly timeout?: string;
  readonly socket?: string;
  readonly stopSignal?: string;
  readonly stopWait?: string;
}

/** What messages, the record of runs and SUPERVISOR_PROCESS_NAME know the program by. */
const NAME = /^[\w.@+-]{1,64}$/;

/**
 * The name of the program: --name, else what the supervisor that has started us calls us, else that of the command. Throws 'usage' for one that could
 * not be a program's.
 */
export function nameOf(
  flags: RunFlags,
  command: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (flags.name !== undefined) {
    if (NAME.test(flags.name)) return flags.name;
    throw usage(
      `--name ${flags.name}: not a name for a program`,
      'Use letters, digits and . _ @ + -, at most 64.',
    );
  }
  const given = environment.SUPERVISOR_PROCESS_NAME;
  if (given !== undefined && NAME.test(given)) return given;
  return (
    basename(command)
      .replaceAll(/[^\w.@+-]/g, '_')
      .slice(0, 64) || 'program'
  );
}

/** Throws 'usage' for a type of server that there is not. */
export function checkType({ type }: RunFlags): void {
  const names = ['custom', ...SERVER_TYPES.map(({ name }) => name)].sort();
  if (type === undefined || names.includes(type)) return;
  throw usage(
    `--type ${type}: there is no such type of server`,
    `There are ${[...new Set(names)].join(', ')}. Left out, what runs is recognised.`,
  );
}

function usage(message: string, hint: string): ReloadctlError {
  return new ReloadctlError(message, { code: 'usage', exitCode: EXIT.usage, hint });
}
