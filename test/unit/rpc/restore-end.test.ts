import { describe, expect, it } from 'vitest';
import { decodeMethodResponse } from '../../../src/rpc/decode.ts';
import { encodeFault, encodeMethodResponse } from '../../../src/rpc/encode.ts';

/** What supervisord sends of `body`: as many bytes as it has characters. */
function cutBySupervisord(body: Buffer): Buffer {
  return body.subarray(0, Array.from(body.toString()).length);
}

const outcomes = (names: readonly string[]): object[] =>
  names.map((name) => ({ name, group: name, status: 80, description: 'OK' }));

describe('an answer that supervisord has cut off is whole again', () => {
  it.each<[string, readonly string[]]>([
    ['nothing is lost', ['cafe']],
    ['two bytes', ['café']],
    ['bytes of three tags', ['café', 'münchen', 'größe', 'naïve']],
    ['with characters of three and four bytes', ['日本', '😀']],
    ['all but one byte of what is known', ['é'.repeat(44)]],
  ])('%s', (_, names) => {
    const body = cutBySupervisord(encodeMethodResponse(outcomes(names)));
    expect(decodeMethodResponse(body)).toEqual({
      ok: true,
      value: { kind: 'value', value: outcomes(names) },
    });
  });

  it('that is a fault', () => {
    const text = 'ABNORMAL_TERMINATION: größe';
    expect(decodeMethodResponse(cutBySupervisord(encodeFault(40, text)))).toEqual({
      ok: true,
      value: { kind: 'fault', code: 40, text },
    });
  });
});

describe('an answer stays refused', () => {
  it('that has lost more than closing tags', () => {
    const body = cutBySupervisord(encodeMethodResponse(outcomes(['é'.repeat(50)])));
    expect(decodeMethodResponse(body).ok).toBe(false);
  });

  it('that was cut at any other place', () => {
    for (const names of [['café', 'größe'], ['cafe'], ['日本', '日本', '日本']]) {
      const body = encodeMethodResponse(outcomes(names));
      const cut = cutBySupervisord(body).length;
      for (let length = 0; length < body.length - 1; length += 1) {
        if (length === cut) continue;
        const decoded = decodeMethodResponse(body.subarray(0, length));
        expect(decoded.ok, `${names.join()} cut to ${length} bytes`).toBe(false);
      }
    }
  });
});
