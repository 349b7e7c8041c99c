import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { printable } from '../base/printable.ts';
import { restoreEnd } from './restore-end.ts';
import { decodeScalar } from './scalar.ts';
import type { RpcStruct, RpcValue } from './value.ts';
import { MAX_DEPTH } from './value.ts';
import type { XmlToken } from './xml-reader.ts';
import { isXmlSpace, XmlError, XmlReader } from './xml-reader.ts';

/** How much a document may hold. */
export interface WireLimits {
  readonly maxBytes: number;
  readonly maxValues: number;
}

/** Room for a log of any size that a person asks for, and for some 10,000 programs. */
export const DEFAULT_WIRE_LIMITS: WireLimits = { maxBytes: 32 * 1024 * 1024, maxValues: 500_000 };

/** Why a document is no XML-RPC. `reason` is safe to print. */
export interface WireFailure {
  readonly reason: string;
}

/** A call as a server sees it. */
export interface MethodCall {
  readonly method: string;
  readonly params: readonly RpcValue[];
}

/** An answer: a value or a fault. */
export type MethodResponse =
  | { readonly kind: 'value'; readonly value: RpcValue }
  | { readonly kind: 'fault'; readonly code: number; readonly text: string };

/**
 * Reads <methodResponse>; bytes that are not UTF-8 become U+FFFD. Anything that does not belong is
 * refused, except for final closing tags, which supervisord loses.
 */
export function decodeMethodResponse(
  body: Uint8Array,
  limits: WireLimits = DEFAULT_WIRE_LIMITS,
): Result<MethodResponse, WireFailure> {
  return decode(body, limits, 'response', restoreEnd, (decoder) => decoder.response());
}

/**
 * Reads <methodCall> as supervisord does: <params> may be missing, only "1" is true, an unknown
 * type is text. A missing or empty methodName is refused.
 */
export function decodeMethodCall(
  body: Uint8Array,
  limits: WireLimits = DEFAULT_WIRE_LIMITS,
): Result<MethodCall, WireFailure> {
  return decode(
    body,
    limits,
    'call',
    (source) => source,
    (decoder) => decoder.call(),
  );
}

function decode<T>(
  body: Uint8Array,
  limits: WireLimits,
  side: 'call' | 'response',
  prepare: (source: string, byteLength: number) => string,
  read: (decoder: Decoder) => T,
): Result<T, WireFailure> {
  if (body.byteLength > limits.maxBytes) {
    return err({ reason: `${body.byteLength} bytes are more than ${limits.maxBytes}` });
  }
  try {
    const source = prepare(new TextDecoder().decode(body), body.byteLength);
    return ok(read(new Decoder(source, limits.maxValues, side)));
  } catch (error) {
    // Every refusal below is an XmlError; anything else is a bug of this file.
    if (error instanceof XmlError) {
      return err({ reason: `${error.message} (character ${error.offset})` });
    }
    throw error;
  }
}

/** One method for each element of the XML-RPC specification; the reader has matched the tags. */
class Decoder {
  readonly #reader: XmlReader;
  readonly #side: 'call' | 'response';
  #valuesLeft: number;
  #ahead: XmlToken | undefined;

  constructor(source: string, maxValues: number, side: 'call' | 'response') {
    this.#reader = new XmlReader(source);
    this.#valuesLeft = maxValues;
    this.#side = side;
  }

  response(): MethodResponse {
    this.#expectOpen('methodResponse');
    const answer = this.#answer();
    this.#expectClose();
    this.#expectEnd();
    return answer;
  }

  call(): MethodCall {
    this.#expectOpen('methodCall');
    this.#expectOpen('methodName');
    const method = this.#text();
    this.#expectClose();
    if (method === '') this.#refuse('the name of the method is empty');
    const params: RpcValue[] = [];
    if (this.#skipToTag().kind === 'open') {
      this.#expectOpen('params');
      while (this.#skipToTag().kind === 'open') params.push(this.#param());
      this.#expectClose();
    }
    this.#expectClose();
    this.#expectEnd();
    return { method, params };
  }

  #answer(): MethodResponse {
    const token = this.#skipToTag();
    if (token.kind === 'open' && token.name === 'fault') return this.#fault();
    this.#expectOpen('params');
    const value = this.#param();
    this.#expectClose();
    return { kind: 'value', value };
  }

