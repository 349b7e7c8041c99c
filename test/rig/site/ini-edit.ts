/** Values for the keys of one section; undefined removes the key. */
export type KeyChanges = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Changes keys of one section of an INI text and leaves every other line, comments included, as it is. A key that is not there yet
 * is added below the section's header. Throws when there is no such section.
 */
export function setKeys(text: string, section: string, changes: KeyChanges): string {
  const lines = text.split('\n');
  const header = lines.findIndex((line) => line.trim() === `[${section}]`);
  if (header < 0) throw new Error(`no section [${section}] to change`);
  const next = lines.findIndex((line, index) => index > header && line.startsWith('['));
  const end = next < 0 ? lines.length : next;
  const kept = lines
    .slice(header + 1, end)
    .filter((line) => !Object.hasOwn(changes, keyOf(line) ?? ''));
  const added = Object.entries(changes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${String(value)}`);
  return [...lines.slice(0, header + 1), ...added, ...kept, ...lines.slice(end)].join('\n');
}

function keyOf(line: string): string | undefined {
  return /^([A-Za-z_]+)\s*[=:]/.exec(line)?.[1]?.toLowerCase();
}
