import { describe, expect, it } from 'vitest';
import { err, ok } from '../../../../src/base/result.ts';
import { readLogEnd } from '../../../../src/commands/supervisorctl/read-log-end.ts';
import type { RpcFailure, RpcResult } from '../../../../src/rpc/supervisor.ts';

const UNDECODABLE: RpcFailure = { kind: 'protocol', url: 'u', detail: 'd', status: 500 };

/** A log as supervisord reads it: bytes from an offset, HTTP 500 for what is no UTF-8. */
function logOf(text: string | Buffer): {
  readonly offsets: number[];
  readonly read: (offset: number) => Promise<RpcResult<string>>;
} {
  const bytes = Buffer.from(text as string);
  const offsets: number[] = [];
  const read = (offset: number): Promise<RpcResult<string>> => {
    offsets.push(offset);
    const part = bytes.subarray(offset < 0 ? Math.max(0, bytes.length + offset) : offset);
    try {
      return Promise.resolve(ok(new TextDecoder('utf-8', { fatal: true }).decode(part)));
    } catch {
      return Promise.resolve(err(UNDECODABLE)); // What supervisord answers.
    }
  };
  return { offsets, read };
}

describe('readLogEnd', () => {
  it.each([
    ['a whole number of characters', 'aé', 2, 'é', [-2]],
    ['the second byte of two', 'aéb', 2, 'éb', [-2, -3]],
    ['the last byte of four', 'a😀', 1, '😀', [-1, -2, -3, -4]],
    ['nothing, which is everything', 'aé', 0, 'aé', [0]],
    ['from the start', 'abc', -1, 'bc', [1]],
  ])('reads %s', async (_what, text, bytes, expected, offsets) => {
    const log = logOf(text);
    expect(await readLogEnd(bytes, log.read)).toEqual(ok(expected));
    expect(log.offsets).toEqual(offsets);
  });

  it('gives up on a log that is not UTF-8', async () => {
    const log = logOf(Buffer.from([0xe9, 0xe9, 0xe9, 0xe9, 0xe9, 0xe9]));
    expect(await readLogEnd(2, log.read)).toEqual(err(UNDECODABLE));
    expect(log.offsets).toEqual([-2, -3, -4, -5]);
  });

  it('does not ask again where more bytes would not help', async () => {
    const log = logOf('é');
    expect(await readLogEnd(-1, log.read)).toEqual(err(UNDECODABLE));
    const refused = err<RpcFailure>({ kind: 'refused', url: 'u' });
    let calls = 0;
    const failing = (): Promise<RpcResult<string>> => {
      calls += 1;
      return Promise.resolve(refused);
    };
    expect(await readLogEnd(5, failing)).toBe(refused);
    expect([log.offsets, calls]).toEqual([[1], 1]);
  });
});
