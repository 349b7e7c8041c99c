import { printable } from '../base/printable.ts';

/** A piece of a document. A self-closing tag is an 'open' followed by a 'close'. */
export type XmlToken =
  | { readonly kind: 'open'; readonly name: string }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'end' };

/** Why a document is refused; `message` is safe to print. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  /** Characters from the start of the document. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** The only tags that XML-RPC writers produce; anything else takes the slower way below. */
const PLAIN_TAG = /<(\/?)([A-Za-z_][A-Za-z0-9_.:-]{0,63})[ \t\r\n]?(\/?)>/y;
const TAG_WITH_ATTRIBUTES =
  /^<([A-Za-z_][A-Za-z0-9_.:-]{0,63})(?:[ \t\r\n]+[A-Za-z_][A-Za-z0-9_.:-]*[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*'))*[ \t\r\n]*(\/?)>/;
/** So long may a tag with attributes be; it also keeps the expression above from running far. */
const MAX_TAG_LENGTH = 1024;
/** Enough for "#x0010ffff;". */
const MAX_REFERENCE_LENGTH = 12;
const NUMERIC_REFERENCE = /^#(?:x([0-9a-fA-F]+)|([0-9]+));/;
const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);
const ENCODING = /\sencoding\s*=\s*["']([^"']*)["']/;
const SPACE = /^[ \t\r\n]*$/;

/** Whether `text` is nothing but XML white space. */
export function isXmlSpace(text: string): boolean {
  return SPACE.test(text);
}

/**
 * Reads a document in linear time; DTDs and entities are refused. For supervisord's sake raw
 * control characters may stand in text, and CR does not become LF.
 */
export class XmlReader {
  readonly #source: string;
  #at = 0;
  readonly #open: string[] = [];
  #hasRoot = false;
  #selfClosed = false;

  constructor(source: string) {
    this.#source = source;
  }

  /** Characters read so far. */
  get offset(): number {
    return this.#at;
  }

  /** The next token. Throws {@link XmlError}. */
  next(): XmlToken {
    if (this.#selfClosed) {
      this.#selfClosed = false;
      return this.#close();
    }
    for (;;) {
      if (this.#at >= this.#source.length) return this.#end();
      const token = this.#source[this.#at] === '<' ? this.#markup() : this.#text();
      if (token !== undefined) return token;
    }
  }

  #end(): XmlToken {
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) this.#refuse(`the document ends inside <${unclosed}>`);
    if (!this.#hasRoot) this.#refuse('the document is empty');
    return { kind: 'end' };
  }

  #text(): XmlToken | undefined {
    const next = this.#source.indexOf('<', this.#at);
    const end = next === -1 ? this.#source.length : next;
    const raw = this.#source.slice(this.#at, end);
    if (this.#open.length === 0) {
      if (!isXmlSpace(raw)) this.#refuse(`text outside of the document: "${printable(raw, 40)}"`);
      this.#at = end;
      return undefined;
    }
    const text = raw.includes('&') ? this.#expand(raw) : raw;
    this.#at = end;
    return { kind: 'text', text };
  }

  /** Replaces references. (replace() with a function would find millions of them first.) */
  #expand(raw: string): string {
    let expanded = '';
    let from = 0;
    for (let at = raw.indexOf('&'); at !== -1; at = raw.indexOf('&', from)) {
      const reference = raw.slice(at + 1, at + 1 + MAX_REFERENCE_LENGTH);
      const length = reference.indexOf(';');
      const character = PREDEFINED.get(reference.slice(0, length)) ?? toCharacter(reference);
      if (length === -1 || character === undefined) {
        const seen = printable(raw.slice(at, at + 20));
        throw new XmlError(`"${seen}" is no character reference`, this.#at + at);
      }
      expanded += raw.slice(from, at) + character;
      from = at + 1 + length + 1;
    }
    return expanded + raw.slice(from);
  }

  #markup(): XmlToken | undefined {
    PLAIN_TAG.lastIndex = this.#at;
    const plain = PLAIN_TAG.exec(this.#source);
    if (plain !== null) {
      const [whole, slash, name = '', selfClosing] = plain;
      if (slash === '/' && selfClosing === '/') this.#refuse(`"${whole}" is no tag`);
      const token = slash === '/' ? this.#close(name) : this.#openTag(name, selfClosing === '/');
      this.#at += whole.length;
      return token;
    }
    if (this.#source.startsWith('<!', this.#at)) return this.#declaration();
    if (this.#source.startsWith('<?', this.#at)) {
      this.#skipInstruction();
      return undefined;
    }
    const attributed = TAG_WITH_ATTRIBUTES.exec(
      this.#source.slice(this.#at, this.#at + MAX_TAG_LENGTH),
    );
    if (attributed === null) {
      this.#refuse(
        `"${printable(this.#source.slice(this.#at, this.#at + 40))}" does not begin with a tag`,
      );
    }
    const [whole, name = '', selfClosing] = attributed;
    const token = this.#openTag(name, selfClosing === '/');
    this.#at += whole.length;
    return token;
  }

  #openTag(name: string, selfClosing: boolean): XmlToken {
    if (this.#open.length === 0) {
      if (this.#hasRoot) this.#refuse(`a second document begins with <${name}>`);
      this.#hasRoot = true;
    }
    this.#open.push(name);
    this.#selfClosed = selfClosing;
    return { kind: 'open', name };
  }

  #close(name = this.#open.at(-1)): XmlToken {
    const expected = this.#open.at(-1);
    if (name === undefined || expected === undefined) {
      this.#refuse(`</${name ?? ''}> closes nothing`);
    }
    if (name !== expected) this.#refuse(`</${name}> where </${expected}> is due`);
    this.#open.pop();
    return { kind: 'close', name };
  }

  /** Comments are passed over, CDATA is text, a DTD is refused. */
  #declaration(): XmlToken | undefined {
    if (this.#source.startsWith('<!--', this.#at)) {
      this.#at = this.#after('-->', this.#at + 4, 'a comment');
      return undefined;
    }
    if (this.#open.length > 0 && this.#source.startsWith('<![CDATA[', this.#at)) {
      const start = this.#at + '<![CDATA['.length;
      this.#at = this.#after(']]>', start, 'a CDATA section');
      return { kind: 'text', text: this.#source.slice(start, this.#at - ']]>'.length) };
    }
    this.#refuse('document types and entity definitions are not accepted');
  }

  /** <?xml …?> is looked at for its encoding, other instructions are passed over. */
  #skipInstruction(): void {
    const end = this.#after('?>', this.#at + 2, 'an instruction');
    if (/^<\?xml[ \t\r\n]/.test(this.#source.slice(this.#at, this.#at + 6))) {
      if (this.#at !== 0) this.#refuse('<?xml…?> is not at the start');
      const encoding = ENCODING.exec(this.#source.slice(0, Math.min(end, MAX_TAG_LENGTH)))?.[1];
      if (encoding !== undefined && !/^(utf-?8|us-ascii|ascii)$/i.test(encoding)) {
        this.#refuse(`the encoding "${printable(encoding, 40)}" is not UTF-8`);
      }
    }
    this.#at = end;
  }

  #after(terminator: string, from: number, what: string): number {
    const end = this.#source.indexOf(terminator, from);
    if (end === -1) this.#refuse(`${what} does not end`);
    return end + terminator.length;
  }

  #refuse(message: string): never {
    throw new XmlError(message, this.#at);
  }
}

/** The character of "#65;" or "#x41;"; undefined for anything else, surrogates included. */
function toCharacter(reference: string): string | undefined {
  const [, hex, decimal] = NUMERIC_REFERENCE.exec(reference) ?? [];
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}
