import { describe, expect, it } from 'vitest';
import type { XmlToken } from '../../../src/rpc/xml-reader.ts';
import { XmlReader } from '../../../src/rpc/xml-reader.ts';

/** Tokens in a short form: '<a>', '</a>' and the text as it is. */
function tokensOf(source: string): readonly string[] {
  const reader = new XmlReader(source);
  const shown: string[] = [];
  for (;;) {
    const token = reader.next();
    if (token.kind === 'end') return shown;
    shown.push(show(token));
  }
}

function show(token: Exclude<XmlToken, { kind: 'end' }>): string {
  if (token.kind === 'text') return token.text;
  return token.kind === 'open' ? `<${token.name}>` : `</${token.name}>`;
}

describe('XmlReader reads', () => {
  it.each<[string, string, readonly string[]]>([
    ['tags and text', '<a>x<b>y</b></a>', ['<a>', 'x', '<b>', 'y', '</b>', '</a>']],
    ['white space as it is', '<a>  0123 \n</a>', ['<a>', '  0123 \n', '</a>']],
    ['a self-closing tag', '<a><b/><c /></a>', ['<a>', '<b>', '</b>', '<c>', '</c>', '</a>']],
    ['a self-closing root', '<a/>', ['<a>', '</a>']],
    ['white space inside tags', '<a >x</a\n>', ['<a>', 'x', '</a>']],
    ['attributes, dropping them', `<a b="1>" c = 'x"'>y</a>`, ['<a>', 'y', '</a>']],
    ['the five entities', '<a>&lt;&gt;&amp;&quot;&apos;</a>', ['<a>', `<>&"'`, '</a>']],
    ['an entity once only', '<a>&amp;lt;</a>', ['<a>', '&lt;', '</a>']],
    ['decimal references', '<a>&#65;&#8364;&#128512;</a>', ['<a>', 'A€😀', '</a>']],
    [
      'hexadecimal references',
      '<a>&#x41;&#x20AC;&#x0010ffff;</a>',
      ['<a>', 'A€\u{10ffff}', '</a>'],
    ],
    ['a reference to a control character', '<a>&#27;[0m&#13;</a>', ['<a>', '\x1b[0m\r', '</a>']],
    [
      'control characters as they are',
      '<a>\x00\x01\x1b[1m\x7f\r\n</a>',
      ['<a>', '\x00\x01\x1b[1m\x7f\r\n', '</a>'],
    ],
    ['CDATA as text', '<a><![CDATA[<b>&amp;]]></a>', ['<a>', '<b>&amp;', '</a>']],
    ['comments as nothing', '<!-- x --><a>1<!-- <b> -->2</a><!---->', ['<a>', '1', '2', '</a>']],
    ['a declaration', `<?xml version='1.0'?>\n<a/>\n`, ['<a>', '</a>']],
    ['a declaration of UTF-8', `<?xml version="1.0" encoding="utf-8"?><a/>`, ['<a>', '</a>']],
    ['other instructions as nothing', '<?php x?><a><?y?></a>', ['<a>', '</a>']],
    ['a closing bracket in text', '<a>x > y ]]></a>', ['<a>', 'x > y ]]>', '</a>']],
  ])('%s', (_, source, tokens) => {
    expect(tokensOf(source)).toEqual(tokens);
  });
});

describe('XmlReader refuses', () => {
  it.each<[string, string, RegExp]>([
    ['an empty document', '', /the document is empty/],
    ['white space alone', ' \n', /the document is empty/],
    ['a document that ends early', '<a><b>x', /ends inside <b>/],
    ['a document that ends in a tag', '<a><b', /does not begin with a tag/],
    ['tags that do not match', '<a><b></a>', /<\/a> where <\/b> is due/],
    ['a close too many', '<a></a></a>', /<\/a> closes nothing/],
    ['two roots', '<a/><b/>', /a second document begins with <b>/],
    ['text before the root', 'x<a/>', /text outside of the document: "x"/],
    ['text after the root', '<a/>x', /text outside of the document/],
    ['a tag that opens and closes', '<a></a/>', /is no tag/],
    ['a name that is none', '<1a/>', /does not begin with a tag/],
    ['an attribute without quotes', '<a b=c/>', /does not begin with a tag/],
    [
      'an attribute twice as long as a tag may be',
      `<a b="${'x'.repeat(2048)}"/>`,
      /does not begin/,
    ],
    ['an attribute in a closing tag', '<a></a b="c">', /does not begin with a tag/],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', /not accepted/],
    ['an external document type', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /not accepted/],
    ['an entity of a DTD', '<a>&b;</a>', /"&b;<?.*" is no character reference/],
    ['a bare ampersand', '<a>x & y</a>', /"& y" is no character reference/],
    ['a reference without its end', '<a>&lt</a>', /"&lt" is no character reference/],
    ['a surrogate', '<a>&#xD800;</a>', /is no character reference/],
    ['a reference beyond Unicode', '<a>&#x110000;</a>', /is no character reference/],
    ['a reference without digits', '<a>&#;&#x;</a>', /is no character reference/],
    ['a very long reference', `<a>&#${'0'.repeat(99)}65;</a>`, /is no character reference/],
    ['a comment without end', '<a><!-- </a>', /a comment does not end/],
    ['CDATA without end', '<a><![CDATA[</a>', /a CDATA section does not end/],
    ['CDATA outside', '<![CDATA[x]]><a/>', /not accepted/],
    ['an instruction without end', '<?xml version="1.0"', /an instruction does not end/],
    ['a declaration that is not first', ' <?xml version="1.0"?><a/>', /not at the start/],
    [
      'another encoding',
      '<?xml version="1.0" encoding="iso-8859-1"?><a/>',
      /"iso-8859-1" is not UTF-8/,
    ],
  ])('%s', (_, source, message) => {
    expect(() => tokensOf(source)).toThrow(message);
  });

  it('in words that a terminal can take', () => {
    expect(() => tokensOf('<a/>\x1b[2J')).toThrow('text outside of the document: "\\x1b[2J"');
  });

  it('with the place', () => {
    expect(() => tokensOf('<a>12345&b;</a>')).toThrow(expect.objectContaining({ offset: 8 }));
  });
});
