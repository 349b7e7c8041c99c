/** How the answers end that supervisord gives to calls that wait: a list of outcomes, or a fault. */
const ENDS = ['</data></array></value>\n</param>\n</params>', '</fault>'].map(
  (end) => `</member>\n</struct></value>\n${end}\n</methodResponse>\n`,
);

/**
 * Puts back the closing tags that supervisord has cut off. It gives the length of an answer to a waiting call in characters instead
 * of bytes (4.3.0, xmlrpc.py, DeferredXMLRPCResponse.getresponse: len(body) of a str), so an "é" in a program's name
 * costs the last byte. The same count says how much is missing, so an answer that was cut in any other way stays as it is, and
 * so does one that has lost more than closing tags.
 */
export function restoreEnd(source: string, byteLength: number): string {
  if (source.length === byteLength || source.endsWith('</methodResponse>\n')) return source;
  const missing = byteLength - countCharacters(source);
  for (const end of ENDS) {
    const kept = end.length - missing;
    if (missing > 0 && kept > 0 && source.endsWith(end.slice(0, kept))) {
      return source + end.slice(kept);
    }
  }
  return source;
}

/** As Python counts: a character beyond the first plane, two units here, is one. */
function countCharacters(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit <= 0xdbff) count -= 1;
  }
  return count;
}
