import { Buffer } from 'node:buffer';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { printable } from '../base/printable.ts';
import type { RpcValue } from './value.ts';

const INTEGER = /^[ \t\r\n]*([+-]?[0-9]{1,20})[ \t\r\n]*$/;
const DOUBLE = /^[ \t\r\n]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?)[ \t\r\n]*$/;
const DATE_TIME = /^[0-9]{8}T[0-9]{2}:[0-9]{2}:[0-9]{2}$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const MAX_DOUBLE_LENGTH = 400;

/**
 * The value of `<type>text</type>`, or why there is none. In a call, as in supervisord, an unknown
 * type is text and only "1" is true (xmlrpc.py, unmarshallers).
 */
export function decodeScalar(
  type: string,
  text: string,
  side: 'call' | 'response',
): Result<RpcValue, string> {
  switch (type) {
    case 'string':
      return ok(text);
    case 'int':
    case 'i4':
      return decodeInteger(type, text);
    case 'boolean':
      if (text === '1') return ok(true);
      return text === '0' || side === 'call' ? ok(false) : refuse(type, text);
    case 'double':
      return decodeDouble(text);
    case 'dateTime.iso8601':
      return DATE_TIME.test(text) ? ok(text) : refuse(type, text);
    case 'base64':
      return decodeBase64(text);
    case 'nil':
      return text === '' ? ok(null) : refuse(type, text);
    default:
      return side === 'call' ? ok(text) : err(`unknown type <${type}>`);
  }
}

function decodeInteger(type: string, text: string): Result<number, string> {
  const digits = INTEGER.exec(text)?.[1];
  const value = Number(digits);
  // -0 is no integer of XML-RPC.
  return Number.isSafeInteger(value) ? ok(value === 0 ? 0 : value) : refuse(type, text);
}

function decodeDouble(text: string): Result<number, string> {
  if (text.length > MAX_DOUBLE_LENGTH) return refuse('double', text);
  const value = Number(DOUBLE.exec(text)?.[1]);
  return Number.isFinite(value) ? ok(value) : refuse('double', text);
}

function decodeBase64(text: string): Result<string, string> {
  const packed = text.replace(/[ \t\r\n]+/g, '');
  if (packed.length % 4 !== 0 || !BASE64.test(packed)) return refuse('base64', text);
  return ok(Buffer.from(packed, 'base64').toString('utf8'));
}

function refuse(type: string, text: string): { readonly ok: false; readonly error: string } {
  return err(`"${printable(text, 40)}" is no ${type}`);
}
