import { toJsonLine } from '../../base/json.ts';

/** What XML 1.0 cannot carry in any form. */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu;

/**
 * A value as an answer over XML-RPC can carry it: as `--json` would print it (without secrets), with whole numbers, without fields that are null.
 * Characters that XML does not have become U+FFFD.
 */
export function toWire(value: unknown): unknown {
  return simplify(JSON.parse(toJsonLine(value)) as unknown);
}

function simplify(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(NOT_XML, '\ufffd');
  if (typeof value === 'number') return Math.round(value);
  if (Array.isArray(value)) return value.map(simplify);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, simplify(member)]),
  );
}
