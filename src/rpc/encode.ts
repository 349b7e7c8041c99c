import { Buffer } from 'node:buffer';
import { MAX_DEPTH } from './value.ts';

const HEADER = "<?xml version='1.0'?>\n";
/** Characters that XML 1.0 cannot carry (production Char), except CR, which has a reference. */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** Which values may be written: a call may use every type, a response those of supervisord. */
type Side = 'call' | 'response';

/**
 * The body of a call, in UTF-8. Strings that XML cannot carry go as base64, which supervisord
 * decodes as text. Throws a TypeError for a value without an XML-RPC form.
 */
export function encodeMethodCall(method: string, params: readonly unknown[]): Buffer {
  return Buffer.from(
    `${HEADER}<methodCall>\n<methodName>${escapeMarkup(method)}</methodName>\n` +
      `${encodeParams(params, 'call')}</methodCall>\n`,
  );
}

/**
 * The body of an answer, in UTF-8, byte for byte as supervisord writes it (xmlrpc.client.dumps).
 * Throws a TypeError for other types than int, boolean, string, array and struct.
 */
export function encodeMethodResponse(value: unknown): Buffer {
  return Buffer.from(
    `${HEADER}<methodResponse>\n${encodeParams([value], 'response')}</methodResponse>\n`,
  );
}

/** The body of an answer that is a fault; it is sent with HTTP status 200. */
export function encodeFault(code: number, text: string): Buffer {
  const pieces: string[] = [];
  encodeValue({ faultCode: code, faultString: text }, 'response', 1, pieces);
  return Buffer.from(
    `${HEADER}<methodResponse>\n<fault>\n${pieces.join('')}</fault>\n</methodResponse>\n`,
  );
}

function encodeParams(params: readonly unknown[], side: Side): string {
  const pieces = ['<params>\n'];
  for (const param of params) {
    pieces.push('<param>\n');
    encodeValue(param, side, 1, pieces);
    pieces.push('</param>\n');
  }
  pieces.push('</params>\n');
  return pieces.join('');
}

function encodeValue(value: unknown, side: Side, depth: number, pieces: string[]): void {
  if (depth > MAX_DEPTH) throw new TypeError(`values are nested more than ${MAX_DEPTH} deep`);
  if (Array.isArray(value)) {
    pieces.push('<value><array><data>\n');
    for (const item of value) encodeValue(item, side, depth + 1, pieces);
    pieces.push('</data></array></value>\n');
  } else if (typeof value === 'object' && value !== null) {
    pieces.push('<value><struct>\n');
    for (const [name, member] of Object.entries(value)) {
      pieces.push(`<member>\n<name>${escapeName(name, side)}</name>\n`);
      encodeValue(member, side, depth + 1, pieces);
      pieces.push('</member>\n');
    }
    pieces.push('</struct></value>\n');
  } else {
    pieces.push(`<value>${encodeScalar(value, side)}</value>\n`);
  }
}

function encodeScalar(value: unknown, side: Side): string {
  if (typeof value === 'string') {
    return side === 'response'
      ? `<string>${escapeMarkup(value)}</string>`
      : encodeCallString(value);
  }
  if (typeof value === 'boolean') return `<boolean>${value ? '1' : '0'}</boolean>`;
  if (Number.isSafeInteger(value)) return `<int>${String(value)}</int>`;
  if (side === 'call') {
    if (Number.isFinite(value)) return `<double>${String(value)}</double>`;
    if (value === null) return '<nil/>';
  }
  throw new TypeError(`${value === null ? 'null' : typeof value} has no form in XML-RPC`);
}

function encodeCallString(text: string): string {
  return NOT_XML.test(text)
    ? `<base64>${Buffer.from(text).toString('base64')}</base64>`
    : `<string>${escapeCall(text)}</string>`;
}

function escapeName(name: string, side: Side): string {
  if (side === 'response') return escapeMarkup(name);
  if (NOT_XML.test(name)) throw new TypeError('a control character in the name of a member');
  return escapeCall(name);
}

function escapeCall(text: string): string {
  return escapeMarkup(text).replaceAll('\r', '&#13;');
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
