import { err, ok, type Result } from '../../base/result.ts';
import type { Credentials } from '../credentials.ts';
import type { FileStat } from '../proc.ts';
import { helperOf } from './helpers.ts';

/** A socket that was bound by a process of somebody else's and is open here. */
export interface BoundByUser<T> {
  readonly fd: number;
  readonly value: T;
  /** Closes the descriptor; the name of a unix socket stays. */
  readonly close: () => void;
}

/** Binds a TCP socket with the rights of `user`. The error is the name of a system error. */
export function bindTcpAsUser(
  user: Credentials,
  address: string,
  port: number,
): Promise<Result<BoundByUser<{ readonly address: string; readonly port: number }>, string>> {
  return bind(user, 'bindTcp', [address, port]);
}

/**
 * Binds a unix socket with the rights of `user`, replacing one of that user's that the caller knows
 * to be dead. `owner`: uid and gid of the name. The error is a system error's name.
 */
export function bindUnixAsUser(
  user: Credentials,
  path: string,
  mode: number,
  owner: readonly [number, number] | undefined,
): Promise<Result<BoundByUser<FileStat>, string>> {
  return bind(user, 'bindUnix', [path, mode, owner]);
}

/** Removes the name of a unix socket with the rights of `user`, if it is still that socket's. */
export async function removeSocketAsUser(
  user: Credentials,
  path: string,
  { ino, dev }: Pick<FileStat, 'ino' | 'dev'>,
): Promise<void> {
  await helperOf(user).ask('removeSocket', [path, ino, dev]);
}

async function bind<T>(
  user: Credentials,
  operation: 'bindTcp' | 'bindUnix',
  args: readonly unknown[],
): Promise<Result<BoundByUser<T>, string>> {
  const { code, value, handle } = await helperOf(user).ask(operation, args);
  // A handle as Node keeps it below its sockets; it is not watched by the event loop.
  const { fd, close } = (handle ?? {}) as { readonly fd?: number; readonly close?: () => void };
  if (code !== undefined || fd === undefined || fd < 0) return err(code ?? 'EIO');
  return ok({ fd, value: value as T, close: () => close?.call(handle) });
}
