import { describe, expect, it } from 'vitest';
import { toWire } from '../../../../src/commands/engine/to-wire.ts';
import { decodeMethodResponse } from '../../../../src/rpc/decode.ts';
import { encodeMethodResponse } from '../../../../src/rpc/encode.ts';

const VALUE = {
  elapsedMs: 12.6,
  gone: undefined,
  none: null,
  list: [1, 'a\u001b[31mb', { deep: undefined, kept: true }],
  argv: ['/venv/bin/gunicorn', '--env', 'SECRET=hunter2'],
  url: 'http://me:hunter2@127.0.0.1/',
};

describe('toWire', () => {
  it('gives what an answer can carry, without secrets', () => {
    const wire = toWire(VALUE);
    expect(wire).toEqual({
      elapsedMs: 13,
      list: [1, 'a\ufffd[31mb', { kept: true }],
      argv: ['/venv/bin/gunicorn', '--env', 'SECRET=***'],
      url: 'http://me:***@127.0.0.1/',
    });
  });

  it('gives what a client reads back as the same', () => {
    const wire = toWire(VALUE);
    const answer = decodeMethodResponse(encodeMethodResponse(wire));
    expect(answer).toMatchObject({ ok: true, value: { value: wire } });
  });
});
