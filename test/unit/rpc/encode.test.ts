import { describe, expect, it } from 'vitest';
import { encodeFault, encodeMethodCall, encodeMethodResponse } from '../../../src/rpc/encode.ts';

describe('encodeMethodResponse', () => {
  it('writes what Python writes (xmlrpc.client.dumps of the same value, 3.11)', () => {
    const value = { a: 1, b: [true, 'x<>&\r', ''], c: [], d: false };
    expect(encodeMethodResponse(value).toString()).toBe(
      `<?xml version='1.0'?>
<methodResponse>
<params>
<param>
<value><struct>
<member>
<name>a</name>
<value><int>1</int></value>
</member>
<member>
<name>b</name>
<value><array><data>
<value><boolean>1</boolean></value>
<value><string>x&lt;&gt;&amp;\r</string></value>
<value><string></string></value>
</data></array></value>
</member>
<member>
<name>c</name>
<value><array><data>
</data></array></value>
</member>
<member>
<name>d</name>
<value><boolean>0</boolean></value>
</member>
</struct></value>
</param>
</params>
</methodResponse>
`,
    );
  });

  it('leaves control characters and quotes as they are', () => {
    expect(encodeMethodResponse('\x1b[0m\x00"\'é').toString()).toContain(
      '<string>\x1b[0m\x00"\'é</string>',
    );
  });

  it.each([[null], [undefined], [1.5], [NaN], [2 ** 60], [1n], [Symbol('x')]])(
    'has no form for %s',
    (value) => {
      expect(() => encodeMethodResponse(value)).toThrow(TypeError);
      expect(() => encodeMethodResponse([{ a: value }])).toThrow(TypeError);
    },
  );

  it('ends with a circle', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(() => encodeMethodResponse(circle)).toThrow(/nested more than 32 deep/);
  });
});

describe('encodeFault', () => {
  it('writes what Python writes', () => {
    expect(encodeFault(10, 'BAD_NAME: <x>').toString()).toBe(
      `<?xml version='1.0'?>
<methodResponse>
<fault>
<value><struct>
<member>
<name>faultCode</name>
<value><int>10</int></value>
</member>
<member>
<name>faultString</name>
<value><string>BAD_NAME: &lt;x&gt;</string></value>
</member>
</struct></value>
</fault>
</methodResponse>
`,
    );
  });
});

describe('encodeMethodCall', () => {
  it('writes what Python writes', () => {
    expect(encodeMethodCall('a.b', [1, 'x', true]).toString()).toBe(
      `<?xml version='1.0'?>
<methodCall>
<methodName>a.b</methodName>
<params>
<param>
<value><int>1</int></value>
</param>
<param>
<value><string>x</string></value>
</param>
<param>
<value><boolean>1</boolean></value>
</param>
</params>
</methodCall>
`,
    );
  });

  it.each<[unknown, string]>([
    ['a\r\nb', '<string>a&#13;\nb</string>'],
    ['tab\t', '<string>tab\t</string>'],
    ['\x1b[0m', '<base64>G1swbQ==</base64>'],
    ['\x00', '<base64>AA==</base64>'],
    ['\uffff', '<base64>77+/</base64>'],
    ['<&>', '<string>&lt;&amp;&gt;</string>'],
    [1.5, '<double>1.5</double>'],
    [2 ** 60, '<double>1152921504606847000</double>'],
    [-0, '<int>0</int>'],
    [null, '<nil/>'],
  ])('carries %j', (value, expected) => {
    expect(encodeMethodCall('a', [value]).toString()).toContain(`<value>${expected}</value>`);
  });

  it.each([[undefined], [NaN], [Infinity], [1n], [() => 1], [{ '\x1b': 1 }]])(
    'has no form for %s',
    (value) => {
      expect(() => encodeMethodCall('a', [value])).toThrow(TypeError);
    },
  );
});
