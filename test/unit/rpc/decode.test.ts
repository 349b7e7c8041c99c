import { describe, expect, it } from 'vitest';
import type { Result } from '../../../src/base/result.ts';
import { decodeMethodCall, decodeMethodResponse } from '../../../src/rpc/decode.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const response = (value: string): Buffer =>
  bytes(
    `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>${value}</value>\n</param>\n</params>\n</methodResponse>\n`,
  );
const call = (params: string): Buffer =>
  bytes(`<methodCall><methodName>a.b</methodName>${params}</methodCall>`);
const callOf = (value: string): Buffer =>
  call(`<params><param><value>${value}</value></param></params>`);

function reasonOf(result: Result<unknown, { readonly reason: string }>): string {
  if (result.ok) throw new Error(`was accepted: ${JSON.stringify(result.value)}`);
  return result.error.reason;
}

describe('decodeMethodResponse takes the type from the tag alone', () => {
  it.each<[string, unknown]>([
    ['<int>42</int>', 42],
    ['<i4>-7</i4>', -7],
    ['<int> +0012 </int>', 12],
    ['<int>-0</int>', 0],
    ['<boolean>1</boolean>', true],
    ['<boolean>0</boolean>', false],
    ['<string>  0123 </string>', '  0123 '],
    ['<string>true</string>', 'true'],
    ['<string/>', ''],
    ['  0123 ', '  0123 '],
    ['', ''],
    ['a&lt;b&#62;&amp;c', 'a<b>&c'],
    ['a<!-- x -->b<![CDATA[<c>]]>', 'ab<c>'],
    ['<double>-1.5</double>', -1.5],
    ['<double> 1e+16 </double>', 1e16],
    ['<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>', '19980717T14:08:55'],
    ['<base64>aGnD\n qQ== </base64>', 'hié'],
    ['<base64></base64>', ''],
    ['<nil/>', null],
    ['<array><data></data></array>', []],
    ['<array><data><value>x</value><value><int>1</int></value></data></array>', ['x', 1]],
    ['<struct></struct>', {}],
    [
      '<struct><member><name>a</name><value>x</value></member> <member><name>b &lt;</name><value><array><data/></array></value></member></struct>',
      { a: 'x', 'b <': [] },
    ],
    ['<string>\x1b[31mred\x1b[0m\r\n\x00</string>', '\x1b[31mred\x1b[0m\r\n\x00'],
    ['\n <int>1</int>\n', 1],
  ])('%j', (value, expected) => {
    const result = decodeMethodResponse(response(value));
    expect(result).toEqual({ ok: true, value: { kind: 'value', value: expected } });
  });

  it('replaces bytes that are not UTF-8', () => {
    const body = Buffer.concat([
      bytes('<methodResponse><params><param><value><string>caf'),
      Buffer.from([0xe9]),
      bytes(' x</string></value></param></params></methodResponse>'),
    ]);
    const result = decodeMethodResponse(body);
    expect(result).toEqual({ ok: true, value: { kind: 'value', value: 'caf\ufffd x' } });
  });

  it('gives structs no prototype, so that every name is only a name', () => {
    const result = decodeMethodResponse(
      response(
        '<struct><member><name>__proto__</name><value><struct><member><name>x</name><value>1</value></member></struct></value></member></struct>',
      ),
    );
    const value = result.ok && result.value.kind === 'value' ? result.value.value : undefined;
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as Record<string, unknown>).x).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBeNull();
  });

  it('reads a fault', () => {
    const body = bytes(
      `<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>10</int></value></member>` +
        `<member><name>faultString</name><value><string>BAD_NAME: x</string></value></member></struct></value></fault></methodResponse>`,
    );
    expect(decodeMethodResponse(body)).toEqual({
      ok: true,
      value: { kind: 'fault', code: 10, text: 'BAD_NAME: x' },
    });
  });
});

