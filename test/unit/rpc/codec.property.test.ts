import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processorMs } from '../../rig/processor-ms.ts';
import { decodeMethodCall, decodeMethodResponse } from '../../../src/rpc/decode.ts';
import { encodeFault, encodeMethodCall, encodeMethodResponse } from '../../../src/rpc/encode.ts';

/** Every code point that UTF-8 has, control characters included. */
const text = fc.string({ unit: 'binary' });
const integer = fc.maxSafeInteger();
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n));

/** Values made of `leaf`, arrays and structs whose names are of `name`. */
function values(leaf: fc.Arbitrary<unknown>, name: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: false }),
    ),
  })).value;
}

const responseValue = values(fc.oneof(text, integer, fc.boolean()), text);
/** A member's name cannot go as base64. */
const callName = fc.string({ unit: 'grapheme' });
const callValue = values(
  fc.oneof(text, integer, fc.boolean(), double, fc.constant(null)),
  callName,
);

/** Pieces that a document is made of, so that random documents get far into the grammar. */
const fragment = fc.constantFrom(
  ...["<?xml version='1.0'?>", '<methodResponse>', '</methodResponse>', '<methodCall>'],
  ...['<methodName>', '</methodName>', '</methodCall>', '<params>', '</params>', '<params/>'],
  ...['<param>', '</param>', '<fault>', '</fault>', '<value>', '</value>', '<value/>'],
  ...['<array>', '</array>', '<data>', '</data>', '<struct>', '</struct>', '<member>', '</member>'],
  ...['<name>', '</name>', '<int>', '</int>', '<string>', '</string>', '<boolean>', '</boolean>'],
  ...['<base64>', '</base64>', '<nil/>', '<double>', '</double>', '1', 'x', ' ', '&', '&lt;'],
  ...['&#27;', '&#xD800;', '<![CDATA[', ']]>', '<!--', '-->', '<!DOCTYPE a>', '<?', '?>', '<', '>'],
  ...['"', "'", 'a="b"', '\u0000', '\u001b', '/', 'é'],
);
const fragments = fc
  .array(fragment, { maxLength: 60 })
  .map((pieces) => new TextEncoder().encode(pieces.join('')));

/** A good document with some of its bytes changed, left out or doubled. */
const damaged = fc
  .tuple(
    responseValue.map((value) => encodeMethodResponse(value)),
    fc.array(
      fc.record({
        at: fc.nat(),
        length: fc.nat({ max: 12 }),
        insert: fc.oneof(
          fc.uint8Array({ maxLength: 4 }),
          fragment.map((piece) => new TextEncoder().encode(piece)),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([body, edits]) => {
    let bytes: Uint8Array = body;
    for (const { at, length, insert } of edits) {
      const start = at % (bytes.length + 1);
      bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + length)]);
    }
    return bytes;
  });

describe('the codec', () => {
  it('brings every response back as it was', () => {
    fc.assert(
      fc.property(responseValue, (value) => {
        const decoded = decodeMethodResponse(encodeMethodResponse(value));
        expect(decoded).toEqual({ ok: true, value: { kind: 'value', value } });
      }),
    );
  });

  it('brings every fault back as it was', () => {
    fc.assert(
      fc.property(integer, text, (code, faultText) => {
        const decoded = decodeMethodResponse(encodeFault(code, faultText));
        expect(decoded).toEqual({ ok: true, value: { kind: 'fault', code, text: faultText } });
      }),
    );
  });

  it('brings every call back as it was', () => {
    fc.assert(
      fc.property(
        callName.filter((name) => name !== ''),
        fc.array(callValue),
        (method, params) => {
          const decoded = decodeMethodCall(encodeMethodCall(method, params));
          expect(decoded).toEqual({ ok: true, value: { method, params } });
        },
      ),
    );
  });

  it('writes calls that hold no byte that an XML parser refuses', () => {
    fc.assert(
      fc.property(fc.array(text), (params) => {
        const body = encodeMethodCall('a.b', params).toString();
        expect(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(body)).toBeNull();
      }),
    );
  });

  it.each<[string, fc.Arbitrary<Uint8Array>]>([
    ['any bytes', fc.uint8Array({ maxLength: 400 })],
    ['any text', text.map((each) => new TextEncoder().encode(each))],
    ['any sequence of fragments', fragments],
    ['any damaged document', damaged],
  ])('answers %s with a result, and a refusal that may be printed', (_, bodies) => {
    fc.assert(
      fc.property(bodies, (body) => {
        for (const decode of [decodeMethodResponse, decodeMethodCall]) {
          const decoded = decode(body);
          if (decoded.ok) continue;
          expect(decoded.error.reason.length).toBeLessThan(400);
          expect(decoded.error.reason).toMatch(/^[^\p{Cc}\u2028\u2029]+$/u);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('hostile documents of megabytes are refused in time that is linear in their size', () => {
  const MEGABYTES = 4 * 1024 * 1024;
  const start = '<methodResponse><params><param><value>';
  it.each<[string, string, string]>([
    ['bare ampersands', start, '&'],
    ['entities', start, '&amp;'],
    ['open brackets', '', '<'],
    ['white space', start, ' '],
    ['digits', `${start}<int>`, '1'],
    ['white space in a number', `${start}<int>1`, ' '],
    ['base64', `${start}<base64>`, 'A'],
    ['comments', start, '<!---->'],
    ['CDATA', start, '<![CDATA[]]>'],
    ['instructions', start, '<?a?>'],
    ['attributes', '<a', ' a="b"'],
    ['white space in a tag', '<a', ' '],
    ['one long name', '<', 'a'],
    ['values', `${start}<array><data>`, '<value/>'],
    ['open values', `${start}<array><data>`, '<value>'],
    ['nested arrays', `${start}<array><data>`, '<value><array><data>'],
    ['an endless comment', `${start}<!--`, '-'],
  ])('%s', (_, prefix, unit) => {
    const body = Buffer.from(prefix + unit.repeat(MEGABYTES / unit.length));
    const takenMs = processorMs(() => {
      expect(decodeMethodResponse(body).ok).toBe(false);
    });
    // Some 100 ms on a slow machine; quadratic behaviour would take hours.
    expect(takenMs).toBeLessThan(5000);
  });
});
