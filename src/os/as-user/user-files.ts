import { constants } from 'node:fs';
import type { Socket } from 'node:net';
import { err, ok } from '../../base/result.ts';
import { canActAs, type Rights } from '../credentials.ts';
import { readingError } from '../errno.ts';
import type { Files } from '../files.ts';
import type { FileStat, Reading } from '../proc.ts';
import type { HelperOperation } from './helper-program.ts';
import type { HelperResult } from './helper.ts';

/** The file system with the rights of `user`, through a process of that user. Only root may. */
export function filesOfUser(user: Exclude<Rights, 'ours'>, me: { readonly uid: number }): Files {
  const ask = async (operation: HelperOperation, ...args: unknown[]): Promise<HelperResult> => {
    if (user === 'nobody' || !canActAs(user, me))
      return { code: 'EACCES', value: undefined, handle: undefined };
    const { helperOf } = await import('./helpers.ts');
    return helperOf(user).ask(operation, args);
  };
  const reading = async <T>(
    operation: HelperOperation,
    ...args: unknown[]
  ): Promise<Reading<T>> => {
    const { code, value } = await ask(operation, ...args);
    if (code === undefined) return { ok: true, value: value as T };
    return { ok: false, error: readingError(Object.assign(new Error(code), { code })) };
  };
  const read = async (
    ...args: readonly [string, number, number, number]
  ): Promise<Reading<string>> => {
    const text = await reading<string>('read', ...args);
    return text.ok ? { ok: true, value: Buffer.from(text.value, 'base64').toString('utf8') } : text;
  };
  return {
    stat: (path) => reading<FileStat>('stat', path),
    lstat: (path) => reading<FileStat>('lstat', path),
    realpath: (path) => reading<string>('realpath', path),
    readLink: (path) => reading<string>('readLink', path),
    readFile: (path, maxBytes) => read(path, 0, maxBytes, 0),
    readPlain: (path, maxBytes) => read(path, 0, maxBytes, constants.O_NOFOLLOW),
    readFrom: (path, offset, maxBytes) => read(path, offset, maxBytes, 0),
    listDirectory: (path) => reading<readonly string[]>('list', path),
    link: (existing, path) => reading<true>('link', existing, path),
    rename: (from, to) => reading<true>('rename', from, to),
    unlink: (path) => reading<true>('unlink', path),
    symlink: (target, path) => reading<true>('symlink', target, path),
    replace: async (path, text, mode) => {
      const { randomUUID } = await import('node:crypto');
      return reading<true>('replace', path, `${path}.${randomUUID()}`, text, mode);
    },
    writeFifo: async (path, message) => {
      const { code, value } = await ask('writeFifo', path, message);
      const said = code ?? (value as string);
      return said === '' ? ok(true) : err(said);
    },
    connect: async (path) => {
      const { code, handle } = await ask('connect', path);
      return handle === undefined ? err(code ?? 'EIO') : ok(handle as Socket);
    },
  };
}
