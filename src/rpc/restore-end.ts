/** How supervisord's answers to calls that wait end: with a list of outcomes, or a fault. */
const ENDS = ['</data></array></value>\n</param>\n</params>', '</fault>'].map(
  (end) => `</member>\n</struct></value>\n${end}\n</methodResponse>\n`,
);

/**
 * Puts back closing tags that supervisord cut off: it gives the length of such an answer in
 * characters, not bytes (4.3.0, xmlrpc.py, DeferredXMLRPCResponse.getresponse). An answer cut in
 * any other way stays as it is.
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
