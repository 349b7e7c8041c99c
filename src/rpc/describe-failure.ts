import { EXIT, ReloadctlError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import type { FaultName, RpcFailure } from './supervisor.ts';

/** What to do about a fault, where the fault itself does not say. */
const FAULT_HINTS: Partial<Readonly<Record<FaultName, string>>> = {
  UNKNOWN_METHOD:
    'Check that the supervisor has an [rpcinterface:supervisor] section and is supervisord 3.3 or newer.',
  SHUTDOWN_STATE: 'The supervisor is shutting down or restarting; try again when it is back.',
  BAD_NAME: 'List the names with `reloadctl status`.',
  SPAWN_ERROR: 'Look at the end of its log with `reloadctl tail`.',
  CANT_REREAD: "Correct the supervisor's configuration file; nothing has been applied.",
};

/**
 * A failure for people: supervisorctl's words where it has some, a stable code, and exit code 1
 * (130 when interrupted).
 */
export function describeRpcFailure(failure: RpcFailure): ReloadctlError {
  switch (failure.kind) {
    case 'refused':
      return new ReloadctlError(`${failure.url} refused connection`, {
        code: 'supervisor-refused',
        exitCode: EXIT.failed,
        hint: 'Start the supervisor (supervisord), or name the right one with -s or -c.',
      });
    case 'no-socket':
      return new ReloadctlError(`${failure.url} no such file`, {
        code: 'supervisor-missing',
        exitCode: EXIT.failed,
        hint: 'Start the supervisor (supervisord), or name the right one with -s or -c.',
      });
    case 'denied':
      return new ReloadctlError(`${failure.url} permission denied`, {
        code: 'supervisor-denied',
        exitCode: EXIT.failed,
        hint: 'Run this as the user who owns the socket (sudo), or see chmod and chown in [unix_http_server].',
      });
    case 'unauthorized':
      return new ReloadctlError(`${failure.url} requires authentication (wrong or no password)`, {
        code: 'supervisor-auth',
        exitCode: EXIT.failed,
        hint: 'Give -u USER and -p PASSWORD, or set username and password in [supervisorctl].',
      });
    case 'timeout':
      return new ReloadctlError(
        `${failure.url} did not answer ${printable(failure.method)} within ${failure.ms / 1000} s`,
        {
          code: 'supervisor-timeout',
          exitCode: EXIT.failed,
          hint: 'The request may have been carried out all the same: look with `reloadctl status`.',
        },
      );
    case 'aborted':
      return new ReloadctlError('interrupted while waiting for the supervisor', {
        code: 'interrupted',
        exitCode: EXIT.interrupted,
      });
    case 'protocol':
      return new ReloadctlError(`${failure.url} cannot be talked to: ${failure.detail}`, {
        code: 'supervisor-protocol',
        exitCode: EXIT.failed,
        hint: 'Check that this address belongs to a supervisor, and look at its log.',
      });
    case 'fault':
      return describeFault(failure);
  }
}

function describeFault(failure: Extract<RpcFailure, { kind: 'fault' }>): ReloadctlError {
  const hint = failure.name === undefined ? undefined : FAULT_HINTS[failure.name];
  return new ReloadctlError(
    `the supervisor answered with fault ${failure.code}: ${printable(failure.text, 2000)}`,
    {
      code: 'supervisor-fault',
      exitCode: EXIT.failed,
      ...(hint !== undefined && { hint }),
    },
  );
}