  #fault(): MethodResponse {
    this.#expectOpen('fault');
    this.#expectOpen('value');
    const value = this.#value(1);
    this.#expectClose();
    const { faultCode, faultString } = isStruct(value) ? value : {};
    if (typeof faultCode !== 'number' || typeof faultString !== 'string') {
      this.#refuse('a fault without faultCode and faultString');
    }
    return { kind: 'fault', code: faultCode, text: faultString };
  }

  #param(): RpcValue {
    this.#expectOpen('param');
    this.#expectOpen('value');
    const value = this.#value(1);
    this.#expectClose();
    return value;
  }

  /**
   * The content of <value> up to its closing tag. Without a type it is a string, blanks included.
   */
  #value(depth: number): RpcValue {
    if (depth > MAX_DEPTH) this.#refuse(`values are nested more than ${MAX_DEPTH} deep`);
    this.#valuesLeft -= 1;
    if (this.#valuesLeft < 0) this.#refuse('too many values');
    const text = this.#text();
    const token = this.#next();
    if (token.kind !== 'open') return text;
    if (!isXmlSpace(text)) this.#refuse(`text beside <${token.name}>`);
    const value = this.#typed(token.name, depth);
    this.#expectClose();
    return value;
  }

  #typed(type: string, depth: number): RpcValue {
    if (type === 'array') return this.#array(depth);
    if (type === 'struct') return this.#struct(depth);
    const text = this.#text();
    const result = decodeScalar(type, text, this.#side);
    if (!result.ok) this.#refuse(result.error);
    const token = this.#next();
    if (token.kind === 'open') this.#refuse(`<${token.name}> inside <${type}>`);
    return result.value;
  }

  #array(depth: number): RpcValue {
    const values: RpcValue[] = [];
    this.#expectOpen('data');
    while (this.#skipToTag().kind === 'open') {
      this.#expectOpen('value');
      values.push(this.#value(depth + 1));
    }
    this.#expectClose();
    this.#expectClose();
    return values;
  }

  #struct(depth: number): RpcValue {
    const struct = Object.create(null) as Record<string, RpcValue>;
    while (this.#skipToTag().kind === 'open') {
      this.#expectOpen('member');
      this.#expectOpen('name');
      const name = this.#text();
      this.#expectClose();
      if (Object.hasOwn(struct, name)) this.#refuse(`"${printable(name, 40)}" twice in a struct`);
      this.#expectOpen('value');
      struct[name] = this.#value(depth + 1);
      this.#expectClose();
    }
    this.#expectClose();
    return struct;
  }

  /** All text up to the next tag. */
  #text(): string {
    const pieces: string[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind !== 'text') return pieces.length === 1 ? (pieces[0] ?? '') : pieces.join('');
      pieces.push(token.text);
      this.#ahead = undefined;
    }
  }

  /** The next tag, not yet taken; only white space may come before it. */
  #skipToTag(): XmlToken {
    const text = this.#text();
    if (!isXmlSpace(text)) this.#refuse(`unexpected text "${printable(text, 40)}"`);
    return this.#peek();
  }

  #expectOpen(name: string): void {
    const token = this.#skipToTag();
    if (token.kind === 'open' && token.name === name) {
      this.#ahead = undefined;
      return;
    }
    this.#refuse(`${nameOf(token)} where <${name}> is due`);
  }

  #expectClose(): void {
    const token = this.#skipToTag();
    if (token.kind !== 'close') this.#refuse(`unexpected ${nameOf(token)}`);
    this.#ahead = undefined;
  }

  #expectEnd(): void {
    // The reader allows nothing but white space, comments and instructions after the root.
    this.#next();
  }

  #peek(): XmlToken {
    this.#ahead ??= this.#reader.next();
    return this.#ahead;
  }

  #next(): XmlToken {
    const token = this.#peek();
    this.#ahead = undefined;
    return token;
  }

  #refuse(reason: string): never {
    throw new XmlError(reason, this.#reader.offset);
  }
}

function isStruct(value: RpcValue): value is RpcStruct {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(token: XmlToken): string {
  if (token.kind === 'open') return `<${token.name}>`;
  if (token.kind === 'close') return `</${token.name}>`;
  return 'the end';
}