describe('decodeMethodResponse refuses', () => {
  it.each<[string, RegExp]>([
    ['<int></int>', /"" is no int/],
    ['<int>1.0</int>', /"1.0" is no int/],
    ['<int>0x10</int>', /is no int/],
    ['<int>1_000</int>', /is no int/],
    ['<int>9007199254740993</int>', /is no int/],
    ['<i8>1</i8>', /unknown type <i8>/],
    ['<constructor>1</constructor>', /unknown type <constructor>/],
    ['<boolean>true</boolean>', /"true" is no boolean/],
    ['<boolean> 1</boolean>', /is no boolean/],
    ['<double>nan</double>', /is no double/],
    ['<double>1e9999</double>', /is no double/],
    ['<double></double>', /is no double/],
    ['<dateTime.iso8601>today</dateTime.iso8601>', /is no dateTime/],
    ['<base64>a</base64>', /is no base64/],
    ['<base64>a===</base64>', /is no base64/],
    ['<base64>é===</base64>', /is no base64/],
    ['<nil>x</nil>', /"x" is no nil/],
    ['<int><b>1</b></int>', /is no int|<b> inside <int>/],
    ['<string>a<b/></string>', /<b> inside <string>/],
    ['x<int>1</int>', /text beside <int>/],
    ['<int>1</int>x', /unexpected text "x"/],
    ['<int>1</int><int>2</int>', /unexpected <int>/],
    ['<array></array>', /<\/array> where <data> is due/],
    ['<array><data>x</data></array>', /unexpected text "x"/],
    ['<array><data><int>1</int></data></array>', /<int> where <value> is due/],
    ['<array><data/><data/></array>', /unexpected <data>/],
    ['<struct><name>x</name></struct>', /<name> where <member> is due/],
    ['<struct><member><name>x</name></member></struct>', /<\/member> where <value> is due/],
    ['<struct><member><value>x</value></member></struct>', /<value> where <name> is due/],
    [
      `<struct>${'<member><name>x</name><value>1</value></member>'.repeat(2)}</struct>`,
      /"x" twice in a struct/,
    ],
    ['</value></param></params></methodResponse><x>', /a second document/],
  ])('%j', (value, reason) => {
    expect(reasonOf(decodeMethodResponse(response(value)))).toMatch(reason);
  });

  it.each<[string, RegExp]>([
    ['<html><body>502</body></html>', /<html> where <methodResponse> is due/],
    ['<methodResponse></methodResponse>', /<\/methodResponse> where <params> is due/],
    ['<methodResponse><params></params></methodResponse>', /<\/params> where <param> is due/],
    [
      '<methodResponse><params><param><value/></param><param><value/></param></params></methodResponse>',
      /unexpected <param>/,
    ],
    ['<methodResponse><fault><value>x</value></fault></methodResponse>', /without faultCode/],
    ['<methodResponse><fault></fault></methodResponse>', /<\/fault> where <value> is due/],
    ['<methodCall><methodName>a</methodName></methodCall>', /<methodCall> where/],
    ['', /the document is empty/],
    ['\x00\xff', /text outside/],
  ])('%j', (body, reason) => {
    expect(reasonOf(decodeMethodResponse(bytes(body)))).toMatch(reason);
  });
});

describe('decodeMethodResponse is bounded', () => {
  it('in bytes', () => {
    const reason = reasonOf(
      decodeMethodResponse(response('x'.repeat(100)), { maxBytes: 99, maxValues: 9 }),
    );
    expect(reason).toMatch(/bytes are more than 99/);
  });

  it('in values', () => {
    const body = response(`<array><data>${'<value/>'.repeat(10)}</data></array>`);
    expect(decodeMethodResponse(body, { maxBytes: 9999, maxValues: 11 }).ok).toBe(true);
    expect(reasonOf(decodeMethodResponse(body, { maxBytes: 9999, maxValues: 10 }))).toMatch(
      /too many values/,
    );
  });

  it.each([
    ['arrays', '<array><data>', '</data></array>'],
    ['structs', '<struct><member><name>x</name>', '</member></struct>'],
  ])('in depth, for %s', (_, open, close) => {
    const nested = (depth: number): Buffer =>
      response(`${`${open}<value>`.repeat(depth - 1)}x${`</value>${close}`.repeat(depth - 1)}`);
    expect(decodeMethodResponse(nested(32)).ok).toBe(true);
    expect(reasonOf(decodeMethodResponse(nested(33)))).toMatch(/nested more than 32 deep/);
    expect(reasonOf(decodeMethodResponse(nested(100_000)))).toMatch(/nested more than 32 deep/);
  });
});

describe('decodeMethodCall does as supervisord does', () => {
  it.each<[string, unknown]>([
    ['<boolean>1</boolean>', true],
    ['<boolean>true</boolean>', false],
    ['<boolean>0</boolean>', false],
    ['<boolean/>', false],
    ['<i4>5</i4>', 5],
    ['<i8>5</i8>', '5'],
    ['<ex:anything>5</ex:anything>', '5'],
    ['<nil/>', null],
    ['untyped', 'untyped'],
    ['<base64>Gw==</base64>', '\x1b'],
  ])('%j', (value, expected) => {
    expect(decodeMethodCall(callOf(value))).toEqual({
      ok: true,
      value: { method: 'a.b', params: [expected] },
    });
  });

  it.each<[string, string]>([
    ['no <params>', ''],
    ['an empty <params>', '<params/>'],
    ['white space', '\n<params>\n</params>\n'],
  ])('%s is no parameters', (_, params) => {
    expect(decodeMethodCall(call(params))).toEqual({
      ok: true,
      value: { method: 'a.b', params: [] },
    });
  });

  it('keeps the order of parameters', () => {
    const params = `<params><param><value>x</value></param><param><value><int>2</int></value></param></params>`;
    expect(decodeMethodCall(call(params))).toEqual({
      ok: true,
      value: { method: 'a.b', params: ['x', 2] },
    });
  });

  it.each<[string, RegExp]>([
    ['<methodCall><methodName></methodName></methodCall>', /the name of the method is empty/],
    ['<methodCall><params/></methodCall>', /<params> where <methodName> is due/],
    ['<methodCall/>', /<\/methodCall> where <methodName> is due/],
    ['<methodCall><methodName>a</methodName><params>x</params></methodCall>', /unexpected text/],
    [
      '<methodCall><methodName>a</methodName><params/><params/></methodCall>',
      /unexpected <params>/,
    ],
    ['<methodCall><methodName>a<b/></methodName></methodCall>', /unexpected <b>/],
    ['not xml', /text outside/],
  ])('refuses %j', (body, reason) => {
    expect(reasonOf(decodeMethodCall(bytes(body)))).toMatch(reason);
  });

  it.each(['<int>x</int>', '<i8><b/></i8>', '<array/>'])('refuses %j', (value) => {
    expect(decodeMethodCall(callOf(value)).ok).toBe(false);
  });
});
