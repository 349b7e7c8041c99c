import { EXIT, type ExitCode, type ReloadctlError } from '../../base/errors.ts';
import { describeRpcFailure } from '../../rpc/describe-failure.ts';
import type { RpcFailure } from '../../rpc/supervisor.ts';
import { faultOf } from './fault-of.ts';
import { Report, type CommandDeps } from './report.ts';

/** The version of the API that supervisord has had since 3.0 (supervisor/rpcinterface.py, API_VERSION). */
const API_VERSION = '3.0';

/** Why a supervisor cannot be used, in supervisorctl's words and with its exit code. */
export interface Unusable {
  readonly message: string;
  readonly exitCode: ExitCode;
}

/**
 * Asks the supervisor whether it is there, as supervisorctl does before most commands (supervisorctl.py, upcheck). Prints what is wrong and
 * returns its exit code, or undefined when all is well. Throws a ReloadctlError for what supervisorctl has no words for.
 */
export async function checkUp(deps: CommandDeps): Promise<ExitCode | undefined> {
  const version = await deps.supervisor.getApiVersion();
  const unusable = version.ok ? describeVersion(version.value) : describeUnusable(version.error);
  if (unusable === undefined) {
    if (version.ok) return undefined;
    throw refuse(deps, version.error);
  }
  new Report(deps, 'check').failed(unusable.message, unusable.exitCode);
  return unusable.exitCode;
}

/** A failure of any call that is not one of those that a command knows: to be thrown. */
export function refuse(deps: CommandDeps, failure: RpcFailure): ReloadctlError {
  // supervisorctl says this much on stdout before it shows an exception; scripts look for it there.
  if (failure.kind === 'unauthorized' && deps.options.json !== true) {
    deps.print('Server requires authentication');
  }
  return describeRpcFailure(failure);
}

/** supervisorctl's words for a supervisor that is not there or does not know the API; undefined for every other failure. */
export function describeUnusable(failure: RpcFailure): Unusable | undefined {
  if (failure.kind === 'refused') {
    return { message: `${failure.url} refused connection`, exitCode: EXIT.unknown };
  }
  if (failure.kind === 'no-socket') {
    return { message: `${failure.url} no such file`, exitCode: EXIT.notRunningOnAction };
  }
  if (faultOf(failure) === 'UNKNOWN_METHOD') {
    return {
      message:
        'Sorry, supervisord responded but did not recognize the supervisor namespace commands that supervisorctl uses to control it.  ' +
        'Please check that the [rpcinterface:supervisor] section is enabled in the configuration file (see sample.conf).',
      exitCode: EXIT.notRunning,
    };
  }
  return undefined;
}

function describeVersion(version: string): Unusable | undefined {
  if (version === API_VERSION) return undefined;
  return {
    message:
      `Sorry, this version of supervisorctl expects to talk to a server with API version ${API_VERSION}, ` +
      `but the remote version is ${version}.`,
    exitCode: EXIT.apiMismatch,
  };
}
